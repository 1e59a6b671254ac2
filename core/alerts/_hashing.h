/* Hashes of strings and of objects of strings, keyed by a secret of the installation, so that nobody can aim at a
   collision. They are of the bytes as they are written: escapes stay as they are. */

#ifndef GOLDILOCKS_HASHING_H
#define GOLDILOCKS_HASHING_H

#include "_json.h"

typedef struct { uint64_t a, b; } key128;

static inline uint64_t mix(uint64_t x, uint64_t y) {
    unsigned __int128 product = (unsigned __int128)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen bytes more of a string; its last ones, fewer than that, are mixed with other secrets and their number, so that
   no string followed by another can look like a third. */
static inline void block(const uint64_t *secret, key128 *h, uint64_t low, uint64_t high, int is_last) {
    h->a = mix(h->a ^ low, secret[is_last ? 2 : 0] ^ high);
    h->b = mix(h->b ^ high, secret[is_last ? 3 : 1] ^ low);
}

static inline void last_block(const uint64_t *secret, key128 *h, uint64_t low, uint64_t high, size_t n) {
    block(secret, h, low, high | (uint64_t)n << 56, 1);
}

/* A string as it is written, hashed from `p` to its end: the way for what has escapes or is the last of a body. */
static int hash_slowly(const uint64_t *secret, cursor *c, const uint8_t *p, key128 *h) {
    const uint8_t *start;
    size_t n;
    if (!text_end(c, &start, &n)) return 0;
    uint64_t words[2];
    for (n -= (size_t)(p - start); n >= 16; p += 16, n -= 16) {
        memcpy(words, p, 16);
        block(secret, h, words[0], words[1], 0);
    }
    words[0] = words[1] = 0;
    memcpy(words, p, n);
    last_block(secret, h, words[0], words[1], n);
    return 1;
}

/* A string: its end is found and its bytes are hashed in one go. */
static inline int hash_text(const uint64_t *secret, cursor *c, key128 *h) {
    if (!eat(c, '"')) return 0;
    const uint8_t *p = c->at;
#ifdef __SSE2__
    static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    for (; c->end - p >= 16; p += 16) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)p);
        int n = first_mark(chunk);
        if (n < 16 && p[n] == '\\') break;
        if (n < 16) chunk = _mm_and_si128(chunk, _mm_loadu_si128((const __m128i *)(masks + 16 - n)));
        uint64_t low = (uint64_t)_mm_cvtsi128_si64(chunk);
        uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(chunk, chunk));
        if (n < 16) {
            last_block(secret, h, low, high, (size_t)n);
            c->at = p + n + 1;
            return 1;
        }
        block(secret, h, low, high, 0);
    }
#endif
    return hash_slowly(secret, c, p, h);
}

static inline key128 finish(const uint64_t *secret, key128 h) {
    return (key128){mix(h.a ^ secret[2], h.b | 1), mix(h.b ^ secret[3], h.a | 1)};
}

/* An object of strings: the sum of its pairs' hashes, which does not depend on their order. Returns the number of
   pairs, or -1. */
static int pairs(const uint64_t *secret, cursor *c, uint64_t sender, key128 *sum) {
    int n = 0;
    *sum = (key128){0, 0};
    if (!eat(c, '{')) return -1;
    if (eat(c, '}')) return 0;
    do {
        key128 h = {secret[2] ^ sender, secret[3]};
        if (!hash_text(secret, c, &h) || !eat(c, ':') || !hash_text(secret, c, &h)) return -1;
        h = finish(secret, h);
        sum->a += h.a;
        sum->b += h.b;
        n++;
    } while (eat(c, ','));
    return eat(c, '}') ? n : -1;
}

#endif
