/* The hot loop of the intake: finds known alerts in a request's bytes without making an object of each.

   It does what core/alerts/plain_mirror.py does, some twenty times quicker; see there for what each method means.
   Whatever is unusual about a body is left to the ordinary decoder: `scan` then answers None. Every call holds the
   interpreter's lock from its beginning to its end. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "_json.h"
#include "_reader.h"

#define FOREVER INT64_MAX
#define RESOLVE_TIMEOUT_US 300000000LL
#define FREE UINT32_MAX
#define MARK 24

enum kind { STATED = 0, TIMEOUT = 1, ENDLESS = 2 };

typedef struct { uint64_t a, b; } key128;

typedef struct {
    key128 key;
    uint64_t texts;
    int64_t id, group, starts, end, seen;
    uint64_t since; /* the version of the mirror in which it became alive */
    uint32_t count, scan;
    uint8_t keyed, alive, kind;
} slot;

typedef struct {
    PyObject_HEAD
    uint64_t secret[4];
    slot *slots;
    uint32_t used, room;      /* slots in use, and allocated */
    uint32_t *by_key, *by_id; /* open addressing: places of slots, or FREE */
    uint32_t places;          /* of each table: a power of two, more than twice `room` */
    uint32_t keys;            /* places of `by_key` in use, outdated ones included */
    uint32_t most, scans;
    uint64_t version; /* how often alerts were dropped, or lost their key to another */
} mirror;

/* ---- hashing: keyed by a secret of the installation, so that nobody can aim at a collision ---- */

static inline uint64_t mix(uint64_t x, uint64_t y) {
    unsigned __int128 product = (unsigned __int128)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen bytes more of a string; its last ones, fewer than that, are mixed with other secrets and their number, so that
   no string followed by another can look like a third. */
static inline void block(const mirror *m, key128 *h, uint64_t low, uint64_t high, int is_last) {
    h->a = mix(h->a ^ low, m->secret[is_last ? 2 : 0] ^ high);
    h->b = mix(h->b ^ high, m->secret[is_last ? 3 : 1] ^ low);
}

static inline void last_block(const mirror *m, key128 *h, uint64_t low, uint64_t high, size_t n) {
    block(m, h, low, high | (uint64_t)n << 56, 1);
}

/* A string as it is written, hashed from `p` to its end: the way for what has escapes or is the last of a body. */
static int hash_slowly(const mirror *m, cursor *c, const uint8_t *p, key128 *h) {
    const uint8_t *start;
    size_t n;
    if (!text_end(c, &start, &n)) return 0;
    uint64_t words[2];
    for (n -= (size_t)(p - start); n >= 16; p += 16, n -= 16) {
        memcpy(words, p, 16);
        block(m, h, words[0], words[1], 0);
    }
    words[0] = words[1] = 0;
    memcpy(words, p, n);
    last_block(m, h, words[0], words[1], n);
    return 1;
}

/* A string: its end is found and its bytes are hashed in one go. */
static inline int hash_text(const mirror *m, cursor *c, key128 *h) {
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
            last_block(m, h, low, high, (size_t)n);
            c->at = p + n + 1;
            return 1;
        }
        block(m, h, low, high, 0);
    }
#endif
    return hash_slowly(m, c, p, h);
}

static inline key128 finish(const mirror *m, key128 h) {
    return (key128){mix(h.a ^ m->secret[2], h.b | 1), mix(h.b ^ m->secret[3], h.a | 1)};
}

/* An object of strings: the sum of its pairs' hashes, which does not depend on their order. Returns the number of
   pairs, or -1. */
static int pairs(const mirror *m, cursor *c, uint64_t sender, key128 *sum) {
    int n = 0;
    *sum = (key128){0, 0};
    if (!eat(c, '{')) return -1;
    if (eat(c, '}')) return 0;
    do {
        key128 h = {m->secret[2] ^ sender, m->secret[3]};
        if (!hash_text(m, c, &h) || !eat(c, ':') || !hash_text(m, c, &h)) return -1;
        h = finish(m, h);
        sum->a += h.a;
        sum->b += h.b;
        n++;
    } while (eat(c, ','));
    return eat(c, '}') ? n : -1;
}

/* ---- the tables ---- */

static inline uint32_t place_of_id(const mirror *m, int64_t id) {
    return (uint32_t)(mix((uint64_t)id ^ 0x9e3779b97f4a7c15ULL, 0xe7037ed1a0b428dbULL) & (m->places - 1));
}

