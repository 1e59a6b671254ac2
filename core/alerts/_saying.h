/* What an alert says: labels and texts as hashes, times as numbers, and where it stands in the body. */

#ifndef GOLDILOCKS_SAYING_H
#define GOLDILOCKS_SAYING_H

#include "_hashing.h"

/* What an alert says. Its mark is the first 24 bytes. */
typedef struct {
    key128 labels;
    uint64_t texts;
    int64_t starts, end;
    const uint8_t *from, *to;
    uint8_t plain, has_start, has_end;
} said;

/* Whether the alert is usual. */
static int parse(const uint64_t *secret, cursor *c, uint64_t sender, said *s) {
    key128 notes = {0, 0};
    int count = 0, odd = 0;
    unsigned seen = 0;
    memset(s, 0, sizeof *s);
    blank(c);
    s->from = c->at;
    if (!eat(c, '{')) return 0;
    do {
        const uint8_t *name, *value;
        size_t size, value_size;
        if (!text(c, &name, &size) || !eat(c, ':')) return 0;
        unsigned field;
        if (size == 6 && !memcmp(name, "labels", 6)) {
            field = 1;
            if ((count = pairs(secret, c, sender, &s->labels)) < 0) return 0;
        } else if (size == 11 && !memcmp(name, "annotations", 11)) {
            field = 2;
            if (pairs(secret, c, 0, &notes) < 0) return 0;
        } else if (size == 12 && !memcmp(name, "generatorURL", 12)) {
            field = 16;
            key128 h = {secret[1], secret[2]};
            if (!hash_text(secret, c, &h)) return 0;
            s->texts = finish(secret, h).a;
        } else {
            if (!text(c, &value, &value_size)) return 0;
            if (size == 8 && !memcmp(name, "startsAt", 8)) {
                field = 4;
                odd |= !(s->has_start = (uint8_t)instant(value, value_size, &s->starts));
            } else if (size == 6 && !memcmp(name, "endsAt", 6)) {
                field = 8;
                odd |= !(s->has_end = (uint8_t)instant(value, value_size, &s->end));
            } else return 0;
        }
        if (seen & field) return 0;
        seen |= field;
    } while (eat(c, ','));
    if (!eat(c, '}') || !(seen & 1)) return 0;
    s->to = c->at;
    s->texts += notes.a;
    s->plain = count > 0 && !odd;
    return 1;
}

#endif
