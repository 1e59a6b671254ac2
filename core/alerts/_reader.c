/* Reads one alert of the Alertmanager API that the mirror does not know, and gives labels and texts their fingerprints.

   It does for a usual alert what bot/http/ingest/decode.py and core/alerts/delivery.py do for every one, and answers None
   for all others; one suite holds them against each other. Every call holds the interpreter's lock. */

#include "_reader.h"
#include "_json.h"
#include <stdlib.h>

enum { MOST_PAIRS = 64, MOST_NAME = 256, MOST_VALUE = 2048, MOST_NOTE = 10000, MOST_URL = 8192 };
static const char URL_NAME[] = "\0url"; /* no annotation can be called so */

typedef struct { const char *text; Py_ssize_t size; } span;
typedef struct { span name, value; } label;

/* ---- fingerprints ---- */

static int by_name(const void *one, const void *other) {
    const span *x = &((const label *)one)->name, *y = &((const label *)other)->name;
    int order = memcmp(x->text, y->text, (size_t)(x->size < y->size ? x->size : y->size));
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

#define FNV_OFFSET 14695981039346656037ULL
#define FNV_PRIME 1099511628211ULL

static char *put(char *at, span part) {
    memcpy(at, part.text, (size_t)part.size);
    at[part.size] = (char)0xff;
    return at + part.size + 1;
}

static char *put_pairs(char *at, const label *all, Py_ssize_t n) {
    for (Py_ssize_t i = 0; i < n; i++) at = put(put(at, all[i].name), all[i].value);
    return at;
}

static Py_ssize_t size_of(const label *all, Py_ssize_t n) {
    Py_ssize_t size = 2 * n;
    for (Py_ssize_t i = 0; i < n; i++) size += all[i].name.size + all[i].value.size;
    return size;
}

/* FNV-1a 64 of two texts at once: each product waits for the one before it, and the two chains fill each other's time. */
static void fnv(span one, span other, uint64_t sums[2]) {
    uint64_t a = FNV_OFFSET, b = FNV_OFFSET;
    Py_ssize_t i = 0, both = one.size < other.size ? one.size : other.size;
    for (; i < both; i++) {
        a = (a ^ (uint8_t)one.text[i]) * FNV_PRIME;
        b = (b ^ (uint8_t)other.text[i]) * FNV_PRIME;
    }
    for (Py_ssize_t j = i; j < one.size; j++) a = (a ^ (uint8_t)one.text[j]) * FNV_PRIME;
    for (; i < other.size; i++) b = (b ^ (uint8_t)other.text[i]) * FNV_PRIME;
    sums[0] = a;
    sums[1] = b;
}

static PyObject *hex(uint64_t sum) {
    char digits[16];
    for (int i = 15; i >= 0; i--, sum >>= 4) digits[i] = "0123456789abcdef"[sum & 15];
    return PyUnicode_FromStringAndSize(digits, 16);
}

/* FNV-1a 64 over the sorted pairs of a dict of texts, each `name 0xFF value 0xFF`, as 16 hex digits. */
PyObject *goldilocks_fingerprint(PyObject *Py_UNUSED(module), PyObject *labels) {
    if (!PyDict_Check(labels)) return PyErr_Format(PyExc_TypeError, "labels are a dict");
    label *all = PyMem_Malloc((size_t)(PyDict_Size(labels) + 1) * sizeof(label));
    if (!all) return PyErr_NoMemory();
    PyObject *name, *value;
    Py_ssize_t place = 0, n = 0;
    for (; PyDict_Next(labels, &place, &name, &value); n++) {
        all[n].name.text = PyUnicode_AsUTF8AndSize(name, &all[n].name.size);
        all[n].value.text = all[n].name.text ? PyUnicode_AsUTF8AndSize(value, &all[n].value.size) : NULL;
        if (!all[n].value.text) { PyMem_Free(all); return NULL; }
    }
    qsort(all, (size_t)n, sizeof(label), by_name);
    char *text = PyMem_Malloc((size_t)size_of(all, n) + 1);
    uint64_t sums[2];
    if (text) fnv((span){text, put_pairs(text, all, n) - text}, (span){"", 0}, sums);
    PyMem_Free(text);
    PyMem_Free(all);
    return text ? hex(sums[0]) : PyErr_NoMemory();
}

/* ---- one alert ---- */

typedef struct {
    label labels[MOST_PAIRS], notes[MOST_PAIRS];
    int label_count, note_count;
    span labels_json, notes_json, url;
    int has_start, has_end;
    int64_t starts, ends;
    char *room; /* where texts go whose escapes are resolved: as large as the alert */
} alert;

static int hex_digit(uint8_t c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The character that four hex digits name, as UTF-8; returns its size, or 0 for NUL and for halves of pairs. */
static int character(const uint8_t *digits, char *out) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(digits[i]);
        if (digit < 0) return 0;
        code = code << 4 | (unsigned)digit;
    }
    if (code == 0 || (code >= 0xd800 && code <= 0xdfff)) return 0;
    if (code < 0x80) { out[0] = (char)code; return 1; }
    if (code < 0x800) { out[0] = (char)(0xc0 | code >> 6); out[1] = (char)(0x80 | (code & 63)); return 2; }
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 63));
    out[2] = (char)(0x80 | (code & 63));
    return 3;
}