static slot *find_key(const mirror *m, key128 key) {
    for (uint32_t i = (uint32_t)key.a & (m->places - 1);; i = (i + 1) & (m->places - 1)) {
        if (m->by_key[i] == FREE) return NULL;
        slot *s = &m->slots[m->by_key[i]];
        if (s->key.a == key.a && s->key.b == key.b) return s;
    }
}

static slot *find_id(const mirror *m, int64_t id) {
    for (uint32_t i = place_of_id(m, id);; i = (i + 1) & (m->places - 1)) {
        if (m->by_id[i] == FREE) return NULL;
        slot *s = &m->slots[m->by_id[i]];
        if (s->id == id) return s;
    }
}

static void enter_key(mirror *m, uint32_t number) {
    uint32_t i = (uint32_t)m->slots[number].key.a & (m->places - 1);
    while (m->by_key[i] != FREE) i = (i + 1) & (m->places - 1);
    m->by_key[i] = number;
    m->keys++;
}

static void enter(mirror *m, uint32_t number) {
    slot *s = &m->slots[number];
    uint32_t i = place_of_id(m, s->id);
    while (m->by_id[i] != FREE) i = (i + 1) & (m->places - 1);
    m->by_id[i] = number;
    if (s->keyed) enter_key(m, number);
}

/* Forget the slots that say nothing any more, and have room for `room`, which is enough. Returns 0 without memory. */
static int rebuild(mirror *m, uint32_t room) {
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
    for (uint32_t i = 0; i < m->used; i++) {
        if (m->slots[i].alive || m->slots[i].count) slots[used++] = m->slots[i];
    }
    PyMem_Free(m->slots); PyMem_Free(m->by_key); PyMem_Free(m->by_id);
    m->slots = slots; m->by_key = by_key; m->by_id = by_id;
    m->used = used; m->room = room; m->places = places; m->keys = 0;
    for (uint32_t i = 0; i < used; i++) enter(m, i);
    return 1;
}

static int make_room(mirror *m) {
    if (m->used < m->room) return 1;
    uint32_t said = 0;
    for (uint32_t i = 0; i < m->used; i++) said += m->slots[i].alive || m->slots[i].count;
    uint32_t room = said * 2 < 1024 ? 1024 : said + said / 2;
    return rebuild(m, room);
}

/* ---- what Python calls ---- */

/* What an alert says. Its mark is the first 24 bytes. */
typedef struct {
    key128 labels;
    uint64_t texts;
    int64_t starts, end;
    const uint8_t *from, *to;
    uint8_t plain, has_start, has_end;
} said;

