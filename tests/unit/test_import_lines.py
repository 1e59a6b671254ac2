"""What people type about shifts and absences, and the line of whatever is wrong with it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.team import Team
from core.oncall.calendar_in import Held
from core.oncall.holiday_file import CalendarError
from core.oncall.import_lines import read_lines
from core.oncall.imports import packed, sift, spans, unpacked
from tests.oncall_support import T0, TEAM

HOMES = [{**each, "timezone": "Europe/Berlin"} if each["id"] == "jonas" else each for each in TEAM["people"]]
NOW = T0
FLIGHTS = Team.model_validate({**TEAM, "people": HOMES})
ROTATION = FLIGHTS.rotations[0]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("typed", "person", "start", "end", "why"),
    [
        ("maya 2013-02-12 to 2013-02-15", "maya", utc(2013, 2, 12), utc(2013, 2, 16), ""),
        ("- Maya Chen: 2013-02-12 – 2013-02-15, skiing", "maya", utc(2013, 2, 12), utc(2013, 2, 16), "skiing"),
        ("<@U0MAYA> 2013-02-12 2013-02-15", "maya", utc(2013, 2, 12), utc(2013, 2, 16), ""),
        ("@maya 2013-2-12", "maya", utc(2013, 2, 12), utc(2013, 2, 13), ""),
        ("jonas 2013-02-12", "jonas", utc(2013, 2, 11, 23), utc(2013, 2, 12, 23), ""),
        ("jonas 2013-03-31", "jonas", utc(2013, 3, 30, 23), utc(2013, 3, 31, 22), ""),
        (
            "jonas 2013-02-12 9:00 to 17:30 dentist",
            "jonas",
            utc(2013, 2, 12, 8),
            utc(2013, 2, 12, 16, 30),
            "dentist",
        ),
        (
            "jonas 2013-02-12T09:00Z to 2013-02-12T10:00+00:00",
            "jonas",
            utc(2013, 2, 12, 9),
            utc(2013, 2, 12, 10),
            "",
        ),
        (
            "{person: maya, from: 2013-02-12, to: 2013-02-15, why: ski}",
            "maya",
            utc(2013, 2, 12),
            utc(2013, 2, 16),
            "ski",
        ),
        ("- person: maya\n  from: 2013-02-12\n  to: 2013-02-15", "maya", utc(2013, 2, 12), utc(2013, 2, 16), ""),
    ],
)
def test_an_absence_lasts_to_the_end_of_its_last_day_at_home(
    typed: str, person: str, start: datetime, end: datetime, why: str
) -> None:
    assert read_lines(typed, FLIGHTS, NOW) == [Held(person, start, end, why, 1)]


def test_shifts_by_days_change_hands_at_the_hour_of_the_rotation() -> None:
    held = read_lines("\n# two\njonas 2013-03-04 to 2013-03-11\nmaya 2013-03-11", FLIGHTS, NOW, ROTATION)
    assert held == [
        Held("jonas", utc(2013, 3, 4, 14), utc(2013, 3, 11, 13), "", 3),
        Held("maya", utc(2013, 3, 11, 13), utc(2013, 3, 12, 13), "", 4),
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "maya 2013-02-12\n\njnoas 2013-02-12",
            "line 3: there is nobody called “jnoas” in the team; did you mean jonas?",
        ),
        ("maya 2013-02-12 09:00", "line 1: it has no end"),
        ("maya 2013-02-12 to 2013-02-11", "line 1: it ends before it begins"),
        ("maya 2013-02-12 25:00 to 26:00", "line 1: “2013-02-12 25:00” is no day or time"),
        ("2013-02-12", "line 1: whose it is is not said"),
        ("tomorrow", "line 1: no day is found in it; write it like this: maya 2013-02-19 to 2013-02-22"),
        ("- {person: maya, form: 2013-02-12}", "line 1: there is no “form” here; did you mean from?"),
        ("- {person: maya, from: [2013-02-12]}", "line 1: from has to be one value"),
        ("- person: maya\n  from: 2013-02-12\n- [x]", "line 3: this is no entry"),
        ("- {person: maya", "line 1: this cannot be read as YAML"),
        ("\n".join(["maya 2013-02-12"] * 301), "301 entries are more than 300"),
        ("\n".join(["nobody 2013-02-12"] * 9), "and 4 more"),
    ],
)
def test_a_mistake_has_its_line(typed: str, said: str) -> None:
    with pytest.raises(CalendarError) as told:
        read_lines(typed, FLIGHTS, NOW)
    assert said in str(told.value)


@given(st.text(alphabet=st.sampled_from("maya 2013-02-1{}[]:,\n-&*!#person from to’\u202e\x00"), max_size=200))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    with suppress(CalendarError):
        assert all(each.start < each.end for each in read_lines(typed, FLIGHTS, NOW, person=FLIGHTS.people[0]))


def test_long_lines_take_no_time() -> None:
    with pytest.raises(CalendarError):
        read_lines("a" + " :" * 1_400 + "b\n" + "x" + "\t" * 1_000 + "2013-99-99", FLIGHTS, NOW)


hours = st.integers(-50, 50).map(lambda n: T0 + timedelta(hours=n))
some = st.lists(
    st.tuples(st.sampled_from(["maya", "jonas"]), hours, st.integers(1, 30)).map(
        lambda drawn: Held(drawn[0], drawn[1], drawn[1] + timedelta(hours=drawn[2]), "", 1)
    ),
    min_size=1,
)


@given(some)
def test_what_was_imported_is_known_when_it_comes_again(read: list[Held]) -> None:
    first = sift(read, set(), T0)
    assert all(each.start >= T0 for each in first.held)
    assert len(first.held) + first.over == len(read)
    known = {(each.person, each.start, each.end) for each in first.held}
    later = T0 + timedelta(minutes=10)
    assert sift(read, known, later).held == []
    assert unpacked(packed(first.held)) == first.held


@given(some)
def test_the_spans_of_an_import_cover_it_and_do_not_touch(read: list[Held]) -> None:
    found = spans(read)
    assert all(any(span.start <= e.start and e.end <= span.end for span in found) for e in read)
    assert all(one.end < other.start for one, other in pairwise(found))
