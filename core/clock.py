"""Time as a parameter: the system's clock, and one that a replay or a test moves by hand."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

SLACK = timedelta(milliseconds=50)
"""Differences up to this are nobody's concern, and no reason to set a clock."""


class Clock(Protocol):
    """Anything that can say what time it is, as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class AgreedClock:
    """Time as somebody says it whom all replicas ask now and then, and in between at the machine's own steady pace:
    whatever is done to the machine's clock, this one neither jumps nor differs from the other replicas'."""

    def __init__(self, machine: Clock | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        self._machine, self._steady = machine or SystemClock(), steady
        self._at, self._then = self._machine.now(), steady()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self._steady() - self._then)

    def steady(self) -> float:
        """Seconds at the machine's pace, from some instant on."""
        return self._steady()

    @property
    def astray(self) -> timedelta:
        """How far the machine's clock is ahead of this one."""
        return self._machine.now() - self.now()

    def agree(self, said: datetime | None, asked: float, answered: float) -> timedelta:
        """Go by what was `said` at an instant between the question and its answer (both `steady`), or by the machine's
        clock where nobody is asked. By how much this clock was set forward: nothing, as far as that cannot be told."""
        middle = (asked + answered) / 2
        theirs = said or self._machine.now() - timedelta(seconds=self._steady() - middle)
        by = theirs - (self._at + timedelta(seconds=middle - self._then))
        if abs(by) <= timedelta(seconds=answered - asked) / 2 + SLACK:
            return timedelta(0)
        self._at, self._then = theirs, middle
        return by


class SimulatedClock:
    """A clock that stands still until it is moved; it never goes backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = _as_utc(start)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant`; an instant in the past leaves the clock where it is."""
        self._now = max(self._now, _as_utc(instant))

    def advance(self, by: timedelta) -> None:
        """Move forward by a duration; raises ValueError when it is negative."""
        if by < timedelta(0):
            raise ValueError(f"a clock cannot go back: {by}")
        self._now += by


def _as_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"a time needs a zone, this one has none: {instant.isoformat()}")
    return instant.astimezone(UTC)