/* The text without its escapes, in the alert's room; what it takes there is never more than what it took. */
static int resolve(alert *a, const uint8_t *p, size_t n, span *found) {
    char *out = a->room;
    for (const uint8_t *end = p + n; p < end; p++) {
        if (*p != '\\') { *out++ = (char)*p; continue; }
        static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
        if (++p >= end) return 0;
        const char *at = *p ? strchr(names, *p) : NULL;
        if (at) { *out++ = means[at - names]; continue; }
        int size = *p == 'u' && end - p > 4 ? character(p + 1, out) : 0;
        if (!size) return 0;
        out += size;
        p += 4;
    }
    *found = (span){a->room, out - a->room};
    a->room = out;
    return 1;
}

static int string(alert *a, cursor *c, Py_ssize_t most, span *found) {
    const uint8_t *raw;
    size_t n;
    blank(c);
    if (!text(c, &raw, &n)) return 0;
    int odd = 0;
    for (size_t i = 0; i < n; i++) odd |= raw[i] < ' ';
    if (odd) return 0;
    if (!memchr(raw, '\\', n)) *found = (span){(const char *)raw, (Py_ssize_t)n};
    else if (!resolve(a, raw, n, found)) return 0;
    return found->size <= most;
}

static int is_plain_name(span name) {
    int odd = 0;
    for (Py_ssize_t i = 0; i < name.size; i++) odd |= name.text[i] < ' ' || name.text[i] > '~';
    return name.size > 0 && !odd;
}

/* An object of texts, sorted by name, and its JSON; returns how many there are, or -1. */
static int sorted_pairs(alert *a, cursor *c, Py_ssize_t most, label *all, span *json) {
    int n = 0;
    blank(c);
    const uint8_t *from = c->at;
    if (!eat(c, '{')) return -1;
    if (!eat(c, '}')) {
        do {
            if (n == MOST_PAIRS || !string(a, c, MOST_NAME, &all[n].name) || !is_plain_name(all[n].name)) return -1;
            if (!eat(c, ':') || !string(a, c, most, &all[n].value) || all[n].value.size == 0) return -1;
            n++;
        } while (eat(c, ','));
        if (!eat(c, '}')) return -1;
    }
    *json = (span){(const char *)from, c->at - from};
    qsort(all, (size_t)n, sizeof(label), by_name);
    for (int i = 1; i < n; i++)
        if (by_name(&all[i - 1], &all[i]) == 0) return -1;
    return n;
}

/* Whether it is empty or a path, or has a scheme and nothing that an address could be wrong with. */
static int is_plain_url(span url) {
    int schemed = url.size == 0;
    for (Py_ssize_t i = 0; i < url.size; i++) {
        uint8_t c = (uint8_t)url.text[i];
        if (c <= ' ' || c > '~' || c == '[' || c == ']') return 0;
        int letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (schemed || url.text[0] == '/') continue;
        if (c == ':' && i > 0) schemed = 1;
        else if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))) return 0;
    }
    return schemed || url.text[0] == '/';
}

static int time_of(cursor *c, int64_t *micros) {
    const uint8_t *value;
    size_t size;
    blank(c);
    return text(c, &value, &size) && instant(value, size, micros);
}

static int is_called(span name, const char *wanted) {
    return name.size == (Py_ssize_t)strlen(wanted) && !memcmp(name.text, wanted, (size_t)name.size);
}

