"""Times as people type them among other words: `2h`, `for 30 min`, `until 18:00`, `until monday 9:00`. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.config.fields import parse_duration
from core.spoken_day import Clock, Days, read_clock, read_days

MORNING = time(9)
"""When a day begins that is named without a time."""

DAWN, NIGHT_IS_OVER = time(5), time(8)
"""Until when `tonight` lasts; from dawn on the next night is meant."""

UNITS = {"s": "s", "sec": "s", "m": "m", "min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h"}
UNITS |= {"d": "d", "day": "d", "w": "w", "wk": "w", "week": "w"}
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
NUMBERS |= {"eight": 8, "nine": 9, "ten": 10, "twelve": 12, "couple": 2, "few": 3}
SPANS = frozenset(("for", "of", "another"))
ENDS = frozenset(("until", "till", "til", "to", "by"))
HOURS = frozenset(("until", "till", "til", "at", "from"))
"""Behind these a number alone is an hour."""

LITTLE = frozenset(("at", "the", "on"))
LEADS = frozenset(("from", "on", "this", "next", "in", "between"))
NIGHTS = frozenset(("tonight", "overnight"))
DASHES = frozenset(("-", "–", "and"))
EVENING = time(18)
DAY = timedelta(days=1)
LATEST_DASH = 4
"""Behind how many words a stretch may still have its dash."""

_DECIMAL = re.compile(r"(\d+[.,]\d+) ?([a-z]*)")
_PERIOD = re.compile(r"(?:the )?end of (?:the |this )?(day|week|month)")


class Spoken(NamedTuple):
    """A time in a text: it lasts `length`, or until `end` (whichever is given); it took `words` words."""

    words: int
    length: timedelta | None = None
    end: datetime | None = None


class Stretch(NamedTuple):
    """A stretch of time in a text; it took `words` words. Where only its start was said, its end is `assumed`."""

    words: int
    start: datetime
    end: datetime
    assumed: bool = False


class Point(NamedTuple):
    """A time of day, a day, or both; it took `words` words."""

    words: int
    days: Days | None
    clock: Clock | None


def read(words: Sequence[str], now: datetime, zone: str, *, bare: bool = True) -> Spoken | None:
    """The time that these words begin with; None where it is none. A time without `for` or `until` before it counts
    only where it may be `bare`."""
    if not words:
        return None
    first, rest = words[0].casefold(), words[1:]
    if first in SPANS:
        return _more(_length(rest))
    if first in ENDS:
        return _more(_end(rest, now, zone, hours=first in HOURS))
    return (_length(words) or _night(first, now, zone)) if bare else None


def _more(found: Spoken | None) -> Spoken | None:
    return found._replace(words=found.words + 1) if found else None


def _length(words: Sequence[str]) -> Spoken | None:
    """`90m`, `1h 30m`, `2 hours`, `1.5h`, `an hour`, `half an hour`, `a couple of hours`."""
    low = [word.casefold().rstrip(",.;") for word in words[:4]]
    if low[:2] in (["half", "an"], ["half", "a"]) and (unit := _unit(low[2:3])):
        return Spoken(3, parse_duration(f"1{unit}") / 2)
    for taken in (1, 2):
        if (decimal := _DECIMAL.fullmatch(" ".join(low[:taken]))) and (unit := _unit([decimal[2]])):
            return Spoken(taken, float(decimal[1].replace(",", ".")) * parse_duration(f"1{unit}"))
    vague = low[1:] if low[:1] == ["a"] and low[1:2] in (["couple"], ["few"]) else low
    behind = vague[2:] if vague[1:2] == ["of"] else vague[1:]
    number = vague[0] if vague and vague[0].isdecimal() else NUMBERS.get(vague[0]) if vague else None
    if number is not None and (unit := _unit(behind[:1])):
        return _spoken(len(low) - len(behind) + 1, f"{number}{unit}")
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


def _end(words: Sequence[str], now: datetime, zone: str, *, hours: bool) -> Spoken | None:
    """A time of day, a day, or both in either order; what is left of a day that has begun."""
    skipped = _little(words)
    if len(words) > skipped and (night := _night(words[skipped].casefold(), now, zone)) is not None:
        return night._replace(words=skipped + 1)
    if (period := _period(words, now, zone)) is not None:
        return period
    point = _point(words, now, zone, hours=hours)
    if point is None:
        return None
    month = point.days is not None and point.days.first != point.days.last
    end = _begins(point, now, zone, time() if month else MORNING)
    if end <= now and point.days and not point.clock:  # what is left of today
        end = _on(point.days.first + DAY, time(), zone)
    return Spoken(point.words, end=end)


def _period(words: Sequence[str], now: datetime, zone: str) -> Spoken | None:
    """The end of the day's work, of the week or of the month."""
    for taken in range(min(5, len(words)), 2, -1):
        if found := _PERIOD.fullmatch(" ".join(words[:taken]).casefold().rstrip(",.;?!")):
            today = _today(now, zone)
            if found[1] == "day":
                eod = read_clock(["eod"])
                return Spoken(taken, end=_next(eod.at, now, zone)) if eod else None
            month = (today.replace(day=1) + 31 * DAY).replace(day=1)
            over = today + (7 - today.weekday()) * DAY if found[1] == "week" else month
            return Spoken(taken, end=_on(over, time(), zone))
    return None


