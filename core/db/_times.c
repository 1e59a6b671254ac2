/* Instants as numbers, as texts and as objects, some ten times quicker than Python makes them of each other. What each
   function means says core/db/plain_times.py; one suite holds the two against each other. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <datetime.h>
#include <stdint.h>

#define DAY_US 86400000000LL

/* Days since 1970-01-01 and back, in the proleptic Gregorian calendar, by years that begin in March: the leap day is
   their last, and 400 of them have 146,097 days. */
static int64_t days_of(int year, int month, int day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

typedef struct { int year, month, day, hour, minute, second, micro; } fields;

/* Returns 0 for what lies before the year 1 or after 9999. */
static int fields_of(int64_t micros, fields *f) {
    int64_t days = micros / DAY_US, rest = micros % DAY_US;
    if (rest < 0) { rest += DAY_US; days--; }
    if (days < -719162 || days > 2932896) return 0;
    int64_t since = days + 719468, era = since / 146097, in_era = since % 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int march = (int)((5 * in_year + 2) / 153);
    f->day = (int)(in_year - (153 * march + 2) / 5) + 1;
    f->month = march < 10 ? march + 3 : march - 9;
    f->year = (int)(era * 400 + year) + (f->month <= 2);
    f->micro = (int)(rest % 1000000);
    int seconds = (int)(rest / 1000000);
    f->hour = seconds / 3600; f->minute = seconds / 60 % 60; f->second = seconds % 60;
    return 1;
}

static int number(PyObject *given, fields *f) {
    long long micros = PyLong_AsLongLong(given);
    if (micros == -1 && PyErr_Occurred()) return 0;
    if (fields_of(micros, f)) return 1;
    PyErr_SetString(PyExc_OverflowError, "date value out of range");
    return 0;
}

static char *digits(char *at, int value, int count, char then) {
    for (int i = count - 1; i >= 0; i--, value /= 10) at[i] = (char)('0' + value % 10);
    if (then) at[count] = then;
    return at + count + (then != 0);
}

static PyObject *written(const fields *f) {
    PyObject *made = PyUnicode_New(26, 127);
    if (!made) return NULL;
    char *at = (char *)PyUnicode_1BYTE_DATA(made);
    at = digits(digits(digits(at, f->year, 4, '-'), f->month, 2, '-'), f->day, 2, ' ');
    at = digits(digits(digits(at, f->hour, 2, ':'), f->minute, 2, ':'), f->second, 2, '.');
    digits(at, f->micro, 6, 0);
    return made;
}

static PyObject *to_datetime(PyObject *Py_UNUSED(module), PyObject *micros) {
    fields f;
    if (!number(micros, &f)) return NULL;
    return PyDateTimeAPI->DateTime_FromDateAndTime(f.year, f.month, f.day, f.hour, f.minute, f.second, f.micro,
                                                   PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
}

static PyObject *micros_text(PyObject *Py_UNUSED(module), PyObject *micros) {
    fields f;
    return number(micros, &f) ? written(&f) : NULL;
}

static fields stated(PyObject *at) {
    return (fields){PyDateTime_GET_YEAR(at), PyDateTime_GET_MONTH(at), PyDateTime_GET_DAY(at), PyDateTime_DATE_GET_HOUR(at),
                    PyDateTime_DATE_GET_MINUTE(at), PyDateTime_DATE_GET_SECOND(at), PyDateTime_DATE_GET_MICROSECOND(at)};
}

static int is_instant(PyObject *at) {
    if (PyDateTime_Check(at)) return 1;
    PyErr_SetString(PyExc_TypeError, "an instant is a datetime");
    return 0;
}

static PyObject *as_text(PyObject *Py_UNUSED(module), PyObject *at) {
    if (at == Py_None) Py_RETURN_NONE;
    if (!is_instant(at)) return NULL;
    fields f = stated(at);
    return written(&f);
}

static PyObject *micros(PyObject *Py_UNUSED(module), PyObject *at) {
    if (!is_instant(at)) return NULL;
    PyObject *zone = PyDateTime_DATE_GET_TZINFO(at), *moved = NULL;
    if (zone == Py_None) return PyErr_Format(PyExc_TypeError, "an instant without a zone is none");
    if (zone != PyDateTime_TimeZone_UTC) {
        at = moved = PyObject_CallMethod(at, "astimezone", "O", PyDateTime_TimeZone_UTC);
        if (!moved) return NULL;
    }
    fields f = stated(at);
    Py_XDECREF(moved);
    int64_t seconds = ((days_of(f.year, f.month, f.day) * 24 + f.hour) * 60 + f.minute) * 60 + f.second;
    return PyLong_FromLongLong(seconds * 1000000 + f.micro);
}

static PyMethodDef functions[] = {
    {"to_datetime", to_datetime, METH_O, NULL},
    {"micros", micros, METH_O, NULL},
    {"as_text", as_text, METH_O, NULL},
    {"micros_text", micros_text, METH_O, NULL},
    {NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_times", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__times(void) {
    PyDateTime_IMPORT;
    return PyDateTimeAPI ? PyModule_Create(&module) : NULL;
}
