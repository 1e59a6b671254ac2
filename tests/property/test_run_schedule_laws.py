"""Laws of schedules: on the wall clock, once a period, whatever the pass that looks at them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.fields import CatchUp, Every, Schedule, Weekday
from core.runs.schedule import due, instant_of, next_after

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
NEW_YEAR = datetime(2013, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: NEW_YEAR + passed)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def schedules(draw: st.DrawFn, catch_up: CatchUp = CatchUp.ALL) -> Schedule:
    return Schedule(
        every=draw(st.sampled_from(list(Every))),
        at=draw(times),
        on=draw(st.sampled_from(list(Weekday))),
        timezone=draw(st.sampled_from(ZONES)),
        catch_up=catch_up,
    )


@given(schedules(), instants, st.lists(st.integers(1, 4000), min_size=1, max_size=8))
def test_however_often_one_looks_each_firing_comes_once(
    schedule: Schedule, start: datetime, gaps: list[int]
) -> None:
    looks, now = [start], start
    for gap in gaps:
        now += timedelta(minutes=gap)
        looks.append(now)
    in_parts = [at for last, at_look in pairwise(looks) for at in due(schedule, last, at_look)]
    assert in_parts == due(schedule, start, now)
    assert sorted(set(in_parts)) == in_parts


@given(schedules(), instants)
def test_the_next_firing_is_the_first_that_falls_due(schedule: Schedule, start: datetime) -> None:
    following = next_after(schedule, start)
    assert due(schedule, start, following) == [following]
    assert due(schedule, start, following - timedelta(microseconds=1)) == []


@given(st.sampled_from(ZONES), times, st.dates(date(2013, 1, 1), date(2013, 12, 1)))
def test_every_local_day_has_one_firing(zone: str, at: time, day: date) -> None:
    schedule = Schedule(every=Every.DAY, at=at, timezone=zone, catch_up=CatchUp.ALL)
    start = instant_of(day, at, ZoneInfo(zone))
    firings = due(schedule, start, start + timedelta(days=20, hours=12))
    days = [firing.astimezone(ZoneInfo(zone)).date() for firing in firings]
    assert days == [day + timedelta(days=n) for n in range(1, 21)]


@given(schedules(catch_up=CatchUp.LATEST), instants, st.integers(1, 60))
def test_after_downtime_only_the_newest_is_caught_up(schedule: Schedule, start: datetime, days: int) -> None:
    now = start + timedelta(days=days)
    everything = due(schedule.model_copy(update={"catch_up": CatchUp.ALL}), start, now)
    assert due(schedule, start, now) == everything[-1:]


def test_without_catch_up_only_what_is_on_time_runs() -> None:
    schedule = Schedule(every=Every.DAY, at=time(8), catch_up=CatchUp.NONE)
    start = datetime(2013, 5, 1, 9, tzinfo=UTC)
    on_time, late = datetime(2013, 5, 4, 8, 1, tzinfo=UTC), datetime(2013, 5, 4, 20, tzinfo=UTC)
    assert due(schedule, start, on_time) == [datetime(2013, 5, 4, 8, tzinfo=UTC)]
    assert due(schedule, start, late) == []


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", date(2013, 3, 10), time(2, 30), "2013-03-10T07:30:00+00:00"),  # skipped: 03:30 there
        ("America/New_York", date(2013, 11, 3), time(1, 30), "2013-11-03T05:30:00+00:00"),  # twice: the first
        (
            "Australia/Lord_Howe",
            date(2013, 10, 6),
            time(2, 15),
            "2013-10-05T15:45:00+00:00",
        ),  # half an hour skipped
    ],
)
def test_wall_clock_times_that_the_clock_skips_or_repeats(zone: str, day: date, at: time, expected: str) -> None:
    assert instant_of(day, at, ZoneInfo(zone)).isoformat() == expected
