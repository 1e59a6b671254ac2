"""Steps of a run without a runtime."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class DirectSteps:
    """Steps without memory: each piece of work is simply done."""

    async def __call__(self, _name: str, work: Callable[[], Awaitable[T]], /) -> T:
        return await work()
