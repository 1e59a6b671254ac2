"""Times as people ask about them: `yesterday 3am`, `last friday`, `2 days ago`, `next week`, `4 weeks`. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import spoken_time
from core.spoken_day import read_clock, read_days
from core.spoken_time import ENDS, LITTLE, MORNING, NIGHTS, Stretch

DEEP_IN_THE_NIGHT = time(3)
"""What is meant by a night without a time."""

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LENGTHS = {"week": WEEK, "month": timedelta(weeks=5), "quarter": timedelta(weeks=13), "year": timedelta(weeks=52)}
SATURDAY = 5


def instant(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The instant that these words are, all of them, to come or past; a day is meant at nine. None where they are
    none."""
    low = _plain(words)
    if len(low) == 1 and low[0] in NIGHTS and (night := spoken_time.read(low, now, zone)) and night.end:
        return _at(_today(night.end, zone), (), DEEP_IN_THE_NIGHT, zone)
    if (coming := spoken_time.instant(words, now, zone)) is not None:
        return coming
    if low[:1] == ["in"] and (length := spoken_time.read(low[1:], now, zone)) and length.words == len(low) - 1:
        return now + length.length if length.length else None
    if low[-1:] == ["ago"] and (length := spoken_time.read(low[:-1], now, zone)) and length.words == len(low) - 1:
        return now - length.length if length.length else None
    if low[:2] == ["last", "night"]:
        return _at(_today(now, zone), low[2:], DEEP_IN_THE_NIGHT, zone)
    day = _past_day(low, now, zone)
    if day is not None:
        return _at(day, low[1 if low[0] == "yesterday" else 2 :], MORNING, zone)
    found = stretch(low, now, zone)
    if found is None or found.words != len(low):
        return None
    return found.start + timedelta(hours=9) if found.start > now else now


def stretch(words: Sequence[str], now: datetime, zone: str) -> Stretch | None:
    """The week or weekend that these words begin with, whole days from now on; any other time as they are read
    elsewhere."""
    low, today = [word.casefold().rstrip(",.;?!") for word in words[:3]], _today(now, zone)
    monday = today - timedelta(days=today.weekday())
    if low[:2] == ["next", "week"]:
        return Stretch(2, _midnight(monday + WEEK, zone), _midnight(monday + 2 * WEEK, zone))
    if low[:2] == ["this", "week"]:
        return Stretch(2, now, _midnight(monday + WEEK, zone))
    led = next((number for number, word in enumerate(low) if word not in ("over", "on", "this", "the")), 0)
    if low[led : led + 1] == ["weekend"]:
        start = _midnight(monday + SATURDAY * DAY, zone)
        return Stretch(led + 1, max(now, start), _midnight(monday + WEEK, zone))
    return spoken_time.stretch(words, now, zone)


def ahead(words: Sequence[str], now: datetime, zone: str) -> timedelta | None:
    """How far these words look, all of them: `4 weeks`, `next 8 weeks`, `next month`, `until 15 march`, `in february`.
    None where they say no such thing."""
    low = [word for word in _plain(words) if word not in ("next", "this", "coming", "for")]
    if len(low) == 1 and low[0].removesuffix("s") in LENGTHS:
        return LENGTHS[low[0].removesuffix("s")]
    if len(low) == 2 and low[0].isdecimal() and low[1].removesuffix("s") == "month" and len(low[0]) < 3:
        return int(low[0]) * timedelta(days=30)
    found = spoken_time.read(low, now, zone)
    if found is not None and found.words == len(low):
        return found.length or (found.end - now if found.end and low[0] in ENDS else None)
    days = read_days(low[int(low[:1] == ["in"]) :], _today(now, zone))
    if days is None or days.first == days.last or days.words < len(low) - 1:
        return None
    return _midnight(days.last + DAY, zone) - now  # a month: to its end


def _plain(words: Sequence[str]) -> list[str]:
    return [low for word in words if (low := word.casefold().rstrip(",.;?!")) not in LITTLE]


def _past_day(low: Sequence[str], now: datetime, zone: str) -> date | None:
    if low[:1] == ["yesterday"]:
        return _today(now, zone) - DAY
    if low[:2] == ["last", "week"]:
        return _today(now, zone) - WEEK
    if len(low) > 1 and low[0] == "last" and low[1] not in ("today", "tomorrow"):
        coming = read_days(low[1:2], _today(now, zone))
        return coming.first - WEEK if coming and coming.first == coming.last else None
    return None


def _at(day: date, clock: Sequence[str], otherwise: time, zone: str) -> datetime | None:
    """The day at the time that is named behind it; None where that is none."""
    if not clock:
        return datetime.combine(day, otherwise, ZoneInfo(zone)).astimezone(UTC)
    found = read_clock(clock, hours=True)
    if found is None or found.words != len(clock):
        return None
    return datetime.combine(day, found.at, ZoneInfo(zone)).astimezone(UTC)


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
