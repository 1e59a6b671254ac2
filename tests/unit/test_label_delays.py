"""Labels that come late: the curve of their delays, the outlook, and who comes last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.labels.curve import curve, delays
from core.evaluation.labels.latecomers import MOST_ROWS, latecomers
from core.evaluation.labels.outlook import outlook
from core.evaluation.labels.settled import Wait, labels_are_in, still_to_come, usual_curve, waits_of
from core.evaluation.live.turnouts import turnouts
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rows(hours: list[float], each: timedelta = timedelta(0)) -> Rows:
    """Predictions from START on, whose labels take so many hours (nan: for ever)."""
    at = pd.Series(pd.to_datetime([START + each * i for i in range(len(hours))], utc=True))
    label_at = at + pd.to_timedelta(pd.Series(hours), unit="h")
    label = pd.Series(np.where(np.isnan(hours), np.nan, 1.0))
    return Rows(Task.BINARY, at, pd.Series(np.ones(len(at))), label, label_at, pd.DataFrame(index=at.index))


def test_without_missing_labels_the_curve_is_their_share() -> None:
    found = curve(np.array([1.0, 2.0, 2.0, 4.0]), np.ones(4, bool))
    assert found.within(np.array([0.5, 1.0, 2.0, 3.0, 9.0])) == pytest.approx([0, 0.25, 0.75, 0.75, 1])
    assert found.hours_until(0.5) == 2
    assert found.ever == 1


def test_a_label_that_is_still_missing_leaves_the_watch_at_its_age() -> None:
    # By hand: 1 of 4 at 1 h; one watched for 1.5 h only; then 1 of the 2 left at 2 h.
    found = curve(np.array([1.0, 1.5, 2.0, 3.0]), np.array([True, False, True, False]))
    assert found.share == pytest.approx([0.25, 0.625])


def test_a_missing_label_comes_after_all_the_less_likely_the_older_it_is() -> None:
    found = curve(np.array([1.0, 1.5, 2.0, 3.0]), np.array([True, False, True, False]))
    # By hand: (0.625 - F) / (1 - F), where F is 0, 0.25 and 0.625.
    assert still_to_come(np.array([0.5, 1.0, 2.0, 9.0]), found) == pytest.approx([0.625, 0.5, 0, 0])
    never = curve(np.array([1.0]), np.zeros(1, bool))
    assert still_to_come(np.array([0.5, 9.0]), never) == pytest.approx([0, 0])


def test_no_label_no_curve() -> None:
    found = curve(np.array([1.0, 2.0]), np.zeros(2, bool))
    assert found.ever == 0
    assert found.hours_until(0.5) is None


def test_labels_that_never_come_leave_the_curve_below_one() -> None:
    rng = np.random.default_rng(1)
    hours = np.where(rng.random(4000) < 0.3, np.inf, rng.exponential(5, 4000))
    watched = rng.uniform(0, 60, 4000)
    found = curve(np.minimum(hours, watched), hours <= watched)
    assert found.ever == pytest.approx(0.7, abs=0.03)
    assert found.within(np.array([5.0]))[0] == pytest.approx(0.7 * (1 - np.exp(-1)), abs=0.03)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=30), st.randoms())
def test_a_curve_rises_within_zero_and_one_whatever_the_order(
    pairs: list[tuple[float, bool]], random: object
) -> None:
    hours, known = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], bool)
    found = curve(hours, known)
    assert (np.diff(found.share) >= -1e-12).all()
    assert ((found.share >= 0) & (found.share <= 1 + 1e-12)).all()
    order = np.random.default_rng(len(pairs)).permutation(len(pairs))
    assert curve(hours[order], known[order]).share == pytest.approx(found.share)


HOURLY = [Wait(float(hours), True, 1) for hours in (1, 2, 3, 4)]
"""Four labels, the last of them after four hours."""


def test_the_outlook_forecasts_what_is_coming() -> None:
    now = START + 2 * HOUR
    window = [*HOURLY[:2], Wait(2.0, False, 2)]
    seen = outlook(window, usual_curve([HOURLY]), now, [now, now + HOUR, now + 2 * HOUR])
    assert seen is not None
    assert [share for _, share in seen.forecast] == pytest.approx([0.5, 0.75, 1.0])
    assert seen.ever == 1
    assert seen.nearly_all_at == pytest.approx(now + 2 * HOUR, abs=timedelta(minutes=1))


def test_what_is_older_than_every_delay_is_expected_no_more() -> None:
    now = START + 50 * HOUR
    seen = outlook([*HOURLY, Wait(50.0, False, 4)], usual_curve([HOURLY]), now, [now + HOUR])
    assert seen is not None
    assert (seen.ever, seen.nearly_all_at, seen.forecast[0][1]) == (0.5, now, 0.5)


def test_an_outlook_without_a_past_says_so() -> None:
    now = START + HOUR
    seen = outlook([Wait(1.0, False, 1)], usual_curve([]), now)
    assert seen is not None
    assert (seen.ever, seen.nearly_all_at) == (0, None)
    assert outlook([], usual_curve([]), now) is None


def test_a_label_before_its_prediction_counts_as_immediate() -> None:
    hours, known = delays(rows([-3.0, np.nan]), START + HOUR)
    assert hours.tolist() == [0.0, 1.0]
    assert known.tolist() == [True, False]


def test_who_comes_late_is_named() -> None:
    rng = np.random.default_rng(2)
    plain = rows(rng.exponential(2, 2000).tolist(), timedelta(minutes=5))
    label = pd.Series((rng.random(2000) < 0.3).astype(float))
    slow = pd.to_timedelta(np.where(label == 1, 3.0, 0.0), unit="h")
    features = pd.DataFrame({"noise": rng.normal(size=2000), "site": rng.choice(["a", "b"], 2000)})
    late = replace(plain, label=label, label_at=plain.label_at + slow, features=features)
    found = latecomers(late, START + 1000 * HOUR)
    assert {one.which for one in found} == {"it is 1"}
    assert found[0].early < found[0].early_elsewhere - 0.3
    named = latecomers(late, START + 1000 * HOUR, {"0": "on time", "1": "late"}.__getitem__)
    assert named[0].sentence.startswith("Where it is late: ")


def test_of_more_rows_than_are_looked_at_some_are_chosen() -> None:
    hours = np.random.default_rng(4).exponential(2, 3 * MOST_ROWS)
    many = rows(hours.tolist(), timedelta(seconds=1))
    site = pd.DataFrame({"site": np.where(hours > 3, "far", "near")})
    found = latecomers(replace(many, features=site), START + 1000 * HOUR)
    assert [one.which for one in found] == ["site is far"]
    assert found[0].rows < MOST_ROWS


def test_nobody_is_named_where_all_are_alike() -> None:
    rng = np.random.default_rng(3)
    alike = rows(rng.exponential(2, 3000).tolist(), timedelta(minutes=5))
    features = pd.DataFrame({f"x{i}": rng.choice(list("abcdef"), 3000) for i in range(10)})
    assert latecomers(replace(alike, features=features), START + 1000 * HOUR) == []


USUAL = [Wait(float(hours), True, 10) for hours in range(1, 11)]
"""A day of a hundred labels, all of them within ten hours."""


def test_labels_are_in_when_no_more_will_come_however_few_they_are() -> None:
    storm = [Wait(5.0, True, 60), Wait(30.0, False, 40)]
    usual = usual_curve([USUAL] * 20 + [storm])
    assert labels_are_in(storm, usual), "forty flights were cancelled: nobody waits for them"
    assert not labels_are_in([Wait(5.0, True, 60), Wait(5.0, False, 40)], usual), "half of them are to come"
    assert labels_are_in([Wait(9.0, True, 97), Wait(9.0, False, 3)], usual)


def test_a_feed_that_broke_is_not_taken_for_labels_that_never_come() -> None:
    broken = [Wait(5.0, True, 20), Wait(300.0, False, 80)]
    usual = usual_curve([USUAL] * 20 + [broken])
    assert not labels_are_in(broken, usual)
    assert not labels_are_in([Wait(300.0, False, 100)], usual)
    assert not labels_are_in([], usual)


def test_without_any_label_ever_nothing_is_in_and_nothing_expected() -> None:
    nothing = usual_curve([])
    assert not labels_are_in([Wait(3.0, False, 5)], nothing)
    assert still_to_come(np.array([1.0]), nothing).tolist() == [0.0]


def test_counts_by_age_say_the_same_as_rows() -> None:
    found = rows([1.0, 2.0, 2.0, float("nan"), 30.0] * 40, HOUR / 10)
    now = START + 24 * HOUR
    waits = waits_of(found, now)
    assert sum(wait.rows for wait in waits) == 200
    assert sum(wait.rows for wait in waits if wait.known) == 120
    exact = curve(*delays(found.known(now), now))
    ages = np.array([0.5, 1.5, 5.0])
    assert usual_curve([waits]).within(ages) == pytest.approx(exact.within(ages), abs=1e-9)


def test_when_a_window_is_said_to_be_known_it_mostly_is() -> None:
    """Two hundred windows of forty labels, each window quicker or slower as a whole than the others."""
    rng, windows = np.random.default_rng(0), []
    for pace in 30 * rng.lognormal(0, 0.2, 200):
        waits = pace * rng.lognormal(0, 0.5, 40)
        windows.append([Wait(float(hours), True, 1) for hours in waits])
    days = [Window(START + k * DAY, START + (k + 1) * DAY) for k in range(200)]
    by = turnouts(days, windows, START + 201 * DAY).usual_hours
    assert by is not None
    there = [np.mean([wait.hours <= by for wait in window]) >= 0.95 for window in windows]
    assert np.mean(there) > 0.75