def _point(words: Sequence[str], now: datetime, zone: str, *, hours: bool = False) -> Point | None:
    """The day, the time of day, or both, in either order."""
    at = _little(words)
    today, days, clock = _today(now, zone), None, None
    for _ in range(2):
        behind = words[at + _little(words[at:]) :]
        if days is None and (found := read_days(behind, today)) is not None:
            days, taken = found, found.words
        elif clock is None and (
            told := read_clock(behind, hours=_may_be_hour(behind, hours or bool(days), today))
        ):
            clock, taken = told, told.words
        else:
            break
        at = len(words) - len(behind) + taken
    return Point(at, days, clock) if days or clock else None


def _may_be_hour(words: Sequence[str], hours: bool, today: date) -> bool:
    """Whether a number alone may be an hour: where one is awaited, and nothing stands behind it that it could count."""
    behind = words[1].casefold() if len(words) > 1 else ""
    return hours and (not behind or behind in ENDS | SPANS | DASHES | LITTLE or bool(read_days(words[1:], today)))


def _little(words: Sequence[str]) -> int:
    return next((n for n, word in enumerate(words) if word.casefold() not in LITTLE), len(words))


def _begins(point: Point, now: datetime, zone: str, otherwise: time) -> datetime:
    """When that is: a day without a time begins at `otherwise`, a time without a day is the next."""
    if point.days is None:
        return _next(point.clock.at if point.clock else otherwise, now, zone)
    return _on(point.days.first, point.clock.at if point.clock else otherwise, zone)


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _next(clock: time, now: datetime, zone: str) -> datetime:
    """When the clock shows this next."""
    today = _today(now, zone)
    found = _on(today, clock, zone)
    return found if found > now else _on(today + DAY, clock, zone)


