"""Builds the quick half of the intake where there is a C compiler; without one it is left out, and all works slower."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension("core.alerts._mirror", ["core/alerts/_mirror.c"], extra_compile_args=["-O3"], optional=True)
    ]
)
