/* The alerts that are known, found by the hash of their labels and by their id. */

#ifndef GOLDILOCKS_TABLE_H
#define GOLDILOCKS_TABLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "_hashing.h"

#define FREE UINT32_MAX

typedef struct {
    key128 key;
    uint64_t texts;
    int64_t id, group, starts, end, seen;
    uint64_t since; /* the version of the table in which it became alive */
    uint32_t count, scan;
    uint8_t keyed, alive, kind;
} slot;

typedef struct {
    slot *slots;
    uint32_t used, room;      /* slots in use, and allocated */
    uint32_t *by_key, *by_id; /* open addressing: places of slots, or FREE */
    uint32_t places;          /* of each of them: a power of two, more than twice `room` */
    uint32_t keys;            /* places of `by_key` in use, outdated ones included */
    uint32_t most;
    uint64_t version; /* how often alerts were dropped, or lost their key to another */
} table;

static inline uint32_t place_of_id(const table *t, int64_t id) {
    return (uint32_t)(mix((uint64_t)id ^ 0x9e3779b97f4a7c15ULL, 0xe7037ed1a0b428dbULL) & (t->places - 1));
}

static inline slot *find_key(const table *t, key128 key) {
    for (uint32_t i = (uint32_t)key.a & (t->places - 1);; i = (i + 1) & (t->places - 1)) {
        if (t->by_key[i] == FREE) return NULL;
        slot *s = &t->slots[t->by_key[i]];
        if (s->key.a == key.a && s->key.b == key.b) return s;
    }
}

static inline slot *find_id(const table *t, int64_t id) {
    for (uint32_t i = place_of_id(t, id);; i = (i + 1) & (t->places - 1)) {
        if (t->by_id[i] == FREE) return NULL;
        slot *s = &t->slots[t->by_id[i]];
        if (s->id == id) return s;
    }
}

static inline void enter_key(table *t, uint32_t number) {
    uint32_t i = (uint32_t)t->slots[number].key.a & (t->places - 1);
    while (t->by_key[i] != FREE) i = (i + 1) & (t->places - 1);
    t->by_key[i] = number;
    t->keys++;
}

static inline void enter(table *t, uint32_t number) {
    slot *s = &t->slots[number];
    uint32_t i = place_of_id(t, s->id);
    while (t->by_id[i] != FREE) i = (i + 1) & (t->places - 1);
    t->by_id[i] = number;
    if (s->keyed) enter_key(t, number);
}

/* Forget the slots that say nothing any more, and have room for `room`, which is enough. Returns 0 without memory. */
static inline int rebuild(table *t, uint32_t room) {
    uint32_t places = 64;
    while (places < room * 2) places *= 2;
    slot *slots = PyMem_Malloc(room * sizeof(slot));
    uint32_t *by_key = PyMem_Malloc(places * sizeof(uint32_t)), *by_id = PyMem_Malloc(places * sizeof(uint32_t));
    if (!slots || !by_key || !by_id) {
        PyMem_Free(slots); PyMem_Free(by_key); PyMem_Free(by_id);
        return 0;
    }
    memset(by_key, 0xff, places * sizeof(uint32_t));
    memset(by_id, 0xff, places * sizeof(uint32_t));
    uint32_t used = 0;
    for (uint32_t i = 0; i < t->used; i++) {
        if (t->slots[i].alive || t->slots[i].count) slots[used++] = t->slots[i];
    }
    PyMem_Free(t->slots); PyMem_Free(t->by_key); PyMem_Free(t->by_id);
    t->slots = slots; t->by_key = by_key; t->by_id = by_id;
    t->used = used; t->room = room; t->places = places; t->keys = 0;
    for (uint32_t i = 0; i < used; i++) enter(t, i);
    return 1;
}

static inline int make_room(table *t) {
    if (t->used < t->room) return 1;
    uint32_t said = 0;
    for (uint32_t i = 0; i < t->used; i++) said += t->slots[i].alive || t->slots[i].count;
    uint32_t room = said * 2 < 1024 ? 1024 : said + said / 2;
    return rebuild(t, room);
}

/* Memory is far away: the place of an alert that is soon looked for. */
static inline void prefetch(const table *t, key128 key) {
    uint32_t number = t->by_key[(uint32_t)key.a & (t->places - 1)];
    if (number != FREE) __builtin_prefetch(&t->slots[number]);
}

/* What is learned of an alert, as Python packs it. */
typedef struct { key128 key; uint64_t texts; int64_t id, group, starts, end, kind; } lesson;

/* 1 known, 0 no more room, -1 no memory. */
static inline int learn(table *t, const lesson *l) {
    slot *s = find_key(t, l->key), *other = find_id(t, l->id);
    if (s && s != other) { /* The key belongs to another alert now; its old place in the table leads nowhere. */
        s->keyed = s->alive = 0;
        s->key = (key128){0, 0};
        t->version++;
    }
    if (!other) {
        if (t->used >= t->most) return 0;
        if (!make_room(t)) return -1;
        other = &t->slots[t->used];
        memset(other, 0, sizeof(slot));
        other->id = l->id; other->key = l->key; other->keyed = 1;
        enter(t, t->used++);
    } else if (!other->keyed || other->key.a != l->key.a || other->key.b != l->key.b) {
        other->key = l->key; other->keyed = 1;
        if (t->keys > t->places / 4 * 3) {
            int was = other->alive;
            other->alive = 1; /* so that it is kept */
            if (!rebuild(t, t->room)) return -1;
            other = find_id(t, l->id);
            other->alive = (uint8_t)was;
        } else enter_key(t, (uint32_t)(other - t->slots));
    }
    if (!other->alive) other->since = t->version;
    other->texts = l->texts; other->group = l->group; other->starts = l->starts; other->end = l->end;
    other->kind = (uint8_t)l->kind; other->alive = 1;
    return 1;
}

#endif
