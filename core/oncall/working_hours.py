"""The hours in which a layer of a rotation counts, and the holidays of its people, as instants. Pure.

Both are told on the wall clock of a zone, so a window from 09:00 to 17:00 is eight hours by the clock on the day on
which clocks change, too. Times that the clock skips, or that come twice, are read as handoffs are
(`core.oncall.schedule`). A day that a zone leaves out (Samoa, 30 December 2011) has no hours.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.config.rotation import DayOff, Window
from core.runs.schedule import instant_of

Span = tuple[datetime, datetime]
"""`[start, end)` in UTC."""

_DAY = timedelta(days=1)


def spans(windows: Iterable[Window], zone: str, start: datetime, end: datetime) -> Iterator[Span]:
    """Every stretch of the windows that overlaps `[start, end)`, whole; those of several windows may overlap."""
    clock = ZoneInfo(zone)
    for window in windows:
        for day in _days(start, end, clock):
            if not _exists(day, zone):
                continue
            if window.days and all(each.number != day.weekday() for each in window.days):
                continue
            last = day + _DAY if window.until <= window.start else day
            opens, closes = _instant(day, window.start, zone), _instant(last, window.until, zone)
            if opens < closes and opens < end and closes > start:
                yield opens, closes


def is_open(windows: Iterable[Window], zone: str, instant: datetime) -> bool:
    """Whether one of the windows contains `instant`; without any window it is always open."""
    declared = list(windows)
    found = spans(declared, zone, instant, instant + timedelta(microseconds=1))
    return not declared or any(opens <= instant < closes for opens, closes in found)


def span_of(day: DayOff) -> Span:
    """A holiday from midnight to midnight where the person lives: 23 to 25 hours; empty where the day was left out."""
    opens = _instant(day.day, time(), day.timezone)
    return opens, _instant(day.day + _DAY, time(), day.timezone) if _exists(day.day, day.timezone) else opens


def _days(start: datetime, end: datetime, clock: ZoneInfo) -> Iterator[date]:
    """The days of the clock whose windows may reach into `[start, end)`."""
    day, last = start.astimezone(clock).date() - 2 * _DAY, end.astimezone(clock).date()
    while day <= last:
        yield day
        day += _DAY


@lru_cache(maxsize=16384)
def _instant(day: date, at: time, zone: str) -> datetime:
    return instant_of(day, at, ZoneInfo(zone))


@lru_cache(maxsize=4096)
def _exists(day: date, zone: str) -> bool:
    return _instant(day, time(12), zone).astimezone(ZoneInfo(zone)).date() == day
