"""Holidays out of an iCalendar file (RFC 5545), as governments and calendars publish them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from icalendar import Calendar

MAX_BYTES, MAX_DAYS = 2_000_000, 400
LONGEST = timedelta(days=60)
"""An event longer than this is no holiday."""

BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What the parsers raise on broken events and rules."""


class CalendarError(ValueError):
    """The calendar cannot be used; the text says why in one line and names the event, where it is one's fault."""


@dataclass(frozen=True)
class Holiday:
    """A day, and what it is called in the calendar."""

    day: date
    name: str


def holidays(content: bytes, first: date, last: date) -> list[Holiday]:
    """The days of all-day events in `[first, last]`, recurring ones too, in order and each day once.

    Events with a time of day are meetings and are left out. Raises CalendarError for what is no calendar, is too
    large, or has an event that cannot be read.
    """
    from recurring_ical_events import of

    calendar = calendar_of(content)
    found: dict[date, str] = {}
    calendar.subcomponents = [event for event in calendar.walk("VEVENT") if _is_of_days(event)]
    try:
        occurring = of(calendar, components=["VEVENT"]).between(first, last + timedelta(days=1))
    except BROKEN as error:
        raise CalendarError(f"an event recurs by a rule that cannot be read: {one_line(error)}") from None
    for event in occurring:
        for ahead in range(max(1, _length(event).days)):
            day = event["DTSTART"].dt + timedelta(days=ahead)
            if first <= day <= last:
                found.setdefault(day, name_of(event))
    if len(found) > MAX_DAYS:
        raise CalendarError(f"{len(found)} days off are more than {MAX_DAYS}; choose a shorter time")
    return [Holiday(day, found[day]) for day in sorted(found)]


def calendar_of(content: bytes) -> "Calendar":
    from icalendar import Calendar

    if len(content) > MAX_BYTES:
        raise CalendarError(f"the calendar is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        found = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError) as error:
        raise CalendarError(f"this is no calendar: {one_line(error)}") from None
    if found.name != "VCALENDAR":
        raise CalendarError("this is no calendar: it does not begin with BEGIN:VCALENDAR")
    return found  # type: ignore[no-any-return, unused-ignore]


def _is_of_days(event: Any) -> bool:
    """Whether it is an all-day event; raises CalendarError where that, or how it goes on, cannot be told."""
    try:
        start = event["DTSTART"].dt
    except BROKEN:
        raise CalendarError(f"the event “{name_of(event)}” has no start that can be read") from None
    if isinstance(start, datetime):
        return False
    length, rule = _length(event), event.get("RRULE")
    if not timedelta(0) <= length <= LONGEST:
        raise CalendarError(f"the event “{name_of(event)}” lasts {length.days} days; no holiday does")
    if rule is not None and not set(frequencies(rule)) <= {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise CalendarError(f"the event “{name_of(event)}” recurs more often than daily, or by a broken rule")
    return True


def frequencies(rule: Any) -> list[str]:
    """Of one rule; of a broken one, or of several, what no rule is allowed to have."""
    try:
        return [str(each).upper() for each in rule["FREQ"]]
    except BROKEN:
        return [""]


def _length(event: Any) -> timedelta:
    """A day where nothing else is said (RFC 5545, 3.6.1)."""
    try:
        if "DTEND" in event:
            lasts: timedelta = event["DTEND"].dt - event["DTSTART"].dt
        else:
            lasts = event["DURATION"].dt if "DURATION" in event else timedelta(days=1)
    except BROKEN:
        raise CalendarError(
            f"the event “{name_of(event)}” begins with a day and ends with something else"
        ) from None
    return lasts


def name_of(event: Any) -> str:
    return one_line(event.get("SUMMARY") or event.get("UID") or "without a name")


def one_line(text: object) -> str:
    """One line of at most 80 characters, without control characters."""
    return "".join(c for c in " ".join(str(text).split()) if c.isprintable())[:80]
