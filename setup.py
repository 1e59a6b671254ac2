"""Builds the quick half of the intake where there is a C compiler; without one it is left out, and all works slower."""

from setuptools import Extension, setup

SOURCES = ["core/alerts/_mirror.c", "core/alerts/_reader.c"]
HEADERS = [f"core/alerts/_{name}.h" for name in ("hashing", "json", "reader", "saying", "table")]

setup(
    ext_modules=[
        Extension("core.alerts._mirror", SOURCES, depends=HEADERS, extra_compile_args=["-O3"], optional=True),
        Extension("core.db._times", ["core/db/_times.c"], extra_compile_args=["-O3"], optional=True),
    ]
)
