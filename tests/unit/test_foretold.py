"""What others foretell of a column: learned from the reference, and gone when values lie in other rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Kind
from core.evaluation.summaries.foretell import choose_foretold, measure_foretold
from core.evaluation.summaries.joint import choose_joint
from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.merge import merge
from core.evaluation.summaries.pairs import Column, numbers, texts
from core.evaluation.summaries.plan import ColumnPlan, ForetoldPlan, Plan
from core.evaluation.summaries.sketch import WindowSketch
from core.evaluation.summaries.summary import ForetoldSummary, PairSummary, ValueKind, WindowSummary

START, DAY, ROWS = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1), 600
CITIES = ("EWR", "JFK", "LGA")
Rows = dict[str, np.ndarray[Any, Any]]
PLANS = {
    name: number_plan("float64", np.random.default_rng(i).normal(0, 1, 4000))
    for i, name in enumerate(("a", "b", "c", "sum", "noise"))
} | {"city": ColumnPlan(ValueKind.TEXT, "string", known=CITIES)}
NEAR = {"sum": ["a", "b", "c"], "city": ["sum", "a", "b"], "noise": ["a", "b", "c"]}


def rows(seed: int) -> Rows:
    """A column that three others make up, a text that follows it, and one that nothing says anything about."""
    rng = np.random.default_rng(seed)
    a, b, c, noise = rng.normal(0, 1, (4, ROWS))
    total = (a + b + c) / 3**0.5
    city = np.searchsorted([-0.5, 0.5], total + rng.normal(0, 0.3, ROWS))
    return {"a": a, "b": b, "c": c, "sum": total, "noise": noise, "city": city}


def columns(values: Rows) -> dict[str, Column]:
    read = {name: numbers(each, PLANS[name].coarse) for name, each in values.items() if name != "city"}
    return read | {"city": texts(values["city"], np.maximum(values["city"], 0), bins=len(CITIES) + 1)}


@pytest.fixture(scope="module")
def plans() -> dict[str, ForetoldPlan]:
    found = choose_foretold([columns(rows(i)) for i in range(6)], PLANS, NEAR)
    return {plan.column: plan for plan in found}


def share(plan: ForetoldPlan, values: Rows) -> float:
    told = measure_foretold(plan, PLANS[plan.column], columns(values))
    assert told is not None
    assert told.share is not None
    return told.share


def test_only_what_others_say_something_about_is_foretold(plans: dict[str, ForetoldPlan]) -> None:
    assert set(plans) == {"sum", "city"}


@pytest.mark.parametrize("name", ["sum", "city"])
def test_values_in_other_rows_are_not_what_was_foretold(plans: dict[str, ForetoldPlan], name: str) -> None:
    values = rows(100)
    usual = share(plans[name], values)
    assert usual == pytest.approx(share(plans[name], rows(101)), abs=0.06)
    assert usual > 0.6
    assert share(plans[name], values | {name: np.roll(values[name], 1)}) < 0.05
    half = np.where(np.arange(ROWS) % 2, np.roll(values[name], 2), values[name])
    assert share(plans[name], values | {name: half}) < 0.5 * usual


def test_a_level_that_is_off_is_foretold_as_well_as_ever(plans: dict[str, ForetoldPlan]) -> None:
    values = rows(100)
    moved = share(plans["sum"], values | {"sum": values["sum"] * 0.5 + 0.2})
    assert moved == pytest.approx(share(plans["sum"], values), abs=0.06)


def test_what_stands_still_while_its_partners_vary_is_foretold_by_nothing(plans: dict[str, ForetoldPlan]) -> None:
    still = rows(100) | {"sum": np.zeros(ROWS)}
    assert share(plans["sum"], still) == 0.0
    calm = choose_foretold([columns(each) for each in (*(rows(i) for i in range(6)), still)], PLANS, NEAR)
    (plan,) = [each for each in calm if each.column == "sum"]
    told = measure_foretold(plan, PLANS["sum"], columns(still))
    assert told is not None
    assert told.share is None, "it stood still before"


def test_what_is_missing_or_does_not_vary_is_not_said(plans: dict[str, ForetoldPlan]) -> None:
    values = rows(100)
    gone = {name: each for name, each in values.items() if name != "b"}
    assert measure_foretold(plans["sum"], PLANS["sum"], columns(gone)) is None
    assert measure_foretold(plans["sum"], PLANS["sum"], columns(values | {"sum": np.full(ROWS, np.nan)})) is None
    still = values | {name: np.zeros(ROWS) for name in ("a", "b", "c")}
    assert measure_foretold(plans["sum"], PLANS["sum"], columns(still)) == ForetoldSummary(
        "sum", ("a", "b", "c"), ROWS, None
    )
    holes = np.where(np.arange(ROWS) % 3, values["a"], np.nan)
    assert share(plans["sum"], values | {"a": holes}) > 0.4


def window(index: int, **said: Any) -> WindowSummary:
    return WindowSummary(START + DAY * index, START + DAY * (index + 1), ROWS, ROWS, **said)


def test_parts_are_merged_by_their_rows() -> None:
    parts = [
        replace(window(i, foretold=(ForetoldSummary("sum", ("a",), n, value),)), sketch=WindowSketch({}))
        for i, (n, value) in enumerate([(100, 0.8), (300, 0.4), (50, None)])
    ]
    (told,) = merge(parts).foretold
    assert (told.column, told.partners, told.rows) == ("sum", ("a",), 450)
    assert told.share == pytest.approx(0.5)


def test_plans_and_summaries_of_before_are_read(plans: dict[str, ForetoldPlan]) -> None:
    plan = Plan(PLANS, foretold=tuple(plans.values()))
    assert Plan.from_json(plan.as_json()) == plan
    old_plan, old = plan.as_json(), window(0).as_json()
    del old_plan["foretold"], old["foretold"]
    assert Plan.from_json(old_plan) == replace(plan, foretold=())
    assert WindowSummary.from_json(old) == window(0)


def test_what_is_a_key_of_one_column_is_tried_for_all() -> None:
    def keyed(seed: int) -> dict[str, Column]:
        rng = np.random.default_rng(seed)
        hour, place = rng.integers(0, 6, ROWS), rng.integers(0, 3, ROWS)
        made = {"hour": hour, "place": place} | {n: rng.normal(0, 1, (6, 3))[hour, place] for n in ("warm", "wet")}
        return {name: numbers(values.astype(float), (0.5, 1.5, 2.5)) for name, values in made.items()}

    windows = [keyed(i) for i in range(3)]
    for wet in (["hour"], []):
        found = choose_joint(windows, {"warm": ["hour"], "wet": wet}, wide=True)
        assert {plan.column: plan.partners for plan in found} == dict.fromkeys(("warm", "wet"), ("hour", "place"))


def related(index: int, firm: float, loose: float) -> WindowSummary:
    """A pair that always goes together alike, and one that comes and goes."""
    figures = [("a", "b", firm), ("c", "noise", loose)]
    return window(index, pairs=tuple(PairSummary(x, y, ROWS, 0.0, together=value) for x, y, value in figures))


@pytest.mark.parametrize(("firm", "told"), [(0.6, []), (0.55, []), (0.3, [{"a", "b"}])])
def test_what_never_moved_is_told_beside_what_always_does(firm: float, told: list[set[str]]) -> None:
    rng = np.random.default_rng(5)
    loose = np.clip(0.3 * rng.lognormal(0, 0.8, 62), 0, 1)
    checks = DataChecks.learn([related(i, 0.6 + rng.normal(0, 0.005), loose[i]) for i in range(60)])
    found = checks.judge(related(60, firm, loose[60]))
    assert [set(f.columns) for f in found] == told
    assert all(f.kind is Kind.HARD for f in found)
