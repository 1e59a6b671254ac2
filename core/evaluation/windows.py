"""Windows of predictions: half-open stretches of time, cut on the wall clock of a schedule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.config.fields import Every, Schedule
from core.runs.schedule import instant_of


@dataclass(frozen=True, order=True)
class Window:
    """Predictions made in `[start, end)`; both instants are aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a zone")
        if self.end <= self.start:
            raise ValueError(f"a window must end after it starts: {self.start} to {self.end}")


def window_before(schedule: Schedule, at: datetime) -> Window:
    """The last whole hour, local day or local week (Monday to Sunday) that was over at `at`."""
    zone = ZoneInfo(schedule.timezone)
    end = _floor(schedule.every, at, zone)
    return Window(_step_back(schedule.every, end, zone), end)


def windows_until(schedule: Schedule, window: Window, count: int) -> list[Window]:
    """`window` and up to `count` windows of the same kind right before it, oldest first."""
    zone = ZoneInfo(schedule.timezone)
    windows = [window]
    for _ in range(count):
        end = windows[-1].start
        windows.append(Window(_step_back(schedule.every, end, zone), end))
    return windows[::-1]


def chunks(sizes: Sequence[int], most: int) -> Iterator[range]:
    """Places in a row that together hold at most `most`, or one that holds more."""
    first, held = 0, 0
    for place, size in enumerate(sizes):
        if place > first and held + size > most:
            yield range(first, place)
            first, held = place, 0
        held += size
    if sizes:
        yield range(first, len(sizes))


def _floor(every: Every, at: datetime, zone: ZoneInfo) -> datetime:
    if every is Every.HOUR:
        # Hours are counted on the UTC line: a wall clock repeats one a year, and skips one.
        return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = at.astimezone(zone).date()
    if every is Every.WEEK:
        day -= timedelta(days=day.weekday())
    return instant_of(day, time(), zone)


def _step_back(every: Every, end: datetime, zone: ZoneInfo) -> datetime:
    if every is Every.HOUR:
        return end - timedelta(hours=1)
    day = end.astimezone(zone).date() - timedelta(days=7 if every is Every.WEEK else 1)
    return instant_of(day, time(), zone)