/* Whether the alert is usual. */
static int parse(const mirror *m, cursor *c, uint64_t sender, said *s) {
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
            if ((count = pairs(m, c, sender, &s->labels)) < 0) return 0;
        } else if (size == 11 && !memcmp(name, "annotations", 11)) {
            field = 2;
            if (pairs(m, c, 0, &notes) < 0) return 0;
        } else if (size == 12 && !memcmp(name, "generatorURL", 12)) {
            field = 16;
            key128 h = {m->secret[1], m->secret[2]};
            if (!hash_text(m, c, &h)) return 0;
            s->texts = finish(m, h).a;
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

/* 1 fires on (its id and end are written to `beat`), 2 has ended (its group, too), 0 is something else, -1 is unusual. */
static int judge(mirror *m, const said *what, int64_t now, int64_t *beat) {
    slot *s = what->plain ? find_key(m, what->labels) : NULL;
    if (s == NULL) return 0;
    if (s->scan == m->scans) return -1; /* Twice in one body: their order counts. */
    s->scan = m->scans;
    if (!s->alive || s->texts != what->texts) return 0;
    int64_t end = what->end, starts = what->starts;
    if (!what->has_end) end = s->kind == ENDLESS ? FOREVER : now + RESOLVE_TIMEOUT_US;
    if (!what->has_start) starts = what->has_end ? end : now;
    if (end < starts || starts < s->starts || starts > s->end || s->end <= now) return 0;
    beat[0] = s->id;
    beat[1] = end;
    beat[2] = s->group;
    if (end <= now) return what->has_end ? 2 : 0;
    return s->kind == (what->has_end ? STATED : TIMEOUT);
}

/* All alerts of a body; NULL where anything about it is unusual, or, with an exception, without memory. */
static said *parse_all(const mirror *m, cursor c, uint64_t sender, size_t *count) {
    size_t n = 0, room = 64;
    said *all = PyMem_Malloc(room * sizeof(said));
    if (!all) PyErr_NoMemory();
    int usual = all && eat(&c, '[');
    if (usual && !eat(&c, ']')) {
        do {
            if (n == room) {
                said *more = PyMem_Realloc(all, (room *= 2) * sizeof(said));
                if (!more) { PyErr_NoMemory(); break; }
                all = more;
            }
            usual = parse(m, &c, sender, &all[n]);
            __builtin_prefetch(&m->by_key[(uint32_t)all[n++].labels.a & (m->places - 1)]);
        } while (usual && eat(&c, ','));
        usual = usual && eat(&c, ']');
    }
    blank(&c);
    *count = n;
    if (usual && c.at == c.end && !PyErr_Occurred()) return all;
    PyMem_Free(all);
    return NULL;
}

/* Memory is far away: the place of an alert that is soon looked for. */
static inline void prefetch(const mirror *m, key128 key) {
    uint32_t number = m->by_key[(uint32_t)key.a & (m->places - 1)];
    if (number != FREE) __builtin_prefetch(&m->slots[number]);
}

static PyObject *answer(mirror *m, const said *all, size_t n, int64_t now) {
    PyObject *rest = PyList_New(0), *found = NULL;
    int64_t *beats = PyMem_Malloc(n * 40 + 1); /* of two numbers each, and behind them ends of three */
    int64_t *ends = beats ? beats + n * 2 : NULL;
    size_t beat_count = 0, end_count = 0, i = 0;
    if (!beats) PyErr_NoMemory();
    for (; rest && beats && i < n; i++) {
        int64_t beat[3];
        if (i + 8 < n) prefetch(m, all[i + 8].labels);
        int what = judge(m, &all[i], now, beat);
        if (what < 0) break;
        if (what == 1) memcpy(beats + 2 * beat_count++, beat, 16);
        else if (what == 2) memcpy(ends + 3 * end_count++, beat, 24);
        else {
            PyObject *item = Py_BuildValue("(ny#y#)", (Py_ssize_t)i, all[i].from, (Py_ssize_t)(all[i].to - all[i].from),
                                           (const char *)&all[i], (Py_ssize_t)MARK);
            int failed = !item || PyList_Append(rest, item);
            Py_XDECREF(item);
            if (failed) break;
        }
    }
    if (i == n && !PyErr_Occurred())
        found = Py_BuildValue("(ny#y#OK)", (Py_ssize_t)n, (char *)beats, (Py_ssize_t)(beat_count * 16), (char *)ends,
                              (Py_ssize_t)(end_count * 24), rest, (unsigned long long)m->version);
    else if (!PyErr_Occurred()) found = Py_NewRef(Py_None);
    PyMem_Free(beats);
    Py_XDECREF(rest);
    return found;
}

static PyObject *mirror_scan(mirror *m, PyObject *args) {
    Py_buffer body;
    unsigned long long sender;
    long long now;
    if (!PyArg_ParseTuple(args, "y*KL", &body, &sender, &now)) return NULL;
    size_t n;
    m->scans++;
    said *all = parse_all(m, (cursor){body.buf, (const uint8_t *)body.buf + body.len}, sender, &n);
    PyObject *found = all ? answer(m, all, n, now) : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    PyMem_Free(all);
    PyBuffer_Release(&body);
    return found;
}

/* What is learned of an alert, as Python packs it. */
typedef struct { key128 key; uint64_t texts; int64_t id, group, starts, end, kind; } lesson;

/* 1 known, 0 no more room, -1 no memory. */
static int learn(mirror *m, const lesson *l) {
    slot *s = find_key(m, l->key), *other = find_id(m, l->id);
    if (s && s != other) { /* The key belongs to another alert now; its old place in the table leads nowhere. */
        s->keyed = s->alive = 0;
        s->key = (key128){0, 0};
        m->version++;
    }
    if (!other) {
        if (m->used >= m->most) return 0;
        if (!make_room(m)) return -1;
        other = &m->slots[m->used];
        memset(other, 0, sizeof(slot));
        other->id = l->id; other->key = l->key; other->keyed = 1;
        enter(m, m->used++);
    } else if (!other->keyed || other->key.a != l->key.a || other->key.b != l->key.b) {
        other->key = l->key; other->keyed = 1;
        if (m->keys > m->places / 4 * 3) {
            int was = other->alive;
            other->alive = 1; /* so that it is kept */
            if (!rebuild(m, m->room)) return -1;
            other = find_id(m, l->id);
            other->alive = (uint8_t)was;
        } else enter_key(m, (uint32_t)(other - m->slots));
    }
    if (!other->alive) other->since = m->version;
    other->texts = l->texts; other->group = l->group; other->starts = l->starts; other->end = l->end;
    other->kind = (uint8_t)l->kind; other->alive = 1;
    return 1;
}

static PyObject *mirror_learn(mirror *m, PyObject *lessons) {
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(lessons, &bytes, &size)) return NULL;
    long known = 0;
    for (Py_ssize_t at = 0; at < size; at += (Py_ssize_t)sizeof(lesson)) {
        lesson l;
        if (size - at < (Py_ssize_t)sizeof l) return PyErr_Format(PyExc_ValueError, "what is learned has 64 bytes each");
        memcpy(&l, bytes + at, sizeof l);
        if (l.kind < STATED || l.kind > ENDLESS) return PyErr_Format(PyExc_ValueError, "a kind is 0, 1 or 2");
        int learned = learn(m, &l);
        if (learned < 0) return PyErr_NoMemory();
        known += learned;
    }
    return PyLong_FromLong(known);
}

