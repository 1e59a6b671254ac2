"""Who waits for the disk: requests in the order in which they came, large ones in parts, and none for ever."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import length_hint
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_COMMIT = 2_048
"""How many alerts one transaction takes, so that nobody waits long for a huge one."""

MAX_PART = 1_000
"""How many alerts of one request go into a transaction: if each opens or ends a group, more would take seconds. Others
do not wait for the rest of such a request."""

Done = Callable[[BaseException | None], None]
"""Is told once what became of a request: None when all of it is on disk."""


@dataclass(slots=True)
class Waiting(Generic[T]):
    """A request, or a part of one, whose sender waits until an instant (monotonic) at the most."""

    arrivals: Sequence[T]
    size: int
    done: Done
    until: float
    is_told: bool = False

    def tell(self, error: BaseException | None) -> None:
        """What became of it; only the first word counts."""
        if not self.is_told:
            self.is_told = True
            self.done(error)


class Line(Generic[T]):
    """Those who wait. `alerts` counts what they sent, that of the running transaction included."""

    def __init__(self) -> None:
        self._whole: list[Waiting[T]] = []
        self._parts: deque[Waiting[T]] = deque()
        self.alerts = 0

    def __bool__(self) -> bool:
        return bool(self._whole or self._parts)

    def add(self, arrivals: Sequence[T], done: Done, until: float) -> None:
        size = _size(arrivals)
        self.alerts += size
        parts = [arrivals] if size <= MAX_PART else _parts(arrivals)
        if len(parts) == 1:
            self._whole.append(Waiting(arrivals, size, done, until))
        else:
            done = _once_for(len(parts), done)
            self._parts += [Waiting(part, _size(part), done, until) for part in parts]

    def take(self) -> list[Waiting[T]]:
        """What the next transaction takes: what came first, and one part of a large request. See `leave`."""
        size = taken = 0
        for waiting in self._whole:
            if taken and size + len(waiting.arrivals) > MAX_COMMIT:
                break
            size += len(waiting.arrivals)
            taken += 1
        first, self._whole = self._whole[:taken], self._whole[taken:]
        if self._parts:
            first.append(self._parts.popleft())
        return first

    def leave(self, request: Waiting[T], error: BaseException | None) -> None:
        """One that was taken is done with."""
        self.alerts -= request.size
        request.tell(error)

    def give_up(self, running: Iterable[Waiting[T]], now: float, error: BaseException) -> None:
        """Tell those whose time is over. What is `running` may get to the disk all the same; what waits will not."""
        for request in running:
            if request.until <= now:
                request.tell(error)
        late = [each for each in (*self._whole, *self._parts) if each.until <= now]
        self._whole = [each for each in self._whole if each.until > now]
        self._parts = deque(each for each in self._parts if each.until > now)
        for request in late:
            self.leave(request, error)


def _parts(arrivals: Sequence[T]) -> list[Sequence[T]]:
    """As few as there can be in order, none of more than `MAX_PART` alerts unless it is a single arrival."""
    parts: list[Sequence[T]] = []
    first = size = 0
    for place, more in enumerate(map(length_hint, arrivals, repeat(1))):
        if place > first and size + more > MAX_PART:
            parts.append(arrivals[first:place])
            first, size = place, 0
        size += more
    return [*parts, arrivals[first:]]


def _once_for(parts: int, done: Done) -> Done:
    """Calls `done` when it was called for every part, with what failed first."""
    missing, failed = parts, None

    def part_done(error: BaseException | None) -> None:
        nonlocal missing, failed
        missing, failed = missing - 1, failed or error
        if not missing:
            done(failed)

    return part_done


def _size(arrivals: Sequence[object]) -> int:
    """How many alerts these stand for: as many as each is long, or one."""
    return sum(map(length_hint, arrivals, repeat(1)))
