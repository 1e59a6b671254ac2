"""Time as a parameter: the system's clock, and one that a replay or a test moves by hand."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is, as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


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