/* Whether every alert of these records, of `width` numbers each, has been alive since a version. */
static int all_hold(const mirror *m, const char *records, Py_ssize_t size, Py_ssize_t width, uint64_t version) {
    for (Py_ssize_t at = 0; at + width * 8 <= size; at += width * 8) {
        int64_t id;
        memcpy(&id, records + at, 8);
        const slot *s = find_id(m, id);
        if (!s || !s->alive || s->since > version) return 0;
    }
    return 1;
}

static PyObject *mirror_holds(mirror *m, PyObject *args) {
    const char *beats, *ends;
    Py_ssize_t beats_size, ends_size;
    unsigned long long version;
    if (!PyArg_ParseTuple(args, "y#y#K", &beats, &beats_size, &ends, &ends_size, &version)) return NULL;
    if (version == m->version) Py_RETURN_TRUE; /* Nothing was dropped at all. */
    int hold = all_hold(m, beats, beats_size, 2, version) && all_hold(m, ends, ends_size, 3, version);
    return PyBool_FromLong(hold);
}

static int by_alert(const void *one, const void *other) {
    const int64_t *x = one, *y = other;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

static PyObject *mirror_ended(mirror *m, PyObject *ends) {
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(ends, &bytes, &size)) return NULL;
    size_t n = (size_t)size / 24;
    int64_t (*each)[3] = PyMem_Malloc(n * 24 + 1);
    PyObject *all = PyList_New(0);
    if (!each || !all) { PyMem_Free(each); Py_XDECREF(all); return PyErr_NoMemory(); }
    memcpy(each, bytes, n * 24);
    qsort(each, n, 24, by_alert);
    for (size_t i = 0, next; i < n; i = next) {
        int64_t end = each[i][1];
        for (next = i + 1; next < n && each[next][0] == each[i][0]; next++)
            if (each[next][1] > end) end = each[next][1];
        const slot *s = find_id(m, each[i][0]);
        unsigned long counted = (unsigned long)(next - i) + (s ? s->count : 0);
        PyObject *one = Py_BuildValue("(LLLk)", (long long)each[i][0], (long long)each[i][2], (long long)end, counted);
        if (!one || PyList_Append(all, one)) { Py_XDECREF(one); Py_CLEAR(all); break; }
        Py_DECREF(one);
    }
    PyMem_Free(each);
    return all;
}

static PyObject *mirror_hear(mirror *m, PyObject *args) {
    const char *beats;
    Py_ssize_t size;
    long long seen;
    if (!PyArg_ParseTuple(args, "y#L", &beats, &size, &seen)) return NULL;
    for (Py_ssize_t at = 0; at + 16 <= size; at += 16) {
        int64_t id, end;
        memcpy(&id, beats + at, 8);
        memcpy(&end, beats + at + 8, 8);
        slot *s = find_id(m, id);
        if (!s) {
            if (!make_room(m)) return PyErr_NoMemory();
            s = &m->slots[m->used];
            memset(s, 0, sizeof(slot));
            s->id = id; s->end = INT64_MIN;
            enter(m, m->used++);
        }
        if (end > s->end) s->end = end;
        if (seen > s->seen) s->seen = seen;
        s->count++;
    }
    Py_RETURN_NONE;
}

