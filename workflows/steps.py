"""How a run is cut into steps, so that a process that dies goes on where it was."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Steps(Protocol):
    """Does a piece of work once and remembers its result under `name`; a rerun gets the result again.

    Results are plain values (they are stored). A piece that died half-way is done again, so it must be harmless
    to repeat.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T] | T], /) -> T: ...


class DirectSteps:
    """Steps without memory: for tests, and where nothing is lost by starting over."""

    async def __call__(self, _name: str, work: Callable[[], Awaitable[T] | T], /) -> T:
        return await finish(work())


async def finish(result: Awaitable[T] | T) -> T:
    """The result itself, awaited where it must be."""
    if inspect.isawaitable(result):
        awaited: T = await result
        return awaited
    return result
