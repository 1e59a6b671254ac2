"""Times as people ask about them: `yesterday 3am`, `last friday`, `2 days ago`, `next week`, `4 weeks`. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import spoken_time
from core.spoken_time import LITTLE, MORNING, Stretch, clock_of, day_of

DEEP_IN_THE_NIGHT = time(3)
"""What is meant by a night without a time."""

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LENGTHS = {"week": WEEK, "month": timedelta(weeks=5), "quarter": timedelta(weeks=13), "year": timedelta(weeks=52)}
SATURDAY = 5


def instant(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The instant that these words are, all of them, to come or past; a day is meant at nine. None where they are
    none."""
    if (coming := spoken_time.instant(words, now, zone)) is not None:
        return coming
    low = _plain(words)
    if low[-1:] == ["ago"] and (length := spoken_time.read(low[:-1], now, zone)) and length.words == len(low) - 1:
        return now - length.length if length.length else None
    if low[:2] == ["last", "night"]:
        return _at(_today(now, zone), low[2:], DEEP_IN_THE_NIGHT, zone)
    day = _past_day(low, now, zone)
    if day is not None:
        return _at(day, low[1 if low[0] == "yesterday" else 2 :], MORNING, zone)
    found = stretch(low, now, zone)
    return max(now, found.start + timedelta(hours=9)) if found and found.words == len(low) else None


def stretch(words: Sequence[str], now: datetime, zone: str) -> Stretch | None:
    """The week or weekend that these words begin with, whole days from now on; any other time as they are read
    elsewhere."""
    low, today = [word.casefold().rstrip(",.;?!") for word in words[:2]], _today(now, zone)
    monday = today - timedelta(days=today.weekday())
    if low == ["next", "week"]:
        return Stretch(2, _midnight(monday + WEEK, zone), _midnight(monday + 2 * WEEK, zone))
    if low == ["this", "week"]:
        return Stretch(2, now, _midnight(monday + WEEK, zone))
    for taken in (1, 2):
        if low[:taken] in (["weekend"], ["this", "weekend"], ["the", "weekend"]):
            start = _midnight(monday + SATURDAY * DAY, zone)
            return Stretch(taken, max(now, start), _midnight(monday + WEEK, zone))
    return spoken_time.stretch(words, now, zone)


def ahead(words: Sequence[str], now: datetime, zone: str) -> timedelta | None:
    """How far these words look, all of them: `4 weeks`, `next 8 weeks`, `next month`, `this week`. None where they say
    no such thing."""
    low = [word for word in _plain(words) if word not in ("next", "this", "coming", "for")]
    if len(low) == 1 and low[0].removesuffix("s") in LENGTHS:
        return LENGTHS[low[0].removesuffix("s")]
    if len(low) == 2 and low[0].isdecimal() and low[1].removesuffix("s") == "month" and len(low[0]) < 3:
        return int(low[0]) * timedelta(days=30)
    found = spoken_time.read(low, now, zone)
    return found.length if found is not None and found.words == len(low) else None


def _plain(words: Sequence[str]) -> list[str]:
    return [low for word in words if (low := word.casefold().rstrip(",.;?!")) not in LITTLE]


def _past_day(low: Sequence[str], now: datetime, zone: str) -> date | None:
    if low[:1] == ["yesterday"]:
        return _today(now, zone) - DAY
    if low[:2] == ["last", "week"]:
        return _today(now, zone) - WEEK
    if len(low) > 1 and low[0] == "last" and low[1] not in ("today", "tomorrow"):
        coming = day_of(low[1], now, zone)
        return coming - WEEK if coming else None
    return None


def _at(day: date, clock: Sequence[str], otherwise: time, zone: str) -> datetime | None:
    """The day at the time that is named behind it; None where that is none."""
    if not clock:
        return datetime.combine(day, otherwise, ZoneInfo(zone)).astimezone(UTC)
    found = clock_of(clock[0]) if len(clock) == 1 else None
    return datetime.combine(day, found, ZoneInfo(zone)).astimezone(UTC) if found is not None else None


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
