"""When a schedule fires: pure functions over its wall clock and what has fired already."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.config.fields import CatchUp, Every, Schedule

_DAY = timedelta(days=1)


def due(schedule: Schedule, last: datetime, now: datetime) -> list[datetime]:
    """The instants in `(last, now]` that have to run now, oldest first, after the schedule's catch-up policy.

    A daily or weekly time that the clock skips (spring) fires at the same distance after midnight's offset, that
    is one hour later by the new clock; one that comes twice (autumn) fires at the first. So every local day has
    exactly one firing.
    """
    missed = list(_between(schedule, last, now))
    if schedule.catch_up is CatchUp.ALL:
        return missed
    if schedule.catch_up is CatchUp.LATEST:
        return missed[-1:]
    return [at for at in missed[-1:] if next_after(schedule, at) > now and now - at <= _grace(schedule)]


def next_after(schedule: Schedule, instant: datetime) -> datetime:
    """The first firing strictly after `instant`."""
    horizon = instant + timedelta(days=9)
    return next(_between(schedule, instant, horizon))


def _grace(schedule: Schedule) -> timedelta:
    """How late a firing may be and still count as on time when nothing is caught up: a tenth of its period."""
    return {Every.HOUR: timedelta(minutes=6), Every.DAY: timedelta(hours=2.4), Every.WEEK: timedelta(hours=16.8)}[
        schedule.every
    ]


def _between(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    if schedule.every is Every.HOUR:
        yield from _hours(schedule, after, until)
        return
    zone = ZoneInfo(schedule.timezone)
    day, end = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    while day <= end:
        if schedule.every is Every.DAY or day.weekday() == schedule.on.number:
            at = instant_of(day, schedule.at, zone)
            if after < at <= until:
                yield at
        day += _DAY


def _hours(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every hour at the minute of `at`, in real hours: the same in each zone whose offset is whole hours."""
    at = after.astimezone(UTC).replace(minute=schedule.at.minute, second=0, microsecond=0)
    while at <= until:
        if at > after:
            yield at
        at += timedelta(hours=1)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time: the first one where it comes twice; where the clock skips it, the
    time is read with the offset from before the jump (RFC 5545, 3.3.5)."""
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)
