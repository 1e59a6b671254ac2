"""Whose turn it is when: the shifts of a rotation on the wall clock of its zone, before anybody changes them. Pure.

A shift runs from one handoff to the next, `[start, end)`. The handoff is a time on the wall clock, so a week that
changes to or from daylight saving time has 167 or 169 hours (167.5 or 168.5 where the change is half an hour), and
one of a rotation's twelve-hour shifts 11 or 13. Two kinds of handoff time need a rule; ours is that of iCalendar
(RFC 5545, 3.3.5), so that a calendar agrees with it:

- a time that the clock skips (02:30 when it jumps from 02:00 to 03:00) is read with the offset from before the
  jump, so the handoff is at 03:30;
- a time that comes twice means the first.

Where a zone leaves out a whole day (Samoa, 30 December 2011), the shifts of that day have no length and are skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from core.config.rotation import DAY, WEEK, Rotation
from core.runs.schedule import instant_of


@dataclass(frozen=True)
class Shift:
    """One turn of a rotation, `[start, end)` in UTC, and the people in it (by id).

    `turn` counts shifts from the rotation's first. `next` is the primary of the following shift. `backup` is the
    first to come after `primary` who is somebody else: with members listed twice that is not `next`. None when there
    is nobody else.
    """

    rotation: str
    start: datetime
    end: datetime
    primary: str
    shadow: str | None
    next: str
    backup: str | None
    turn: int = 0

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def shift_at(rotation: Rotation, instant: datetime) -> Shift:
    """The shift that contains `instant`; every instant has one, also before the rotation `starts`."""
    local = instant.astimezone(ZoneInfo(rotation.timezone)).replace(tzinfo=None)
    turn = (local - _first_handoff(rotation)) // rotation.every
    # The wall clock does not tell on which side of the handoff it is where it was put back or forward.
    while instant < _handoff(rotation, turn):
        turn -= 1
    while instant >= _handoff(rotation, turn + 1):
        turn += 1
    return _shift(rotation, turn)


def shift_before(rotation: Rotation, shift: Shift) -> Shift:
    """The shift that ended when `shift` started."""
    return shift_at(rotation, shift.start - timedelta(microseconds=1))


def shifts_from(rotation: Rotation, instant: datetime) -> Iterator[Shift]:
    """The shift that contains `instant` and all that follow, without end."""
    while True:
        shift = shift_at(rotation, instant)
        yield shift
        instant = shift.end


def shifts_between(rotation: Rotation, start: datetime, end: datetime) -> list[Shift]:
    """The shifts of which any part lies in `[start, end)`, oldest first; empty when `end` is not after `start`."""
    found: list[Shift] = []
    if start < end:
        for shift in shifts_from(rotation, start):
            if shift.start >= end:
                break
            found.append(shift)
    return found


def turns_of(rotation: Rotation, person: str, now: datetime, count: int = 3) -> list[Shift]:
    """The running and coming shifts in which `person` is primary or shadow: at most `count`, soonest first.

    Looks as far as everybody's turn as primary and as shadow comes round; empty for people outside the rotation.
    """
    horizon = len(rotation.members) * max(1, len(rotation.shadows)) * max(1, count)
    coming = islice(shifts_from(rotation, now), horizon)
    return list(islice((shift for shift in coming if person in (shift.primary, shift.shadow)), count))


def begins(rotation: Rotation) -> datetime:
    """When the first member's first shift begins: the handoff on or before the day `starts`."""
    return _handoff(rotation, 0)


def _first_handoff(rotation: Rotation) -> datetime:
    """On the wall clock: on the handoff day on or before `starts`. A rotation that starts on a handoff day begins with
    that handoff."""
    return _first_after(rotation.starts, rotation.every, rotation.handoff.on.number, rotation.handoff.at)


@lru_cache
def _first_after(starts: date, every: timedelta, weekday: int, at: time) -> datetime:
    since = 0 if every % WEEK else (starts.weekday() - weekday) % 7
    return datetime.combine(starts - timedelta(days=since), at)


def _handoff(rotation: Rotation, turn: int) -> datetime:
    """When this turn begins."""
    return _handoff_after(_first_handoff(rotation), turn, rotation.every, rotation.timezone)


@lru_cache(maxsize=16384)
def _handoff_after(first: datetime, turn: int, every: timedelta, zone: str) -> datetime:
    """The handoff `turn` turns after the `first`, which is on the wall clock. Where a zone skips a day, its handoffs
    fall on those of the next, never behind them."""
    a_day = max(1, DAY // every)
    at = _on_the_clock(first + turn * every, zone)
    if at < _on_the_clock(first + (turn + a_day) * every, zone):
        return at
    return min(_on_the_clock(first + (turn + ahead) * every, zone) for ahead in range(a_day + 1))


def _on_the_clock(wall: datetime, zone: str) -> datetime:
    return instant_of(wall.date(), wall.time(), ZoneInfo(zone))


def _shift(rotation: Rotation, turn: int) -> Shift:
    end, after = _handoff(rotation, turn + 1), turn + 1
    while _handoff(rotation, after + 1) <= end:
        after += 1
    members = rotation.members
    primary = members[turn % len(members)]
    return Shift(
        rotation=rotation.id,
        start=_handoff(rotation, turn),
        end=end,
        primary=primary,
        shadow=_shadow(rotation.shadows, turn, primary),
        next=members[after % len(members)],
        backup=next((member for member in order(rotation, turn) if member != primary), None),
        turn=turn,
    )


def order(rotation: Rotation, turn: int) -> list[str]:
    """Everybody in the rotation once, by whose turn comes first from `turn` on."""
    members = rotation.members
    return list(dict.fromkeys(members[(turn + ahead) % len(members)] for ahead in range(len(members))))


def _shadow(shadows: list[str], turn: int, primary: str) -> str | None:
    """Shadows take turns; whoever is the primary of this shift is skipped in favour of the next shadow."""
    turns = (shadows[(turn + ahead) % len(shadows)] for ahead in range(len(shadows)))
    return next((shadow for shadow in turns if shadow != primary), None)
