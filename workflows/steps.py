"""How a run is cut into steps, so that a process that dies goes on where it was."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Steps(Protocol):
    """Does a piece of work once and remembers its result under `name`; a rerun gets the result again.

    Results are plain values (they are stored). A piece that died half-way is done again, so it must be harmless
    to repeat.
    """

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]], /) -> T: ...
