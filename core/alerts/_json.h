/* JSON, only as far as it is usual: what the mirror and the reader of the intake share. Whatever is unusual is left to
   the ordinary decoder, so nothing here explains what is wrong. */

#ifndef GOLDILOCKS_JSON_H
#define GOLDILOCKS_JSON_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef struct { const uint8_t *at, *end; } cursor;

static inline void blank(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t')) c->at++;
}

static inline int eat(cursor *c, uint8_t wanted) {
    if (c->at < c->end && *c->at == wanted) { c->at++; return 1; }
    blank(c);
    if (c->at < c->end && *c->at == wanted) { c->at++; return 1; }
    return 0;
}

#ifdef __SSE2__
/* Where the first quote or backslash of sixteen bytes is; 16 or more where there is none. */
static inline int first_mark(__m128i chunk) {
    __m128i quotes = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"')), escapes = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
    return __builtin_ctz((unsigned)_mm_movemask_epi8(_mm_or_si128(quotes, escapes)) | 1u << 16);
}
#endif

/* The rest of a string, behind its first quote: its raw bytes between the quotes. Escapes stay as they are. */
static int text_end(cursor *c, const uint8_t **start, size_t *size) {
    const uint8_t *p = c->at;
    *start = p;
    for (;;) {
#ifdef __SSE2__
        for (int n = 16; n == 16 && c->end - p >= 16; p += n) n = first_mark(_mm_loadu_si128((const __m128i *)p));
#endif
        while (p < c->end && *p != '"' && *p != '\\') p++;
        if (p >= c->end) return 0;
        if (*p == '"') break;
        p += 2;
        if (p > c->end) return 0;
    }
    *size = (size_t)(p - *start);
    c->at = p + 1;
    return 1;
}

static inline int text(cursor *c, const uint8_t **start, size_t *size) {
    return eat(c, '"') && text_end(c, start, size);
}

static inline int two(const uint8_t *p, int least, int most) {
    unsigned tens = p[0] - '0', ones = p[1] - '0';
    int value = (int)(tens * 10 + ones);
    return tens > 9 || ones > 9 || value < least || value > most ? -1 : value;
}

/* Microseconds since 1970 of an RFC 3339 time as senders write it; returns 0 for anything else. */
static int instant(const uint8_t *p, size_t n, int64_t *micros) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (n < 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':') return 0;
    int century = two(p, 19, 29), decade = two(p + 2, 0, 99), month = two(p + 5, 1, 12), day = two(p + 8, 1, 31);
    int hour = two(p + 11, 0, 23), minute = two(p + 14, 0, 59), second = two(p + 17, 0, 59);
    if (century < 0 || decade < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return 0;
    int year = century * 100 + decade, leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > days[month - 1] + (month == 2 && leap)) return 0;
    size_t at = 19;
    int64_t fraction = 0;
    if (p[at] == '.') {
        int64_t unit = 100000;
        for (at++; at < n && p[at] >= '0' && p[at] <= '9'; at++, unit /= 10) {
            if (at > 28) return 0;
            if (at == 26) fraction += p[at] >= '5'; /* the seventh decimal rounds, as in the ordinary decoder */
            fraction += unit * (p[at] - '0');
        }
        if (at == 20) return 0;
    }
    int64_t offset = 0;
    if (n - at == 1 && p[at] == 'Z') {
    } else if (n - at == 6 && (p[at] == '+' || p[at] == '-') && p[at + 3] == ':') {
        int hours = two(p + at + 1, 0, 23), minutes = two(p + at + 4, 0, 59);
        if (hours < 0 || minutes < 0) return 0;
        offset = (hours * 60 + minutes) * (p[at] == '+' ? 60 : -60);
    } else return 0;
    /* Days since 1970-01-01 in the proleptic Gregorian calendar, by years that begin in March. */
    int64_t y = month > 2 ? year : year - 1;
    int64_t era_day = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t whole = y * 365 + y / 4 - y / 100 + y / 400 + era_day - 719468;
    *micros = ((whole * 24 + hour) * 3600 + minute * 60 + second - offset) * 1000000 + fraction;
    return 1;
}

#endif
