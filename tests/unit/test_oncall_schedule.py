"""Shifts on the days on which the clocks change, and shadows who take turns."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from core.config.fields import Weekday
from core.config.rotation import Handoff, Rotation
from core.oncall.schedule import begins, shift_at, shift_before, shifts_between, turns_of


def rotation(**changes: Any) -> Rotation:
    values: dict[str, Any] = {
        "id": "flights",
        "title": "Flights on-call",
        "timezone": "America/New_York",
        "handoff": Handoff(on=Weekday.MONDAY, at=time(9)),
        "starts": date(2013, 1, 28),
        "members": ["jonas", "amina", "maya"],
        "shadows": ["leo"],
        "channel": "oncall",
    }
    return Rotation(**{**values, **changes})


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_the_first_member_begins_on_the_day_it_starts() -> None:
    assert begins(rotation()) == utc(2013, 1, 28, 14)
    assert shift_at(rotation(), utc(2013, 1, 28, 14)).primary == "jonas"
    assert shift_at(rotation(), utc(2013, 1, 28, 13, 59)).primary == "maya"


def test_a_start_in_the_middle_of_a_week_counts_from_the_handoff_before() -> None:
    assert begins(rotation(starts=date(2013, 1, 31))) == utc(2013, 1, 28, 14)


@pytest.mark.parametrize(
    ("zone", "inside", "hours"),
    [
        ("America/New_York", utc(2013, 3, 9), 167),
        ("America/New_York", utc(2013, 11, 2), 169),
        ("America/New_York", utc(2013, 7, 2), 168),
        ("Europe/Berlin", utc(2013, 3, 30), 167),
        ("Australia/Lord_Howe", utc(2013, 4, 6), 168.5),
        ("Australia/Lord_Howe", utc(2013, 10, 5), 167.5),
    ],
)
def test_a_week_has_the_hours_of_its_wall_clock(zone: str, inside: datetime, hours: float) -> None:
    shift = shift_at(rotation(timezone=zone), inside)
    assert (shift.end - shift.start) / timedelta(hours=1) == hours


def test_a_skipped_handoff_time_is_read_with_the_offset_before_the_jump() -> None:
    sunday = rotation(handoff=Handoff(on=Weekday.SUNDAY, at=time(2, 30)))
    assert shift_at(sunday, utc(2013, 3, 10, 12)).start == utc(2013, 3, 10, 7, 30)  # 03:30 by the new clock


def test_a_handoff_time_that_comes_twice_means_the_first() -> None:
    sunday = rotation(handoff=Handoff(on=Weekday.SUNDAY, at=time(1, 30)))
    assert shift_at(sunday, utc(2013, 11, 3, 12)).start == utc(2013, 11, 3, 5, 30)  # 01:30, still daylight time


def test_a_clock_that_goes_back_over_midnight_does_not_bring_the_old_shift_back() -> None:
    newfoundland = rotation(timezone="America/St_Johns", handoff=Handoff(on=Weekday.SUNDAY, at=time(0)))
    quarter_past_eleven_again = utc(2010, 11, 7, 2, 45)  # Saturday 23:15, after Sunday 00:00 has been once
    assert shift_at(newfoundland, quarter_past_eleven_again).start == utc(2010, 11, 7, 2, 30)


def test_shadows_take_turns_and_skip_whoever_is_primary() -> None:
    two = rotation(shadows=["jonas", "leo"])
    shifts = shifts_between(two, begins(two), begins(two) + timedelta(weeks=4))
    assert [(s.primary, s.shadow) for s in shifts] == [
        ("jonas", "leo"),
        ("amina", "leo"),
        ("maya", "jonas"),
        ("jonas", "leo"),
    ]


def test_a_rotation_of_one_has_no_backup_and_follows_itself() -> None:
    shift = shift_at(rotation(members=["maya"], shadows=["maya"]), utc(2013, 2, 1))
    assert (shift.primary, shift.next, shift.backup, shift.shadow) == ("maya", "maya", None, None)


def test_two_week_turns_have_a_backup_who_is_somebody_else() -> None:
    shift = shift_at(rotation(members=["maya", "maya", "jonas"]), utc(2013, 1, 29))
    assert (shift.primary, shift.next, shift.backup) == ("maya", "maya", "jonas")


def test_no_time_has_no_shifts() -> None:
    assert shifts_between(rotation(), utc(2013, 2, 1), utc(2013, 2, 1)) == []


def test_the_shift_before_ends_where_this_one_starts() -> None:
    shift = shift_at(rotation(), utc(2013, 2, 5))
    assert shift_before(rotation(), shift).end == shift.start


def test_a_person_finds_the_next_turns_as_primary_and_as_shadow() -> None:
    starts = [turn.start for turn in turns_of(rotation(), "amina", utc(2013, 2, 5), count=2)]
    assert starts == [utc(2013, 2, 4, 14), utc(2013, 2, 25, 14)]
    assert turns_of(rotation(), "leo", utc(2013, 2, 5), count=1)[0].shadow == "leo"
    assert turns_of(rotation(), "sofia", utc(2013, 2, 5)) == []


@pytest.mark.parametrize(
    ("every", "handoff", "problem"),
    [
        ("5h", {"at": "09:00"}, "hours that divide a day"),
        ("36h", {"at": "09:00"}, "hours that divide a day"),
        ("30m", {"at": "09:00"}, "hours that divide a day"),
        ("0h", {"at": "09:00"}, "hours that divide a day"),
        ("53w", {"at": "09:00"}, "hours that divide a day"),
        ("12h", {"on": "monday", "at": "09:00"}, "only shifts of whole weeks"),
        ("1d", {"on": "monday", "at": "09:00"}, "only shifts of whole weeks"),
    ],
)
def test_a_length_that_does_not_fit_the_clock_is_refused(
    every: str, handoff: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        rotation(every=every, handoff=handoff)


def test_two_weeks_keep_their_weekday_and_half_days_their_hours() -> None:
    two_weeks = rotation(every="2w", starts=date(2013, 1, 31))
    assert begins(two_weeks) == utc(2013, 1, 28, 14)
    assert shift_at(two_weeks, utc(2013, 2, 11)).end == utc(2013, 2, 11, 14)
    halves = rotation(every="12h", handoff={"at": "09:00"})
    night = shift_at(halves, utc(2013, 3, 10, 4))  # in which New York's clocks go forward
    assert (night.start, night.end) == (utc(2013, 3, 10, 2), utc(2013, 3, 10, 13))
    assert (night.end - night.start) == timedelta(hours=11)


def test_a_day_that_the_zone_skips_has_no_shift_and_nobody_is_called_twice() -> None:
    samoa = rotation(timezone="Pacific/Apia", every="1d", handoff={"at": "09:00"}, starts=date(2011, 12, 28))
    days = shifts_between(samoa, begins(samoa), utc(2012, 1, 1, 12))
    assert [shift.primary for shift in days] == ["jonas", "amina", "jonas", "amina"], (
        "maya's day, the 30th, was none"
    )
    assert all(shift.end - shift.start == timedelta(days=1) for shift in days)
    assert [shift.next for shift in days[:-1]] == [shift.primary for shift in days[1:]]
