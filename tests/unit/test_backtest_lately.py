"""Somebody is called about a window without an estimate where the last labels, or wrong values, say that it misses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from core.config.metric import Metric
from core.evaluation.backtest.chance import Chance
from core.evaluation.backtest.lately import Lately
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import Severity
from core.evaluation.effect.effect import Effect, expected, unknown
from core.evaluation.estimate.answer import Unknown
from core.evaluation.finding import Finding, Kind
from core.evaluation.lately import at_best
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

ACCURACY, DAY = Metric.ACCURACY, timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
GIVEN = Objective(ACCURACY, 0.8, at_least=True, origin="")
CHANCE = Chance(0.86, 0.12, higher_is_better=True)
DRIFT = Unknown("concept-drift", "What the features mean has changed.", 0.0)


def day(number: int, right: float, waits: timedelta = DAY, count: int = 400) -> tuple[Window, Rows]:
    """A day of which so many of `count` predictions are right, and whose labels come after `waits`."""
    at = pd.Series(pd.date_range(START + number * DAY, periods=count, freq="3min", tz="UTC"))
    label = pd.Series(np.ones(count))
    mixed = np.random.default_rng(number).permutation(count)
    called = pd.Series((mixed < right * count).astype(float))
    start = START + number * DAY
    return Window(start, start + DAY), Rows(
        Task.BINARY, at, called, label, at + waits, pd.DataFrame(index=at.index)
    )


def lately(*right: float, chance: Chance | None = CHANCE, waits: timedelta = DAY) -> Lately:
    found = Lately(GIVEN, chance)
    for number, share in enumerate(right):
        found.learn(*day(number, share, waits))
    return found


def after(days: int) -> datetime:
    return START + days * DAY


def wrong(effect: Effect | None, kind: Kind = Kind.HARD) -> Finding:
    return Finding("unit", ("amount",), kind, 1.0, "x", expected_effect=effect)


def test_labels_that_take_longer_than_a_month_of_windows_still_call() -> None:
    waits, days = 40 * DAY, 75
    found = lately(*[0.87] * 20, *[0.25] * (days - 20), waits=waits)
    assert found.without_estimate(DRIFT, [], after(55)) is None  # the newest known is the last good one
    told = found.without_estimate(DRIFT, [], after(days))
    assert told is not None
    assert "the last window with its labels" in told.reason


def test_what_the_last_labels_said_calls_somebody_as_long_as_nothing_says_otherwise() -> None:
    told = lately(0.87, 0.86, 0.25, 0.25).without_estimate(DRIFT, [], after(4))
    assert told is not None
    assert (told.severity, told.direction) == (Severity.PAGE, "below")
    assert "was 25.0% on Tue 3 Mar, the last window with its labels" in told.reason
    assert "cannot be estimated: what the features mean has changed." in told.reason


def test_only_labels_that_had_come_by_then_say_anything() -> None:
    past = lately(0.87, 0.86, 0.25, 0.25)
    assert past.without_estimate(DRIFT, [], after(3)) is None, "those of the third day come during the fourth"
    assert past.miss(after(4)) is not None
    assert lately(0.87, 0.25, waits=9 * DAY).without_estimate(DRIFT, [], after(2)) is None


def test_a_miss_within_chance_calls_nobody() -> None:
    assert lately(0.87, 0.86, 0.79, 0.9).without_estimate(DRIFT, [], after(4)) is None
    assert lately(0.25, 0.25, 0.25, 0.9, 0.9).miss(after(5)) is None, "it is over"


def test_an_objective_that_was_given_must_be_missed_twice() -> None:
    assert lately(0.87, 0.86, 0.78, 0.9, chance=None).miss(after(4)) is None
    assert lately(0.87, 0.78, 0.78, 0.9, chance=None).miss(after(4)) is not None


def test_an_objective_that_was_given_is_missed_once_by_more_than_what_chance_does_to_so_many_labels() -> None:
    assert lately(0.87, 0.86, 0.5, 0.9, chance=None).miss(after(4)) is not None
    few = Lately(GIVEN, None)
    for number, right in enumerate((0.9, 0.9, 0.5, 0.9)):
        few.learn(*day(number, right, count=10))
    assert few.miss(after(4)) is None, "five of ten"


def test_wrong_values_call_somebody_by_what_they_surely_do() -> None:
    past = lately(0.87, 0.86, 0.88)
    surely = expected("accuracy", -0.6, -0.7, -0.5, "", share=True)
    told = past.without_estimate(DRIFT, [wrong(surely)], after(3))
    assert told is not None
    assert "wrong with amount is expected to move the accuracy from 86.0% to 26.0% (16.0% to 36.0%)" in told.reason
    perhaps = expected("accuracy", -0.3, -0.6, -0.02, "", share=True)
    for found in (wrong(perhaps), wrong(None), wrong(unknown("accuracy", "too few")), wrong(surely, Kind.DRIFT)):
        assert past.without_estimate(DRIFT, [found], after(3)) is None


def test_of_nothing_nothing_is_told() -> None:
    assert Lately(GIVEN, CHANCE).without_estimate(DRIFT, [], START) is None
    assert Lately(GIVEN, None).miss(START) is None


def test_labels_that_never_come_are_not_waited_for() -> None:
    past = Lately(GIVEN, CHANCE)
    for number, right in enumerate([0.9] * 16 + [0.3]):
        window, rows = day(number, right)
        kept = rows.at.index.to_series() % 2 == 0  # of half of the rows nobody ever says what they were
        past.learn(window, replace(rows, label=rows.label.where(kept), label_at=rows.label_at.where(kept)))
    found = past.miss(after(19))
    assert found is not None
    assert (found.name, found.labels) == ("Tue 17 Mar", 200)


def trickling(number: int, right: float, count: int = 60) -> tuple[Window, Rows]:
    """A day whose labels come one after the other over three weeks, whatever they say."""
    window, rows = day(number, right, count=count)
    order = np.random.default_rng(100 + number).permutation(count)
    waits = pd.to_timedelta(-5 * np.log1p(-(order + 0.5) / count), unit="D")
    return window, replace(rows, label_at=rows.at + waits)


def fallen(chance: Chance | None, days: int = 40, since: int = 30) -> Lately:
    past = Lately(GIVEN, chance)
    for number in range(days):
        past.learn(*trickling(number, 0.86 if number < since else 0.3))
    return past


def test_nobody_waits_for_labels_that_cannot_change_it_any_more() -> None:
    past = fallen(CHANCE)
    called = [number for number in range(41) if past.without_estimate(DRIFT, [], after(number))]
    assert called[0] < 38, "the last labels of the first bad day come after the fiftieth"
    assert called == list(range(called[0], 41)), "and it goes on"
    told = past.without_estimate(DRIFT, [], after(called[0]))
    assert told is not None
    assert "at best on" in told.reason
    assert "labels still to come say; the objective is" in told.reason
    assert fallen(None).miss(after(38)) is not None


def test_early_labels_alone_call_nobody() -> None:
    assert fallen(CHANCE).miss(after(31)) is None
    assert fallen(CHANCE, since=99).miss(after(40)) is None


def test_at_best_all_labels_to_come_are_right() -> None:
    assert at_best(ACCURACY, 0.5, 10, 20) == 0.75
    assert at_best(Metric.MAE, 4.0, 10, 20) == 2.0
    assert at_best(Metric.RMSE, 4.0, 5, 20) == 2.0
    assert at_best(Metric.RECALL, 0.5, 10, 20) is None
    assert at_best(ACCURACY, 0.0, 0, 20) is None
