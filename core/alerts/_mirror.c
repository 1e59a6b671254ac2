/* The hot loop of the intake: finds known alerts in a request's bytes without making an object of each.

   It does what core/alerts/plain_mirror.py does, some twenty times quicker; see there for what each method means.
   Whatever is unusual about a body is left to the ordinary decoder: `scan` then answers None. Every call holds the
   interpreter's lock from its beginning to its end. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include "_reader.h"
#include "_saying.h"
#include "_table.h"

#define FOREVER INT64_MAX
#define RESOLVE_TIMEOUT_US 300000000LL
#define MARK 24

enum kind { STATED = 0, TIMEOUT = 1, ENDLESS = 2 };

typedef struct {
    PyObject_HEAD
    uint64_t secret[4];
    table table;
    uint32_t scans;
} mirror;

/* 1 fires on (its id and end are written to `beat`), 2 has ended (its group, too), 0 is something else, -1 is unusual. */
static int judge(mirror *m, const said *what, int64_t now, int64_t *beat) {
    slot *s = what->plain ? find_key(&m->table, what->labels) : NULL;
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
            usual = parse(m->secret, &c, sender, &all[n]);
            __builtin_prefetch(&m->table.by_key[(uint32_t)all[n++].labels.a & (m->table.places - 1)]);
        } while (usual && eat(&c, ','));
        usual = usual && eat(&c, ']');
    }
    blank(&c);
    *count = n;
    if (usual && c.at == c.end && !PyErr_Occurred()) return all;
    PyMem_Free(all);
    return NULL;
}

static PyObject *answer(mirror *m, const said *all, size_t n, int64_t now) {
    PyObject *rest = PyList_New(0), *found = NULL;
    int64_t *beats = PyMem_Malloc(n * 40 + 1); /* of two numbers each, and behind them ends of three */
    int64_t *ends = beats ? beats + n * 2 : NULL;
    size_t beat_count = 0, end_count = 0, i = 0;
    if (!beats) PyErr_NoMemory();
    for (; rest && beats && i < n; i++) {
        int64_t beat[3];
        if (i + 8 < n) prefetch(&m->table, all[i + 8].labels);
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
                              (Py_ssize_t)(end_count * 24), rest, (unsigned long long)m->table.version);
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
        int learned = learn(&m->table, &l);
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
        const slot *s = find_id(&m->table, id);
        if (!s || !s->alive || s->since > version) return 0;
    }
    return 1;
}

static PyObject *mirror_holds(mirror *m, PyObject *args) {
    const char *beats, *ends;
    Py_ssize_t beats_size, ends_size;
    unsigned long long version;
    if (!PyArg_ParseTuple(args, "y#y#K", &beats, &beats_size, &ends, &ends_size, &version)) return NULL;
    if (version == m->table.version) Py_RETURN_TRUE; /* Nothing was dropped at all. */
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
        const slot *s = find_id(&m->table, each[i][0]);
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
        slot *s = find_id(&m->table, id);
        if (!s) {
            if (!make_room(&m->table)) return PyErr_NoMemory();
            s = &m->table.slots[m->table.used];
            memset(s, 0, sizeof(slot));
            s->id = id; s->end = INT64_MIN;
            enter(&m->table, m->table.used++);
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
        slot *s = find_id(&m->table, id);
        if (!s || !s->count) Py_RETURN_NONE;
        return Py_BuildValue("(LLkL)", (long long)s->id, (long long)s->end, (unsigned long)s->count, (long long)s->seen);
    }
    PyObject *all = PyList_New(0);
    for (uint32_t i = 0; all && i < m->table.used; i++) {
        slot *s = &m->table.slots[i];
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
    m->table.version++;
    while ((one = PyIter_Next(each))) {
        long long id = PyLong_AsLongLong(one);
        Py_DECREF(one);
        if (id == -1 && PyErr_Occurred()) break;
        slot *s = find_id(&m->table, id);
        if (s) { s->alive = 0; s->count = 0; s->end = INT64_MIN; }
    }
    Py_DECREF(each);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *mirror_folded(mirror *m, PyObject *Py_UNUSED(none)) {
    for (uint32_t i = 0; i < m->table.used; i++) {
        m->table.slots[i].count = 0;
        if (!m->table.slots[i].alive) m->table.slots[i].end = INT64_MIN;
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
    m->table.used = 0;
    m->table.version++;
    if (!rebuild(&m->table, 1024)) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static int mirror_init(mirror *m, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"secret", "most", NULL};
    const char *secret;
    Py_ssize_t size;
    unsigned int most = 250000;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y#|I", names, &secret, &size, &most)) return -1;
    if (!set_secret(m, secret, size)) return -1;
    m->table.most = most;
    m->table.used = 0;
    if (!rebuild(&m->table, 1024)) { PyErr_NoMemory(); return -1; }
    return 0;
}

static void mirror_dealloc(mirror *m) {
    PyMem_Free(m->table.slots); PyMem_Free(m->table.by_key); PyMem_Free(m->table.by_id);
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