def _on(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def instant(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The instant that these words are, all of them: `tomorrow`, `monday 9:00`, `at 18:00`; a day begins at nine."""
    led = bool(words) and words[0].casefold() in HOURS
    found = _end(words, now, zone, hours=led)
    return found.end if found is not None and found.words == len(words) else None


def stretch(words: Sequence[str], now: datetime, zone: str) -> Stretch | None:
    """The stretch that these words begin with: `tomorrow`, `from monday to friday`, `18:00-22:00`, `2 days`, `until
    9:00`, `14-16 feb`. Days without a time are whole days, the last one too. None where it is none, or is over before
    it begins."""
    if (lasting := read(words, now, zone)) is not None:
        return _lasting(words, lasting, now, zone)
    led = int(bool(words) and words[0].casefold() in LEADS)
    if led and (length := _length(words[1:])) is not None and length.length and words[0].casefold() != "in":
        return Stretch(1 + length.words, now, now + length.length)
    plain = _apart(words, now, zone)
    found = _stretch(plain, led, now, zone)
    added = len(plain) - len(words)
    return found._replace(words=found.words - added) if found and found.words > added else found


def _apart(words: Sequence[str], now: datetime, zone: str) -> Sequence[str]:
    """`18:00-22:00` as three words; the first of them, if there is one."""
    for at, word in enumerate(words[:LATEST_DASH]):
        first, _, last = word.replace("–", "-").partition("-")
        if first and last and _point([first], now, zone) and _point([last], now, zone):
            return [*words[:at], first, "to", last, *words[at + 1 :]]
    return words


def _lasting(words: Sequence[str], said: Spoken, now: datetime, zone: str) -> Stretch | None:
    """From now on, or from the time that is named behind it: `3 days from monday`."""
    behind = words[said.words :]
    if said.length and behind and behind[0].casefold() in ("from", "starting"):
        point = _point(behind[1:], now, zone, hours=True)
        if point is not None:
            start = _begins(point, now, zone, time())
            return Stretch(said.words + 1 + point.words, start, start + said.length)
    end = _whole_end(words[1 : said.words], now, zone) or said.end or now + (said.length or timedelta())
    start = now
    if words[0].casefold() in NIGHTS and said.end:
        start = max(now, _on(_today(said.end, zone) - DAY, EVENING, zone))
    return _real(Stretch(said.words, start, end))


def _stretch(words: Sequence[str], led: int, now: datetime, zone: str) -> Stretch | None:
    hours = bool(led) and words[0].casefold() in HOURS
    begins = _point(words[led:], now, zone, hours=hours)
    if begins is None:
        return None
    taken, behind = led + begins.words, words[led + begins.words :]
    ends = None
    if behind and behind[0].casefold() in ENDS | DASHES:
        ends = _point(behind[1:], _begins(begins, now, zone, time()), zone, hours=hours)
    if ends is not None and begins.days is None and ends.days is not None:
        begins = begins._replace(days=ends.days)  # `6pm to 10pm tomorrow`
    start = _begins(begins, now, zone, time())
    start = start if begins.clock else max(now, start)
    if ends is not None:
        ends = ends._replace(days=None) if ends.days == begins.days and ends.clock else ends
        if (running := _running(begins, ends, start, now, zone)) is not None:
            return Stretch(taken + 1 + ends.words, now, running)
        return _real(Stretch(taken + 1 + ends.words, start, _over(ends, start, zone)))
    if (lasting := read(behind, start, zone)) is not None and lasting.length:
        return _real(Stretch(taken + lasting.words, start, start + lasting.length))
    open_end = begins.clock is not None and begins.clock.end is None
    return _real(Stretch(taken, start, _over(begins, start, zone, begun=True), open_end))


def _running(begins: Point, ends: Point, start: datetime, now: datetime, zone: str) -> datetime | None:
    """The end of a stretch between two times of day that has begun already: `from 22:00 to 23:00`, said at 22:05."""
    if begins.days is not None or ends.days is not None:
        return None
    end = _begins(ends, now, zone, time())
    return end if end <= start else None


def _over(point: Point, start: datetime, zone: str, *, begun: bool = False) -> datetime:
    """When that is over: whole days at their end, a part of a day at its own where it has `begun`."""
    if point.clock is None:
        return _on(point.days.last + DAY, time(), zone) if point.days else start
    if not begun:
        return _begins(point, start, zone, time())
    return _next(point.clock.end, start, zone) if point.clock.end else start + DAY


def _whole_end(words: Sequence[str], now: datetime, zone: str) -> datetime | None:
    """The end of the day that is named without a time."""
    named = words[_little(words) :]
    days = read_days(named, _today(now, zone))
    one_day = days is not None and days.first == days.last and days.words == len(named)
    return _on(days.last + DAY, time(), zone) if days and one_day else None


def _real(found: Stretch) -> Stretch | None:
    return found if found.start < found.end else None
