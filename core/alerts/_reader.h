/* What core/alerts/_reader.c gives to Python. */

#ifndef GOLDILOCKS_READER_H
#define GOLDILOCKS_READER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *goldilocks_fingerprint(PyObject *module, PyObject *labels);
PyObject *goldilocks_read(PyObject *module, PyObject *alert);

#endif
