"""What a calendar (RFC 5545) says about absences and shifts, as stretches in UTC. Pure.

Events recur by their own rules; all-day events, and times without a zone, are on the clock of whoever the calendar is
about. An event that cannot be read makes the whole calendar unusable, and is named: half a calendar would put the
wrong people on call.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.config.declared import Person, Role
from core.config.team import Team
from core.oncall.holiday_file import BROKEN, CalendarError, calendar_of, frequencies, name_of, one_line
from core.runs.schedule import instant_of

if TYPE_CHECKING:
    from icalendar import Calendar

PAST, AHEAD = timedelta(days=31), timedelta(days=366)
"""What is kept of a calendar: enough for the last handoff, and a year ahead."""

MOST = 2_000
"""Events in that time; more is not a calendar of one person or rotation."""

LONGEST = timedelta(days=366)

LEVEL = re.compile(r"^\[L\d+\]\s*")
"""What Grafana OnCall puts before a name: the layer's priority."""

MAILTO = re.compile(r"^mailto:", re.IGNORECASE)
"""What stands before an address; PagerDuty leaves it out."""

LINE = "X-GOLDILOCKS-LINE"
"""The mark of an event's line, while a calendar is read; no calendar can bring its own."""


@dataclass(frozen=True)
class Entry:
    """One event `[start, end)` in UTC: what it is called, whom it names by mail, and the line on which it begins (0:
    not known)."""

    start: datetime
    end: datetime
    name: str
    emails: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Held:
    """`person` in `[start, end)` by a calendar or a list: away, or on call; `line` is where it says so (0: unknown)."""

    person: str
    start: datetime
    end: datetime
    name: str
    line: int = 0


def entries(content: bytes, zone: str, now: datetime) -> list[Entry]:
    """The events from `now - PAST` to `now + AHEAD`, by their start; without cancelled ones and those of no length.

    Raises CalendarError for what is no calendar, is too large, or has an event that cannot be read.
    """
    calendar = calendar_of(content)
    events = _numbered(calendar, content)
    for event in events:
        with at_line(_line(event)):
            _check(event)
    found = [_entry(each, ZoneInfo(zone)) for each in _occurring(calendar, events, now)]
    if len(found) > MOST:
        raise CalendarError(f"{len(found):,} events within a year are more than {MOST:,}")
    return sorted((each for each in found if each is not None), key=lambda each: (each.start, each.end, each.name))


def absences(found: Sequence[Entry], person: str) -> list[Held]:
    """Every event of a person's calendar is a time in which they are away."""
    return [Held(person, each.start, each.end, each.name, each.line) for each in found]


def absences_of_team(found: Sequence[Entry], team: Team) -> list[Held]:
    """Who is away by a calendar that everybody shares: each event names one person. Raises CalendarError."""
    return [Held(_named(each, team).id, each.start, each.end, each.name, each.line) for each in found]


def shifts(found: Sequence[Entry], team: Team) -> list[Held]:
    """Who is on call by a calendar of shifts: one responder at a time. Raises CalendarError, naming the event."""
    held = [_shift(each, team) for each in found]
    for one, other in pairwise(held):
        if other.start < one.end:
            with at_line(other.line):
                raise CalendarError(
                    f"the events “{one.name}” and “{other.name}” overlap at {other.start:%Y-%m-%d %H:%M} UTC; only "
                    "one person can be on call"
                )
    return held


@contextmanager
def at_line(number: int) -> Iterator[None]:
    """Whatever is wrong in here is said to be on this line; 0 is none that is known."""
    try:
        yield
    except CalendarError as error:
        raise CalendarError(f"{error} (line {number:,})" if number else str(error)) from None


def _shift(entry: Entry, team: Team) -> Held:
    person = _named(entry, team)
    if Role.RESPONDER not in person.roles:
        with at_line(entry.line):
            raise CalendarError(f"{_told(entry)} names {person.name}, who is no responder")
    return Held(person.id, entry.start, entry.end, entry.name, entry.line)


def _named(entry: Entry, team: Team) -> Person:
    """The one person whom an event names, by its title or among those invited."""
    title = LEVEL.sub("", entry.name).casefold()
    names = {title, title.rpartition(":")[2].strip()}
    emails = {each.casefold() for each in entry.emails}
    named = [
        person
        for person in team.people
        if {person.id, person.name.casefold()} & names or (person.email or "").casefold() in emails | names
    ]
    if len(named) != 1:
        what = "names several people" if named else "names nobody of the team (by id, name or email)"
        with at_line(entry.line):
            raise CalendarError(f"{_told(entry)} {what}")
    return named[0]


