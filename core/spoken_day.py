"""Days and times of day as people type them: `14 feb`, `14.02.`, `the 14th`, `tomorrow evening`, `6pm`. Pure."""

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from core.config.fields import Weekday
from core.nearest import slip

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
CLOCKS = {"noon": time(12), "midnight": time(0), "eod": time(18)}
PARTS = {
    "morning": (time(9), time(12)),
    "afternoon": (time(12), time(18)),
    "evening": (time(18), time(23)),
    "night": (time(22), time(8)),
}
"""From when to when the parts of a day are; the night ends on the next."""

LONGEST = 5
"""Words that a day, or two, may take."""

_DAY = timedelta(days=1)
_N = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:\s+(\d{4}))?"
_BETWEEN = r"\s*(?:-|–|to|until|till|and)\s*"
_WORD = r"([a-z]{3,9})\.?"
_DAY_MONTH = re.compile(rf"(?:the )?{_N}\.?(?: of)? {_WORD}{_YEAR}")
_MONTH_DAY = re.compile(rf"{_WORD} (?:the )?{_N}{_YEAR}")
_DAYS_MONTH = re.compile(rf"(?:the )?{_N}\.?{_BETWEEN}{_N}\.?(?: of)? {_WORD}{_YEAR}")
_MONTH_DAYS = re.compile(rf"{_WORD} {_N}{_BETWEEN}{_N}{_YEAR}")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?")
_ORDINAL = re.compile(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)")
_CLOCK = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d)|(?= ?[ap]m))(?: ?(am|pm))?|([01]?\d|2[0-3])h([0-5]\d)")
_HOUR = re.compile(r"([01]?\d|2[0-3])(?: o'?clock)?")
_OF_DAY = re.compile(r"(.+) (?:in the|at) (morning|afternoon|evening|night)")


class Days(NamedTuple):
    """Whole days of a text, from `first` to `last`; they took `words` words."""

    words: int
    first: date
    last: date


class Clock(NamedTuple):
    """A time of day in a text; a part of a day lasts until `end`. It took `words` words."""

    words: int
    at: time
    end: time | None = None


def read_days(words: Sequence[str], today: date) -> Days | None:
    """The day, or the days of one month, that these words begin with; without a year the next that come."""
    for taken in range(min(LONGEST, len(words)), 0, -1):
        text = " ".join(words[:taken]).casefold().rstrip(",;?!")
        if (found := _days(text, today)) is not None:
            return Days(taken, *found)
    return None


def read_clock(words: Sequence[str], *, hours: bool = False) -> Clock | None:
    """The time of day that these words begin with; a number alone is an hour only where `hours` may be meant."""
    for taken in range(min(4, len(words)), 0, -1):
        text = " ".join(words[:taken]).casefold().rstrip(",;?!.")
        if (found := _clock(text, hours=hours)) is not None:
            return Clock(taken, *found)
    return None


def _days(text: str, today: date) -> tuple[date, date] | None:
    one = _day(text, today)
    if one is not None:
        return one, one
    if month := _month(text):
        first = _coming(None, month, 1, today.replace(day=1))
        return (first, _next_month(first) - _DAY) if first else None
    for pattern, order in ((_DAYS_MONTH, (1, 2, 3)), (_MONTH_DAYS, (2, 3, 1))):
        if (found := pattern.fullmatch(text)) and (month := _month(found[order[2]])):
            first = _coming(found[4], month, int(found[order[0]]), today)
            last = _coming(found[4], month, int(found[order[1]]), first or today)
            return (first, last) if first and last else None
    return None


def _day(text: str, today: date) -> date | None:
    if text in ("today", "tomorrow", "day after tomorrow", "the day after tomorrow"):
        return today + ("tomorrow" in text) * _DAY + ("after" in text) * _DAY
    if (weekday := _weekday(text)) is not None:
        return today + ((weekday - today.weekday() - 1) % 7 + 1) * _DAY
    if (found := _ORDINAL.fullmatch(text)) is not None:
        return _next_numbered(int(found[1]), today)
    for pattern, order in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        if (found := pattern.fullmatch(text)) and (month := _month(found[order[1]])):
            return _coming(found[3], month, int(found[order[0]]), today)
    if (found := _DOTTED.fullmatch(text)) is not None:
        return _coming(found[3], int(found[2]), int(found[1]), today)
    if (found := _SLASHED.fullmatch(text)) is not None:
        return _slashed(int(found[1]), int(found[2]), found[3], today)
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _slashed(first: int, second: int, year: str | None, today: date) -> date | None:
    """`2/14` and `14/2`; one that could be either is none."""
    if first == second or first > 12:
        return _coming(year, second, first, today)
    return _coming(year, first, second, today) if second > 12 else None


def _coming(year: str | None, month: int, day: int, today: date) -> date | None:
    """That day, in that year or else the next time it comes."""
    try:
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        found = date(today.year, month, day)
        return found if found >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _next_numbered(day: int, today: date) -> date | None:
    """The next day that has this number in its month."""
    if not 1 <= day <= 31:
        return None
    found = today
    while found.day != day:
        found += _DAY
    return found


def _next_month(first: date) -> date:
    return (first + 31 * _DAY).replace(day=1)


def _weekday(word: str) -> int | None:
    for each in Weekday:
        if len(word) >= 3 and word in (each.value, each.value[:3], each.value[:4]):
            return each.number
    meant = slip(word, [each.value for each in Weekday])
    return Weekday(meant).number if meant else None


def _month(word: str) -> int | None:
    for number, name in enumerate(MONTHS, 1):
        if word in (name, name[:3]) or (word == "sept" and name == "september"):
            return number
    meant = slip(word, MONTHS)
    return MONTHS.index(meant) + 1 if meant else None


def _clock(text: str, *, hours: bool) -> tuple[time, time | None] | None:
    if text in CLOCKS:
        return CLOCKS[text], None
    if (part := PARTS.get(text.removeprefix("in the ").removeprefix("this "))) is not None:
        return part
    if (found := _CLOCK.fullmatch(text)) is not None:
        hour, minute = int(found[1] or found[4]), int(found[2] or found[5] or 0)
        return time(hour % 12 + (12 if found[3] == "pm" else 0) if found[3] else hour, minute), None
    if (found := _OF_DAY.fullmatch(text)) and (at := _clock(found[1], hours=True)) is not None:
        late = found[2] != "morning" and at[0].hour < 12 and not (found[2] == "night" and at[0].hour < 6)
        return at[0].replace(hour=at[0].hour + 12 * late), None
    return (time(int(found[1])), None) if hours and (found := _HOUR.fullmatch(text)) else None
