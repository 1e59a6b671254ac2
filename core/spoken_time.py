"""Times as people type them among other words: `2h`, `for 30 min`, `until 18:00`, `until monday 9:00`. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.config.fields import Weekday, parse_duration

MORNING = time(9)
"""When a day begins that is named without a time."""

DAWN, NIGHT_IS_OVER = time(5), time(8)
"""Until when `tonight` lasts; from dawn on the next night is meant."""

UNITS = {"s": "s", "sec": "s", "m": "m", "min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h"}
UNITS |= {"d": "d", "day": "d", "w": "w", "wk": "w", "week": "w"}
SPANS = frozenset(("for", "of", "another"))
ENDS = frozenset(("until", "till", "til", "to", "by"))
ONE = frozenset(("a", "an", "one"))
CLOCKS = {"noon": time(12), "midnight": time(0), "eod": time(18)}
LITTLE = frozenset(("at", "the", "on"))
NIGHTS = frozenset(("tonight", "overnight"))

_CLOCK = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d)|(?=[ap]m))(am|pm)?|([01]?\d|2[0-3])h([0-5]\d)")


class Spoken(NamedTuple):
    """A time in a text: it lasts `length`, or until `end` (whichever is given); it took `words` words."""

    words: int
    length: timedelta | None = None
    end: datetime | None = None


def read(words: Sequence[str], now: datetime, zone: str, *, bare: bool = True) -> Spoken | None:
    """The time that these words begin with; None where it is none. A time without `for` or `until` before it counts
    only where it may be `bare`."""
    if not words:
        return None
    first, rest = words[0].casefold(), words[1:]
    if first in SPANS:
        return _more(_length(rest))
    if first in ENDS:
        return _more(_end(rest, now, zone))
    return (_length(words) or _night(first, now, zone)) if bare else None


def _more(found: Spoken | None) -> Spoken | None:
    return found._replace(words=found.words + 1) if found else None


def _length(words: Sequence[str]) -> Spoken | None:
    """`90m`, `1h 30m`, `2 hours`, `an hour`, `half an hour`."""
    low = [word.casefold().rstrip(",.;") for word in words[:3]]
    if low[:2] in (["half", "an"], ["half", "a"]) and _unit(low[2:3]):
        return Spoken(3, parse_duration(f"1{_unit(low[2:3])}") / 2)
    if len(low) > 1 and (low[0].isdecimal() or low[0] in ONE) and (unit := _unit(low[1:2])):
        return _spoken(2, f"{low[0] if low[0].isdecimal() else 1}{unit}")
    one = _spoken(1, low[0]) if low else None
    two = _spoken(2, f"{low[0]}{low[1]}") if one and len(low) > 1 and low[1][:1].isdecimal() else None
    return two or one


def _unit(word: Sequence[str]) -> str | None:
    return UNITS.get(word[0].removesuffix("s") if len(word[0]) > 1 else word[0]) if word else None


def _spoken(words: int, text: str) -> Spoken | None:
    try:
        found = parse_duration(text)
    except ValueError:
        return None
    return Spoken(words, found) if found and text[:1].isdecimal() else None


def _night(word: str, now: datetime, zone: str) -> Spoken | None:
    """The night that is or comes next, to its end."""
    if word not in NIGHTS:
        return None
    here = now.astimezone(ZoneInfo(zone))
    return Spoken(1, end=_on(here.date() + timedelta(days=int(here.time() >= DAWN)), NIGHT_IS_OVER, zone))


def _end(words: Sequence[str], now: datetime, zone: str) -> Spoken | None:
    """A time of day, a day, or both in either order."""
    at = [number for number, word in enumerate(words[:5]) if word.casefold() not in LITTLE][:2]
    low = [words[number].casefold().rstrip(",.;") for number in at]
    if not low:
        return None
    if (night := _night(low[0], now, zone)) is not None:
        return night._replace(words=at[0] + 1)
    days, clocks = [day_of(word, now, zone) for word in low], [clock_of(word) for word in low]
    taken = (
        1
        if len(low) == 1 or not ((days[0] and clocks[1] is not None) or (clocks[0] is not None and days[1]))
        else 2
    )
    day = next((each for each in days[:taken] if each), None)
    clock = next((each for each in clocks[:taken] if each is not None), None)
    if day is None and clock is None:
        return None
    if day is None:
        return Spoken(at[0] + 1, end=_next(clock or MORNING, now, zone))
    end = _on(day, clock or MORNING, zone)
    end = end if end > now or clock else _on(day + timedelta(days=1), time(), zone)  # what is left of today
    return Spoken(at[taken - 1] + 1, end=end)


def clock_of(word: str) -> time | None:
    """`18:00`, `9:30`, `6pm`, `18h30`, `noon`; None for anything else."""
    found = _CLOCK.fullmatch(word)
    if found is None:
        return CLOCKS.get(word)
    hour, minute = int(found[1] or found[4]), int(found[2] or found[5] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute)


def day_of(word: str, now: datetime, zone: str) -> date | None:
    """`today`, `tomorrow`, a weekday (the next one to come) or a date as `2026-01-31`; None for anything else."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if word in ("today", "tomorrow"):
        return today + timedelta(days=int(word == "tomorrow"))
    for each in Weekday:
        if len(word) >= 3 and (each.value == word or each.value[:3] == word):
            return today + timedelta(days=(each.number - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word) if len(word) == 10 else None
    except ValueError:
        return None


def _next(clock: time, now: datetime, zone: str) -> datetime:
    """When the clock shows this next."""
    today = now.astimezone(ZoneInfo(zone)).date()
    found = _on(today, clock, zone)
    return found if found > now else _on(today + timedelta(days=1), clock, zone)


def _on(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def instant(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The instant that these words are, all of them: `tomorrow`, `monday 9:00`, `at 18:00`; a day begins at nine."""
    found = _end(words, now, zone)
    return found.end if found is not None and found.words == len(words) else None


class Stretch(NamedTuple):
    """A stretch of time in a text; it took `words` words."""

    words: int
    start: datetime
    end: datetime


def stretch(words: Sequence[str], now: datetime, zone: str) -> Stretch | None:
    """The stretch that these words begin with: `tomorrow`, `from monday to friday`, `18:00-22:00`, `2 days`, `until
    9:00`. Days without a time are whole days, the last one too. None where it is none, or is over before it begins."""
    if (lasting := read(words, now, zone)) is not None:
        end = (
            _whole_end(words[1 : lasting.words], now, zone) or lasting.end or now + (lasting.length or timedelta())
        )
        return _real(Stretch(lasting.words, now, end))
    led = int(bool(words) and words[0].casefold() in ("from", "on", "this", "next"))
    first = words[led].partition("-") if len(words) > led else ("", "", "")
    parts = [*words[:led], first[0], "to", first[2], *words[led + 1 :]]
    dashed = bool(first[2]) and _end(first[2:], now, zone) is not None
    found = _stretch(parts if dashed else words, led, now, zone)
    return found._replace(words=found.words - 2) if found and dashed else found


def _stretch(words: Sequence[str], led: int, now: datetime, zone: str) -> Stretch | None:
    begins = _end(words[led:], now, zone)
    if begins is None or begins.end is None:
        return None
    taken, behind = led + begins.words, words[led + begins.words :]
    whole = _whole_end(words[led:taken], now, zone)
    start = max(now, whole - timedelta(days=1)) if whole else begins.end
    if behind and behind[0].casefold() in (*ENDS, "-", "–"):
        later = _end(behind[1:], start, zone)
        if later is not None and later.end is not None:
            end = _whole_end(behind[1 : 1 + later.words], start, zone) or later.end
            return _real(Stretch(taken + 1 + later.words, start, end))
    if (lasting := read(behind, start, zone)) is not None and lasting.length:
        return _real(Stretch(taken + lasting.words, start, start + lasting.length))
    return _real(Stretch(taken, start, whole or start + timedelta(days=1)))


def _whole_end(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The end of the day that is named without a time."""
    named = [word.casefold().rstrip(",.;") for word in words if word.casefold() not in LITTLE]
    day = day_of(named[0], now, zone) if len(named) == 1 else None
    return _on(day + timedelta(days=1), time(), zone) if day else None


def _real(found: Stretch) -> Stretch | None:
    return found if found.start < found.end else None