def _told(entry: Entry) -> str:
    return f"the event “{entry.name}” on {entry.start:%Y-%m-%d}"


def _numbered(calendar: "Calendar", content: bytes) -> list[Any]:
    """The events, each marked with the line on which it begins; its occurrences carry the mark along."""
    events = list(calendar.walk("VEVENT"))
    rows = enumerate(content.splitlines(), 1)
    begun = [number for number, row in rows if row.strip().upper() == b"BEGIN:VEVENT"]
    known = begun if len(begun) == len(events) else [0] * len(events)
    for event, number in zip(events, known, strict=True):
        event[LINE] = str(number)
    return events


def _line(event: Any) -> int:
    return int(event.get(LINE, 0))


def _occurring(calendar: "Calendar", events: list[Any], now: datetime) -> list[Any]:
    """Every occurrence; where that fails, the event that is to blame is found by asking each alone."""
    from recurring_ical_events import of

    span = (now - PAST, now + AHEAD)
    try:
        return list(of(calendar, components=["VEVENT"]).between(*span))
    except BROKEN as error:
        for uid in dict.fromkeys(str(event.get("UID", "")) for event in events):
            same = [event for event in events if str(event.get("UID", "")) == uid]
            calendar.subcomponents = same
            try:
                list(of(calendar, components=["VEVENT"]).between(*span))
            except BROKEN as fault:
                text = f"the event “{name_of(same[0])}” recurs by a rule that cannot be read: {one_line(fault)}"
                raise CalendarError(text) from None
        raise CalendarError(f"its events cannot be read together: {one_line(error)}") from None


def _check(event: Any) -> None:
    """Raises CalendarError for an event whose times would be guessed, or that would never end."""
    name = name_of(event)
    for part in ("DTSTART", "DTEND"):
        if part not in event and part == "DTEND":
            continue
        try:
            at, zone = event[part].dt, event[part].params.get("TZID")
        except BROKEN:
            raise CalendarError(f"the event “{name}” has no {part} that can be read") from None
        if zone and isinstance(at, datetime) and at.tzinfo is None:
            raise CalendarError(f"the event “{name}” is in the time zone “{one_line(zone)}”, which is not known")
    try:
        lasts = _wall(_end(event)) - _wall(event["DTSTART"].dt)
    except BROKEN:
        raise CalendarError(f"the event “{name}” has no start and end that can be read") from None
    if not timedelta() <= lasts <= LONGEST:
        raise CalendarError(f"the event “{name}” ends before it begins, or lasts over a year")
    rule = event.get("RRULE")
    if rule is not None and not set(frequencies(rule)) <= {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise CalendarError(f"the event “{name}” recurs more often than daily, or by a broken rule")


def _entry(event: Any, zone: ZoneInfo) -> Entry | None:
    name = name_of(event)
    try:
        start, end = _instant(event["DTSTART"].dt, zone), _instant(_end(event), zone)
    except BROKEN:
        raise CalendarError(f"the event “{name}” has no start and end that can be read") from None
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    if start >= end:
        return None
    return Entry(start, end, name, tuple(_emails(event)), _line(event))


def _end(event: Any) -> date | datetime:
    """A day where nothing else is said of a day, and nothing of a time (RFC 5545, 3.6.1)."""
    start: date | datetime = event["DTSTART"].dt
    if "DTEND" in event:
        end: date | datetime = event["DTEND"].dt
        return end
    whole = timedelta() if isinstance(start, datetime) else timedelta(days=1)
    lasts: timedelta = event["DURATION"].dt if "DURATION" in event else whole
    return start + lasts


def _wall(at: date | datetime) -> datetime:
    """For a rough length: in UTC where there is a zone, else as it is written."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return at.replace(tzinfo=None) if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _instant(at: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return instant_of(at, time(), zone)
    if at.tzinfo is None:
        return instant_of(at.date(), at.time(), zone)
    return at.astimezone(UTC)


def _emails(event: Any) -> list[str]:
    found: list[str] = []
    for part in ("ATTENDEE", "ORGANIZER"):
        value = event.get(part, [])
        listed = value if isinstance(value, list) else [value]
        found += [MAILTO.sub("", str(each)).strip() for each in listed]
    return found