static PyObject *mirror_pending(mirror *m, PyObject *arg) {
    if (arg != Py_None) {
        long long id = PyLong_AsLongLong(arg);
        if (id == -1 && PyErr_Occurred()) return NULL;
        slot *s = find_id(m, id);
        if (!s || !s->count) Py_RETURN_NONE;
        return Py_BuildValue("(LLkL)", (long long)s->id, (long long)s->end, (unsigned long)s->count, (long long)s->seen);
    }
    PyObject *all = PyList_New(0);
    for (uint32_t i = 0; all && i < m->used; i++) {
        slot *s = &m->slots[i];
        if (!s->count) continue;
        PyObject *item = Py_BuildValue("(LLkL)", (long long)s->id, (long long)s->end, (unsigned long)s->count, (long long)s->seen);
        if (!item || PyList_Append(all, item)) { Py_XDECREF(item); Py_CLEAR(all); break; }
        Py_DECREF(item);
    }
    return all;
}

static PyObject *mirror_drop(mirror *m, PyObject *ids) {
    PyObject *each = PyObject_GetIter(ids), *one;
    if (!each) return NULL;
    m->version++;
    while ((one = PyIter_Next(each))) {
        long long id = PyLong_AsLongLong(one);
        Py_DECREF(one);
        if (id == -1 && PyErr_Occurred()) break;
        slot *s = find_id(m, id);
        if (s) { s->alive = 0; s->count = 0; s->end = INT64_MIN; }
    }
    Py_DECREF(each);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *mirror_folded(mirror *m, PyObject *Py_UNUSED(none)) {
    for (uint32_t i = 0; i < m->used; i++) {
        m->slots[i].count = 0;
        if (!m->slots[i].alive) m->slots[i].end = INT64_MIN;
    }
    Py_RETURN_NONE;
}

static int set_secret(mirror *m, const char *secret, Py_ssize_t size) {
    if (size != 32) {
        PyErr_SetString(PyExc_ValueError, "the secret has 32 bytes");
        return 0;
    }
    memcpy(m->secret, secret, 32);
    for (int i = 0; i < 4; i++) m->secret[i] |= 1;
    return 1;
}

static PyObject *mirror_clear(mirror *m, PyObject *secret) {
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(secret, &bytes, &size) || !set_secret(m, bytes, size)) return NULL;
    m->used = 0;
    m->version++;
    if (!rebuild(m, 1024)) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static int mirror_init(mirror *m, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"secret", "most", NULL};
    const char *secret;
    Py_ssize_t size;
    unsigned int most = 250000;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y#|I", names, &secret, &size, &most)) return -1;
    if (!set_secret(m, secret, size)) return -1;
    m->most = most;
    m->used = 0;
    if (!rebuild(m, 1024)) { PyErr_NoMemory(); return -1; }
    return 0;
}

static void mirror_dealloc(mirror *m) {
    PyMem_Free(m->slots); PyMem_Free(m->by_key); PyMem_Free(m->by_id);
    Py_TYPE(m)->tp_free((PyObject *)m);
}

static PyMethodDef methods[] = {
    {"scan", (PyCFunction)mirror_scan, METH_VARARGS, NULL},
    {"learn", (PyCFunction)mirror_learn, METH_O, NULL},
    {"holds", (PyCFunction)mirror_holds, METH_VARARGS, NULL},
    {"ended", (PyCFunction)mirror_ended, METH_O, NULL},
    {"hear", (PyCFunction)mirror_hear, METH_VARARGS, NULL},
    {"pending", (PyCFunction)mirror_pending, METH_O, NULL},
    {"drop", (PyCFunction)mirror_drop, METH_O, NULL},
    {"folded", (PyCFunction)mirror_folded, METH_NOARGS, NULL},
    {"clear", (PyCFunction)mirror_clear, METH_O, NULL},
    {NULL},
};

static PyTypeObject mirror_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "core.alerts._mirror.Mirror",
    .tp_basicsize = sizeof(mirror),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)mirror_init,
    .tp_dealloc = (destructor)mirror_dealloc,
    .tp_methods = methods,
};

static PyMethodDef functions[] = {
    {"fingerprint", goldilocks_fingerprint, METH_O, NULL},
    {"read", goldilocks_read, METH_O, NULL},
    {NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_mirror", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__mirror(void) {
    if (PyType_Ready(&mirror_type) < 0) return NULL;
    PyObject *m = PyModule_Create(&module);
    if (m && PyModule_AddObjectRef(m, "Mirror", (PyObject *)&mirror_type) < 0) Py_CLEAR(m);
    if (m && PyModule_AddIntConstant(m, "SHAPE", 2) < 0) Py_CLEAR(m);
    return m;
}
