"""What a calendar says, and that a bad one is named and not guessed at."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from core.config.team import Team
from core.oncall.calendar_in import AHEAD, Entry, absences, entries, shifts
from core.oncall.holiday_file import CalendarError
from tests.oncall_support import T0, TEAM

NEW_YORK = "America/New_York"
PEOPLE = [{**each, "email": f"{each['id']}@example.com"} for each in TEAM["people"]]
FLIGHTS = Team.model_validate({**TEAM, "people": PEOPLE})


def calendar(*events: str) -> bytes:
    inside = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\n{each}\r\nEND:VEVENT\r\n" for number, each in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n{inside}END:VCALENDAR\r\n".encode()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("event", "start", "end"),
    [
        ("DTSTART;VALUE=DATE:20130311\r\nDTEND;VALUE=DATE:20130313", utc(2013, 3, 11, 4), utc(2013, 3, 13, 4)),
        ("DTSTART;VALUE=DATE:20130310", utc(2013, 3, 10, 5), utc(2013, 3, 11, 4)),
        ("DTSTART:20130311T090000\r\nDURATION:PT1H", utc(2013, 3, 11, 13), utc(2013, 3, 11, 14)),
        ("DTSTART:20130311T090000Z\r\nDTEND:20130311T093000Z", utc(2013, 3, 11, 9), utc(2013, 3, 11, 9, 30)),
        (
            "DTSTART;TZID=Europe/Berlin:20130311T090000\r\nDTEND;TZID=Europe/Berlin:20130311T100000",
            utc(2013, 3, 11, 8),
            utc(2013, 3, 11, 9),
        ),
    ],
)
def test_times_are_those_of_the_event_else_of_the_persons_clock(
    event: str, start: datetime, end: datetime
) -> None:
    (found,) = entries(calendar(f"SUMMARY:Ski\r\n{event}"), NEW_YORK, T0)
    assert (found.start, found.end, found.name) == (start, end, "Ski")


def test_an_event_recurs_by_the_wall_clock_of_its_zone() -> None:
    """Mondays at 09:00 in Berlin, where clocks change on 31 March; one of them is cancelled."""
    event = (
        "SUMMARY:Course\r\nDTSTART;TZID=Europe/Berlin:20130318T090000\r\nDTEND;TZID=Europe/Berlin:20130318T100000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20130325T090000"
    )
    found = entries(calendar(event, "SUMMARY:Off\r\nDTSTART:20130401T000000Z\r\nSTATUS:CANCELLED"), "UTC", T0)
    assert [each.start for each in found] == [utc(2013, 3, 18, 8), utc(2013, 4, 1, 7), utc(2013, 4, 8, 7)]


WEEKLY = (
    "SUMMARY:Course\r\nDTSTART;TZID=Europe/Berlin:20130304T090000\r\nDTEND;TZID=Europe/Berlin:20130304T100000\r\n"
    "RRULE:FREQ=WEEKLY;COUNT=3"
)
ONE = "RECURRENCE-ID;TZID=Europe/Berlin:20130311T090000\r\nDTSTART;TZID=Europe/Berlin:20130312T110000"


def test_one_of_many_is_moved_or_cancelled_by_itself() -> None:
    def starts(one: str) -> list[datetime]:
        events = (f"BEGIN:VEVENT\r\nUID:a\r\n{each}\r\nEND:VEVENT\r\n" for each in (WEEKLY, one))
        whole = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n{''.join(events)}END:VCALENDAR\r\n"
        return [each.start for each in entries(whole.encode(), NEW_YORK, T0)]

    end = "DTEND;TZID=Europe/Berlin:20130312T120000"
    assert starts(f"{ONE}\r\n{end}") == [utc(2013, 3, 4, 8), utc(2013, 3, 12, 10), utc(2013, 3, 18, 8)]
    assert starts(f"{ONE}\r\n{end}\r\nSTATUS:CANCELLED") == [utc(2013, 3, 4, 8), utc(2013, 3, 18, 8)]


def test_the_zones_of_outlook_are_known() -> None:
    zone = "W. Europe Standard Time"
    event = f"SUMMARY:Off\r\nDTSTART;TZID={zone}:20130704T090000\r\nDTEND;TZID={zone}:20130704T100000"
    assert [each.start for each in entries(calendar(event), NEW_YORK, T0)] == [utc(2013, 7, 4, 7)]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("SUMMARY:Ski", "“Ski” has no DTSTART"),
        ("SUMMARY:Ski\r\nDTSTART:soon", "“Ski” has no DTSTART"),
        (
            "SUMMARY:Ski\r\nDTSTART;TZID=Mars/Base:20130311T090000\r\nDURATION:PT1H",
            "“Mars/Base”, which is not known",
        ),
        ("SUMMARY:Ski\r\nDTSTART:20130311T090000Z\r\nDTEND:20130310T090000Z", "ends before it begins"),
        ("SUMMARY:Ski\r\nDTSTART:20130311T090000Z\r\nRRULE:FREQ=SECONDLY", "recurs more often than daily"),
    ],
)
def test_a_bad_event_is_named(event: str, says: str) -> None:
    good = "SUMMARY:Good\r\nDTSTART:20130311T090000Z\r\nDURATION:PT1H"
    with pytest.raises(CalendarError, match=says):
        entries(calendar(good, event), NEW_YORK, T0)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"])
def test_what_is_no_calendar_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(CalendarError, match="no calendar"):
        entries(content, NEW_YORK, T0)


def test_a_calendar_that_is_too_large_or_too_full_is_refused() -> None:
    with pytest.raises(CalendarError, match="larger than 2 MB"):
        entries(calendar() + b" " * 2_000_000, NEW_YORK, T0)
    often = [f"SUMMARY:{n}\r\nDTSTART;VALUE=DATE:20130301\r\nRRULE:FREQ=DAILY" for n in range(6)]
    with pytest.raises(CalendarError, match="more than 2,000"):
        entries(calendar(*often), NEW_YORK, T0)


@pytest.mark.parametrize(
    ("name", "emails", "person"),
    [
        ("maya", (), "maya"),
        ("Maya Chen", (), "maya"),
        ("Flights on-call: jonas weber", (), "jonas"),
        ("On call", ("AMINA@example.com",), "amina"),
        ("amina@example.com", (), "amina"),
    ],
)
def test_a_shift_names_a_person_by_id_name_or_mail(name: str, emails: tuple[str, ...], person: str) -> None:
    entry = Entry(T0, T0 + timedelta(days=1), name, emails)
    (held,) = shifts([entry], FLIGHTS)
    assert held.person == person


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["Somebody"], "“Somebody” on 2013-02-05 names nobody"),
        (["sofia"], "Sofia Lund, who is no responder"),
        (["maya", "jonas"], "“maya” and “jonas” overlap"),
    ],
)
def test_a_shift_that_is_nobodys_or_two_peoples_is_named(names: list[str], says: str) -> None:
    found = [Entry(T0, T0 + timedelta(days=1), name) for name in names]
    with pytest.raises(CalendarError, match=says):
        shifts(found, FLIGHTS)


zones = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])


@given(zones, st.integers(0, 24 * 300), st.integers(1, 24 * 20))
def test_what_was_written_is_read_again(zone: str, begins: int, hours: int) -> None:
    start = T0 + timedelta(hours=begins)
    event, written = Event(), Calendar()
    event.add("uid", "1")
    event.add("summary", "Away")
    event.add("dtstart", start.astimezone(ZoneInfo(zone)))
    event.add("dtend", (start + timedelta(hours=hours)).astimezone(ZoneInfo(zone)))
    written.add("prodid", "-//x//")
    written.add("version", "2.0")
    written.add_component(event)
    held = absences(entries(written.to_ical(), "UTC", T0), "maya")
    ambiguous = any(at.astimezone(ZoneInfo(zone)).fold for at in (start, start + timedelta(hours=hours)))
    if not ambiguous:
        assert [(each.start, each.end, each.person) for each in held] == [
            (start, start + timedelta(hours=hours), "maya")
        ]
    assert start < T0 + AHEAD


@pytest.mark.parametrize(
    "event",
    ["SUMMARY:[L1] maya@example.com", "SUMMARY:[L2] Maya Chen", "SUMMARY:On call\r\nATTENDEE:maya@example.com"],
)
def test_calendars_of_other_systems_are_understood(event: str) -> None:
    """Grafana OnCall names the layer's priority before the person; PagerDuty invites them without `mailto:`."""
    times = "DTSTART:20130211T140000Z\r\nDTEND:20130218T140000Z"
    found = entries(calendar(f"{event}\r\n{times}"), NEW_YORK, T0)
    assert [each.person for each in shifts(found, FLIGHTS)] == ["maya"]


def test_what_is_wrong_is_said_with_the_line_on_which_its_event_begins() -> None:
    times = "DTSTART:20130211T140000Z\r\nDTEND:20130218T140000Z"
    with pytest.raises(CalendarError, match=r"names nobody .*\(line 10\)"):
        shifts(entries(calendar(f"SUMMARY:maya\r\n{times}", f"SUMMARY:Ski\r\n{times}"), NEW_YORK, T0), FLIGHTS)
    with pytest.raises(CalendarError, match=r"has no DTSTART that can be read \(line 4\)"):
        entries(calendar("SUMMARY:x"), NEW_YORK, T0)
    own = calendar(f"SUMMARY:maya\r\nX-GOLDILOCKS-LINE:nonsense\r\n{times}")
    assert [each.line for each in entries(own, NEW_YORK, T0)] == [4]
