"""One thread for models this small: more would wait for each other far longer than they compute."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_thread() -> Iterator[None]:
    """Numeric libraries use one thread in here, and as many as before afterwards.

    Limits reach only what is loaded by then, so the trees' library is loaded first: a limit set before it leaves its
    threads spinning, on a busy machine at twenty times the cost of the fit.
    """
    with _controller().limit(limits=1):
        yield


@cache
def _controller() -> Any:
    """The libraries' switch, kept: finding what is loaded takes longer than fitting a small model."""
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
