"""What the learned checks find beside their own past, what they leave alone, and how they say it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks.data_checks import COOL_DOWN, Asked, DataChecks
from core.evaluation.checks.family import HIGHEST, LOWEST, SHORT, threshold
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.pairs import measure, numbers
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import PLANS, ROWS, START, Values, day, window


@pytest.fixture(scope="module")
def history() -> list[WindowSummary]:
    return [window(i, day(i)) for i in range(60)]


@pytest.fixture(scope="module")
def checks(history: list[WindowSummary]) -> DataChecks:
    return DataChecks.learn(history)


def found(checks: DataChecks, **changed: Any) -> list[Finding]:
    return checks.judge(window(60, day(1000) | changed))


def test_a_window_like_the_others_is_fine(checks: DataChecks) -> None:
    assert [f for seed in range(40) for f in checks.judge(window(60, day(2000 + seed)))] == []


def test_missing_values_are_soft_until_all_are_missing(checks: DataChecks) -> None:
    some = day(1000)["wind"].copy()
    some[: ROWS * 3 // 10] = np.nan
    (soft,) = found(checks, wind=some)
    assert (soft.check, soft.columns, soft.kind, soft.direction) == ("missing", ("wind",), Kind.SOFT, "missing")
    assert soft.reason == "wind is missing in 30% of rows, usually 0%."
    (hard,) = found(checks, wind=np.full(ROWS, np.nan))
    assert (hard.kind, hard.reason) == (
        Kind.HARD,
        "wind is missing in every row, usually in 0%: its source is empty, or the column is gone.",
    )


def test_columns_that_go_missing_together_are_one_finding_about_their_source(checks: DataChecks) -> None:
    gone = np.full(ROWS, np.nan)
    (finding,) = found(checks, wind=gone, gust=gone, temp=gone)
    assert (finding.kind, finding.columns) == (Kind.UPSTREAM, ("gust", "temp", "wind"))
    assert finding.reason.startswith("3 columns are off at once")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v * 10, "The values of temp look like 10 times what they were."),
        (lambda v: v * 1000, "The values of temp look like 1,000 times what they were."),
        (lambda v: -v, "The values of temp look like what they were with the sign turned."),
        (lambda v: np.log1p(np.abs(v)), "The values of temp look like logarithms of what they were."),
    ],
)
def test_a_changed_unit_is_hard_and_named(checks: DataChecks, change: Callable[[Any], Any], said: str) -> None:
    (finding,) = found(checks, temp=change(day(1000)["temp"]))
    assert (finding.columns, finding.kind, finding.direction, finding.reason) == (
        ("temp",),
        Kind.HARD,
        "unit",
        said,
    )


def test_a_move_without_a_name_is_drift(checks: DataChecks) -> None:
    (finding,) = found(checks, temp=day(1000)["temp"] * 0.7 + 40)
    assert (finding.columns, finding.kind, finding.direction) == (("temp",), Kind.DRIFT, "up")
    assert finding.reason.startswith("temp has a median of 7")


def test_a_constant_is_hard(checks: DataChecks) -> None:
    (finding,) = found(checks, temp=np.full(ROWS, 50.0))
    assert (finding.check, finding.kind) == ("constant", Kind.HARD)


def test_a_past_that_was_young_is_told_in_the_unit_of_now() -> None:
    """The first step of a column that is the same all day is far for all that is known then, and near later."""
    checks = DataChecks.learn(season(i, 1 + i // 60) for i in range(60))
    for i in range(60, 200):
        checks.remember(season(i, 1 + i // 60), checks.judge(season(i, 1 + i // 60)))
    (finding,) = checks.judge(season(200, 40))
    assert (finding.columns, finding.direction) == (("temp",), "unit")


def rare(index: int, others: int) -> WindowSummary:
    """A code that is nearly always the same, beside wind, and so many rows of other ones."""
    values = day(index)
    codes = np.zeros(ROWS)
    codes[:others] = 1 + np.arange(others) % 3
    linked = measure("wind", "temp", numbers(values["wind"], PLANS["wind"].coarse), numbers(codes, (0.5, 1.5)))
    assert linked is not None
    return replace(window(index, values | {"temp": codes}), pairs=(linked,))


def test_which_rare_values_there_are_beside_one_that_all_have_is_chance() -> None:
    checks = DataChecks.learn([rare(i, 3 + i % 5) for i in range(60)])
    assert checks.judge(rare(60, 0)) == []
    assert [f.columns for f in checks.judge(rare(60, 60))] == [("temp",)]


def season(index: int, value: int) -> WindowSummary:
    return window(index, day(index) | {"temp": np.full(ROWS, float(value))})


def test_swapped_columns_are_one_finding(checks: DataChecks) -> None:
    values = day(1000)
    (finding,) = found(checks, temp=values["wind"], wind=values["temp"], gust=values["gust"])
    assert (finding.check, finding.columns, finding.kind) == ("swap", ("temp", "wind"), Kind.HARD)


def roaming(index: int) -> Values:
    """Gusts that go so far by themselves that those of another column are not told."""
    rng = np.random.default_rng(10**6 + index)
    return day(index) | {"gust": rng.normal(rng.normal(12, 10), 3 * np.exp(rng.normal(0, 0.4)), ROWS)}


def test_a_swap_with_a_column_that_is_not_quite_off_names_both() -> None:
    checks = DataChecks.learn([window(i, roaming(i)) for i in range(60)])
    values = roaming(1000)
    (finding,) = checks.judge(window(60, values | {"temp": values["gust"], "gust": values["temp"]}))
    assert (finding.check, finding.columns) == ("swap", ("gust", "temp"))
    (alone,) = checks.judge(window(60, values | {"temp": values["gust"]}))
    assert alone.columns == ("temp",)
    (copied,) = checks.judge(window(60, values | {"temp": values["gust"] + 60}))
    assert copied.columns == ("temp",)


def floors(index: int) -> Values:
    """The lowest temperature of a place is far below the highest, and both lie anywhere from day to day."""
    rng = np.random.default_rng(index)
    low = rng.normal(rng.uniform(-100, 100), 10, ROWS)
    return day(index) | {"temp": low, "gust": low + 30 + rng.normal(0, 3, ROWS)}


def ordered(index: int, values: Values) -> WindowSummary:
    temp, gust = (numbers(values[name], PLANS[name].coarse) for name in ("temp", "gust"))
    pair = measure("temp", "gust", temp, gust)
    assert pair is not None
    return replace(window(index, values), pairs=(replace(pair, correlation=None),))


def test_the_lower_of_two_columns_that_is_the_higher_one_now_is_swapped_with_it() -> None:
    checks = DataChecks.learn([ordered(i, floors(i)) for i in range(60)])
    values = floors(1000)
    (finding,) = checks.judge(ordered(60, values | {"temp": values["gust"], "gust": values["temp"]}))
    assert (finding.check, finding.columns) == ("swap", ("gust", "temp"))
    (alone,) = checks.judge(ordered(60, values | {"temp": values["temp"] + 900}))
    assert alone.columns == ("temp",)


def bound(index: int) -> Values:
    """Codes of one length, for where from and where to."""
    return day(index) | {"dest": np.random.default_rng(index).choice(["ATL", "BOS", "ORD"], ROWS)}


def test_texts_are_swapped_where_each_column_holds_those_of_the_other_not_new_ones_of_their_length() -> None:
    checks = DataChecks.learn([window(i, bound(i)) for i in range(60)])
    values = bound(1000)
    (finding,) = checks.judge(window(60, values | {"origin": values["dest"], "dest": values["origin"]}))
    assert (finding.check, finding.columns) == ("swap", ("dest", "origin"))
    renamed = {name: np.array([each[::-1] for each in values[name]]) for name in ("origin", "dest")}
    found = checks.judge(window(60, values | renamed))
    assert sorted(each.columns for each in found) == [("dest",), ("origin",)]


def test_renamed_categories_are_hard_and_shown(checks: DataChecks) -> None:
    (finding,) = found(checks, origin=np.array([f"{city}-1" for city in day(1000)["origin"]]))
    assert (finding.check, finding.kind, finding.direction) == ("unseen", Kind.HARD, "renamed")
    assert "“EWR-1”" in finding.reason


@pytest.mark.parametrize("change", [str.lower, lambda city: f" {city}"])
def test_a_changed_form_is_found(checks: DataChecks, change: Callable[[str], str]) -> None:
    (finding,) = found(checks, origin=np.array([change(str(city)) for city in day(1000)["origin"]]))
    assert (finding.columns, finding.kind) == (("origin",), Kind.HARD)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: np.round(v),
        lambda v: np.minimum(v, np.quantile(v, 0.55)),
        lambda v: v + np.random.default_rng(9).normal(0, 30, ROWS),
        lambda v: np.where(np.arange(ROWS) % 2 == 0, v, 50.0),
    ],
    ids=["rounded", "clipped", "noisy", "half a default"],
)
def test_what_nobody_named_is_found_too(checks: DataChecks, change: Callable[[Any], Any]) -> None:
    assert [f.columns for f in found(checks, temp=change(day(1000)["temp"]))] == [("temp",)]


def test_values_in_the_wrong_rows_are_found_by_their_partner(checks: DataChecks) -> None:
    values = day(1000)
    (finding,) = found(checks, gust=np.random.default_rng(4).permutation(values["gust"]))
    assert set(finding.columns) <= {"gust", "wind"}
    assert (finding.kind, finding.direction) == (Kind.HARD, "apart")


def test_yesterdays_values_again_are_stale(history: list[WindowSummary]) -> None:
    checks = DataChecks.learn(history)
    again = checks.judge(window(60, day(1000) | {"temp": day(59)["temp"]}))
    assert [(f.columns, f.direction) for f in again] == [(("temp",), "stale")]


def test_values_of_some_days_ago_are_stale_too(history: list[WindowSummary]) -> None:
    again = DataChecks.learn(history).judge(window(60, day(1000) | {"temp": day(53)["temp"]}))
    assert [(f.columns, f.direction) for f in again] == [(("temp",), "stale")]


def quiet_weekends(index: int, seed: int, share: float = 1.0) -> WindowSummary:
    """A day of which Saturdays and Sundays have a third of the rows."""
    kept = int(ROWS * share * (1 / 3 if (START + timedelta(days=index)).weekday() >= 5 else 1))
    return window(index, {name: values[:kept] for name, values in day(seed).items()})


def test_half_the_rows_of_a_weekday_are_too_few_although_a_sunday_has_fewer() -> None:
    checks = DataChecks.learn([quiet_weekends(i, i) for i in range(56)])
    monday, sunday = quiet_weekends(56, 56), quiet_weekends(62, 62)
    assert (monday.start.weekday(), sunday.start.weekday()) == (0, 6)
    assert checks.judge(monday) == []
    (finding,) = checks.judge(quiet_weekends(56, 56, 0.5))
    assert (finding.check, finding.columns, finding.direction) == ("rows", (), "fewer")


def test_a_tenth_missing_where_nothing_ever_was_is_told(checks: DataChecks) -> None:
    some = day(1000)["wind"].copy()
    some[: ROWS // 8] = np.nan
    assert [(f.check, f.columns) for f in found(checks, wind=some)] == [("missing", ("wind",))]


def wild_day(index: int, rng: np.random.Generator) -> WindowSummary:
    values = day(index)
    for name in ("temp", "gust"):
        values[name] = values[name] + 10 * rng.lognormal(0, 2.5)
    return window(index, values)


def test_a_column_beside_wild_ones_is_watched_as_closely_as_ever() -> None:
    rng = np.random.default_rng(0)
    checks = DataChecks.learn([wild_day(i, rng) for i in range(40)])
    assert checks.threshold.value > LOWEST
    some = day(1000)["wind"].copy()
    some[: ROWS // 8] = np.nan
    assert [f.columns for f in checks.judge(window(40, day(1000) | {"wind": some}))] == [("wind",)]


def test_a_renamed_value_is_quoted_short_and_its_spaces_are_said(checks: DataChecks) -> None:
    padded = day(1000)["origin"].astype("U90")
    padded[:] = [f"{city:<60}" for city in padded]
    (finding,) = found(checks, origin=padded)
    assert "(commonest now: “EWR” and spaces, “JFK” and spaces, “LGA” and spaces)" in finding.reason
    (finding,) = found(checks, origin=np.char.add("terminal " * 6, day(1000)["origin"]))
    assert "“terminal terminal terminal terminal ter…”" in finding.reason


def holed(index: int, share: float) -> WindowSummary:
    rng = np.random.default_rng(5000 + index)
    values = day(index)
    return window(index, values | {"wind": np.where(rng.random(ROWS) < share, np.nan, values["wind"])})


@pytest.mark.parametrize("moves", [0.0, 0.5])
def test_a_share_that_goes_up_and_down_by_itself_must_go_farther_than_one_that_stays(moves: float) -> None:
    odds = -2.5 + moves * np.random.default_rng(9).standard_t(3, 80)
    checks = DataChecks.learn([holed(i, 1 / (1 + np.exp(-each))) for i, each in enumerate(odds)])
    told = {share: [f.columns for f in checks.judge(holed(80, share))] for share in (0.08, 0.35, 1.0)}
    assert told == {0.08: [], 0.35: [] if moves else [("wind",)], 1.0: [("wind",)]}


def test_rows_that_are_missing_or_come_twice(checks: DataChecks) -> None:
    few = {name: values[:100] for name, values in day(1000).items()}
    assert [(f.check, f.kind) for f in checks.judge(window(60, few))] == [("rows", Kind.SOFT)]
    twice = checks.judge(window(60, day(1000), repeats=ROWS // 2))
    assert [(f.check, f.kind, f.columns) for f in twice] == [("ids", Kind.HARD, ())]


def test_an_empty_window_is_hard() -> None:
    at = START
    (finding,) = DataChecks().judge(WindowSummary(at, at + timedelta(days=1), 0, 0))
    assert (finding.kind, finding.columns, finding.score) == (Kind.HARD, (), 99.0)


def test_without_a_past_nothing_is_unusual(history: list[WindowSummary]) -> None:
    assert DataChecks.learn(history[:6]).judge(window(6, day(7) | {"temp": day(7)["temp"] * 10})) == []
    assert DataChecks.learn(history[:20]).judge(window(20, day(7) | {"temp": day(7)["temp"] * 10})) != []


def test_an_incident_in_the_past_does_not_hide_the_next(history: list[WindowSummary]) -> None:
    broken = [*history[:30], window(30, day(30) | {"temp": day(30)["temp"] * 10}), *history[31:]]
    again = DataChecks.learn(broken).judge(window(60, day(1000) | {"temp": day(1000)["temp"] * 10}))
    assert [f.columns for f in again] == [("temp",)]


def test_what_lasts_is_the_new_usual(history: list[WindowSummary]) -> None:
    checks = DataChecks.learn(history)
    told = []
    for i in range(60, 60 + COOL_DOWN + 4):
        now = window(i, day(i) | {"temp": day(i)["temp"] + 60})
        found_now = checks.judge(now)
        told.append([f.columns for f in found_now])
        assert all(f.since == START + timedelta(days=60) for f in found_now)
        checks.remember(now, found_now)
    assert told[0] == [("temp",)]
    assert told[-1] == []


def test_rows_that_are_added_to_a_past_window_change_what_later_ones_are_held_against(
    history: list[WindowSummary],
) -> None:
    """Twelve days were remembered with another unit in them, which their late rows put right."""
    checks, odd, broken = DataChecks(), day(1000) | {"temp": day(1000)["temp"] * 10}, range(30, 42)
    for i, each in enumerate(history):
        checks.remember(window(i, day(i) | {"temp": day(i)["temp"] * 10}) if i in broken else each)
    assert [f.columns for f in checks.judge(window(60, odd))] == []
    for i in broken:
        checks.amend(history[i])
    checks.amend(window(-9, day(3)))  # never seen, so nothing to amend
    assert [f.columns for f in checks.judge(window(60, odd))] == [("temp",)]


def test_judging_changes_nothing(checks: DataChecks) -> None:
    now = window(60, day(1000) | {"temp": np.full(ROWS, 50.0)})
    assert checks.judge(now) == checks.judge(replace(now)) != []


def test_a_wholly_null_column_is_nothing_new(history: list[WindowSummary]) -> None:
    gone = np.full(ROWS, np.nan)
    checks = DataChecks.learn([window(i, day(i) | {"temp": gone}) for i in range(30)])
    assert checks.judge(window(30, day(30) | {"temp": gone})) == []


def test_the_threshold_says_what_it_rests_on(checks: DataChecks) -> None:
    assert LOWEST <= checks.threshold.value <= HIGHEST
    assert "1.64% by ranks" in str(checks.threshold)
    assert threshold([1.0] * 300, 0.01).supported < 0.01
    assert threshold([], Asked().rate).value == SHORT


def test_wilder_histories_ask_for_more() -> None:
    rng = np.random.default_rng(0)
    calm = threshold(list(rng.uniform(0, 1, 200)), 0.01)
    wild = threshold(list(rng.pareto(1.0, 200) + 1), 0.01)
    assert (calm.value, wild.value) == (LOWEST, HIGHEST)