/* Whether the alert is usual in all its parts. */
static int parse(alert *a, cursor *c) {
    unsigned seen = 0, field;
    if (!eat(c, '{')) return 0;
    do {
        span name;
        if (!string(a, c, 32, &name) || !eat(c, ':')) return 0;
        if (is_called(name, "labels")) {
            field = 1;
            if ((a->label_count = sorted_pairs(a, c, MOST_VALUE, a->labels, &a->labels_json)) <= 0) return 0;
        } else if (is_called(name, "annotations")) {
            field = 2;
            if ((a->note_count = sorted_pairs(a, c, MOST_NOTE, a->notes, &a->notes_json)) < 0) return 0;
        } else if (is_called(name, "startsAt")) {
            field = 4;
            if (!(a->has_start = time_of(c, &a->starts))) return 0;
        } else if (is_called(name, "endsAt")) {
            field = 8;
            if (!(a->has_end = time_of(c, &a->ends))) return 0;
        } else if (is_called(name, "generatorURL")) {
            field = 16;
            if (!string(a, c, MOST_URL, &a->url) || !is_plain_url(a->url)) return 0;
        } else return 0;
        if (seen & field) return 0;
        seen |= field;
    } while (eat(c, ','));
    if (!eat(c, '}')) return 0;
    blank(c);
    return c->at == c->end && seen & 1 && !(a->has_start && a->has_end && a->ends < a->starts);
}

static PyObject *text_of(span part) {
    return PyUnicode_DecodeUTF8(part.text, part.size, NULL);
}

/* A name as an object; those that came lately are kept, as most alerts have the same names. All are ASCII. */
static PyObject *name_of(span name) {
    static PyObject *lately[128];
    unsigned first = (uint8_t)name.text[0], last = (uint8_t)name.text[name.size - 1];
    PyObject **kept = &lately[(first * 31 + last * 7 + (unsigned)name.size) % 128];
    if (*kept && PyUnicode_GET_LENGTH(*kept) == name.size && !memcmp(PyUnicode_DATA(*kept), name.text, (size_t)name.size))
        return Py_NewRef(*kept);
    PyObject *made = text_of(name);
    if (made) Py_XSETREF(*kept, Py_NewRef(made));
    return made;
}

static PyObject *dict_of(const label *all, int n) {
    PyObject *made = PyDict_New();
    for (int i = 0; made && i < n; i++) {
        PyObject *name = name_of(all[i].name), *value = text_of(all[i].value);
        if (!name || !value || PyDict_SetItem(made, name, value)) Py_CLEAR(made);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    return made;
}

static PyObject *time_or_none(int is_given, int64_t micros) {
    return is_given ? PyLong_FromLongLong(micros) : Py_NewRef(Py_None);
}

/* (labels, their JSON, fingerprint, the annotations' JSON, generator URL, the texts' digest, start, end); fails first where
   anything is no UTF-8. */
static PyObject *shown(const alert *a) {
    Py_ssize_t size = size_of(a->labels, a->label_count) + size_of(a->notes, a->note_count) + a->url.size;
    char *who = PyMem_Malloc((size_t)size + sizeof URL_NAME + 2);
    if (!who) return PyErr_NoMemory();
    PyObject *json = text_of(a->labels_json), *notes = json ? text_of(a->notes_json) : NULL;
    PyObject *url = notes ? text_of(a->url) : NULL;
    if (!url) {
        Py_XDECREF(json);
        Py_XDECREF(notes);
        PyMem_Free(who);
        return NULL;
    }
    char *said = put_pairs(who, a->labels, a->label_count);
    char *end = put_pairs(put(put(said, (span){URL_NAME, sizeof URL_NAME - 1}), a->url), a->notes, a->note_count);
    uint64_t sums[2];
    fnv((span){who, said - who}, (span){said, end - said}, sums);
    PyMem_Free(who);
    return Py_BuildValue("(NNNNNNNN)", dict_of(a->labels, a->label_count), json, hex(sums[0]), notes, url, hex(sums[1]),
                         time_or_none(a->has_start, a->starts), time_or_none(a->has_end, a->ends));
}

PyObject *goldilocks_read(PyObject *Py_UNUSED(module), PyObject *raw) {
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(raw, &bytes, &size)) return NULL;
    alert *a = PyMem_Malloc(sizeof(alert) + (size_t)size);
    if (!a) return PyErr_NoMemory();
    a->room = (char *)(a + 1);
    a->label_count = a->note_count = a->has_start = a->has_end = 0;
    a->notes_json = (span){"{}", 2};
    a->url = (span){"", 0};
    cursor c = {(const uint8_t *)bytes, (const uint8_t *)bytes + size};
    PyObject *found = parse(a, &c) ? shown(a) : Py_NewRef(Py_None);
    PyMem_Free(a);
    if (!found && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    return found;
}
