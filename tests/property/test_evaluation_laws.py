"""Laws of the numbers: intervals, windows, picks and checks."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.config.fields import Every, Schedule
from core.evaluation.log.prediction_log import Counts, LoggedRow, total
from core.evaluation.metric import wilson
from core.evaluation.plain import plain
from core.evaluation.review import pick
from core.evaluation.windows import window_before, windows_until

INSTANTS = st.datetimes(
    datetime.fromisoformat("2000-01-01"),
    datetime.fromisoformat("2037-01-01"),
    timezones=st.just(UTC),
)
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])
SCHEDULES = st.builds(Schedule, every=st.sampled_from(Every), timezone=ZONES)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_holds_the_share_within_bounds(trials: int, share: float) -> None:
    successes = round(share * trials)
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    mirrored = wilson(trials - successes, trials)
    assert abs(mirrored[0] - (1 - high)) < 1e-9


@given(SCHEDULES, INSTANTS)
def test_the_window_before_is_over_and_the_next_is_not(schedule: Schedule, at: datetime) -> None:
    window = window_before(schedule, at)
    assert window.start < window.end <= at
    longest = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(hours=25), Every.WEEK: timedelta(hours=169)}
    assert at - window.end < longest[schedule.every]
    assert window_before(schedule, window.end) == window


@given(SCHEDULES, INSTANTS, st.integers(0, 40))
def test_windows_cover_the_past_without_gap_or_overlap(schedule: Schedule, at: datetime, count: int) -> None:
    windows = windows_until(schedule, window_before(schedule, at), count)
    assert len(windows) == count + 1
    assert all(windows[i].end == windows[i + 1].start for i in range(count))


COUNTS = st.builds(Counts, *[st.integers(0, 100)] * 3)


@given(st.lists(COUNTS, max_size=8), st.integers(0, 8))
def test_counts_of_parts_merge_exactly(parts: list[Counts], cut: int) -> None:
    assert total([total(parts[:cut]), total(parts[cut:])]) == total(parts)


ROWS = st.lists(
    st.builds(
        LoggedRow,
        id=st.uuids().map(str),
        predicted_at=st.integers(0, 6).map(lambda d: datetime(2013, 2, 4, tzinfo=UTC) + timedelta(days=d)),
        version=st.just("1"),
        score=st.floats(0, 1),
        prediction=st.integers(0, 1),
        label=st.integers(0, 1),
        features=st.fixed_dictionaries({"carrier": st.sampled_from(["EV", "UA", None])}),
    ),
    max_size=15,
    unique_by=lambda row: row.id,
)


@given(ROWS, st.integers(1, 8), st.randoms())
def test_picking_is_deterministic_and_takes_as_many_as_there_are(
    rows: list[LoggedRow], count: int, rng: random.Random
) -> None:
    picked = pick(rows, ["carrier"], count)
    assert len(picked) == min(count, len(rows))
    assert len({row.id for row in picked}) == len(picked)
    shuffled = rows[:]
    rng.shuffle(shuffled)
    assert pick(shuffled, ["carrier"], count) == picked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_plain_values_are_strict_json_and_stay_what_they_are(value: object) -> None:
    import json

    once = plain(value)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert plain(once) == once
