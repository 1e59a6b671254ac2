"""When the hours of an escalation step begin and end, on the wall clock of their zone. Pure.

A time that the clock skips or shows twice is read as everywhere here (`core.runs.schedule.instant_of`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.config.escalation import Hours
from core.config.fields import Weekday
from core.runs.schedule import instant_of

_DAY = timedelta(days=1)


def inside(hours: Hours, instant: datetime) -> bool:
    """Whether `instant` lies in `[start, end)` of one of the days."""
    return any(start <= instant < end for start, end in _spans(hours, instant))


def opening(hours: Hours, instant: datetime) -> datetime:
    """When the hours begin next; `instant` itself inside of them."""
    return min(max(start, instant) for start, end in _spans(hours, instant) if end > instant)


def _spans(hours: Hours, around: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours of the day before `around` and of the nine after, in UTC, but for those that the clock swallows."""
    zone = ZoneInfo(hours.timezone)
    wanted = {day.number for day in hours.days}
    today = around.astimezone(zone).date()
    for ahead in range(-1, 10):
        day = today + ahead * _DAY
        if day.weekday() in wanted:
            last = day + _DAY if hours.end <= hours.start else day
            start, end = instant_of(day, hours.start, zone), instant_of(last, hours.end, zone)
            if start < end:
                yield start, end


def describe(hours: Hours) -> str:
    """“monday, tuesday 09:00-17:00 Europe/Berlin”."""
    days = ", ".join(day for day in Weekday if day in hours.days)
    return f"{days} {hours.start:%H:%M}-{hours.end:%H:%M} {hours.timezone}"
