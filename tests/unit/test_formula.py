"""What numbers come to by others or by the instants around them: learned from the reference, and told row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.summaries.formula import choose_formulas, measure_formula
from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.merge import merge
from core.evaluation.summaries.neighbours import choose_between, measure_between
from core.evaluation.summaries.pairs import Column, numbers, texts
from core.evaluation.summaries.plan import CLOCK, Formula, FormulaPlan, Plan
from core.evaluation.summaries.sketch import WindowSketch
from core.evaluation.summaries.summary import FormulaSummary, WindowSummary
from core.evaluation.summaries.traces import Instants

START, DAY, ROWS = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1), 300
Rows = dict[str, np.ndarray[Any, Any]]


def rows(seed: int) -> Rows:
    """A price, a quantity and what they come to; warmth, and a pressure of steam that follows it; a wave; noise."""
    rng = np.random.default_rng(seed)
    price, quantity = np.exp(3 + 0.6 * rng.normal(size=ROWS)), 1.0 + rng.poisson(4, ROWS)
    warmth = rng.normal(20, 6, ROWS)
    wave = 10 * np.sin(np.arange(ROWS) / 15 + rng.uniform(0, 6)) + rng.normal(0, 0.2, ROWS)
    return {
        "price": price,
        "quantity": quantity,
        "net": np.round(price * quantity, 2),
        "warmth": warmth,
        "steam": 6.1 * np.exp(0.06 * warmth) * np.exp(rng.normal(0, 0.01, ROWS)),
        "wave": wave,
        "noise": rng.normal(0, 1, ROWS),
    }


PLANS = {name: number_plan("float64", np.concatenate([rows(i)[name] for i in range(8)])) for name in rows(0)}
NEAR = {name: [other for other in PLANS if other != name] for name in PLANS}


def columns(values: Rows) -> dict[str, Column]:
    return {name: numbers(each, PLANS[name].coarse) for name, each in values.items()}


def instants() -> Instants:
    return Instants(np.arange(ROWS) * 60.0)


@pytest.fixture(scope="module")
def plans() -> dict[str, FormulaPlan]:
    return {each.column: each for each in choose_formulas([columns(rows(i)) for i in range(8)], PLANS, NEAR)}


@pytest.fixture(scope="module")
def smooth() -> dict[str, FormulaPlan]:
    return {each.column: each for each in choose_between([(columns(rows(i)), instants()) for i in range(8)])}


def off(found: FormulaSummary | None) -> float:
    """The share of rows that lie off."""
    assert found is not None
    return found.off


def test_sums_products_and_curves_are_found_and_nothing_else(plans: dict[str, FormulaPlan]) -> None:
    assert set(plans) == {"price", "quantity", "net", "warmth", "steam"}
    assert plans["price"].formula is Formula.PRODUCT
    assert set(plans["price"].partners) == {"quantity", "net"}
    assert plans["net"].miss < 0.03 * PLANS["net"].scale
    assert plans["steam"].partners == ("warmth",)


@pytest.mark.parametrize("name", ["price", "net", "steam"])
def test_values_that_are_none_of_the_usual_ones_of_their_row_lie_off(
    plans: dict[str, FormulaPlan], name: str
) -> None:
    values = rows(100)
    assert off(measure_formula(plans[name], PLANS, columns(values))) < 0.05
    capped = np.minimum(values[name], np.quantile(values[name], 0.85))
    assert off(measure_formula(plans[name], PLANS, columns(values | {name: capped}))) > 0.1
    late = np.roll(values[name], 1)
    assert off(measure_formula(plans[name], PLANS, columns(values | {name: late}))) > 0.5


def test_only_what_goes_on_smoothly_is_held_against_what_is_around_it(smooth: dict[str, FormulaPlan]) -> None:
    assert set(smooth) == {"wave"}
    values = rows(100)
    assert off(measure_between(smooth["wave"], columns(values), instants())) < 0.05
    mixed = values["wave"].copy()
    mixed[::20] = mixed[::20][::-1]
    assert off(measure_between(smooth["wave"], columns(values | {"wave": mixed}), instants())) > 0.08


def test_what_lies_beyond_all_that_was_learned_from_counts_for_less(plans: dict[str, FormulaPlan]) -> None:
    values, seen = rows(100), columns(rows(100))
    wrong = columns(values | {"steam": values["steam"] * 1.3})
    near = measure_formula(plans["steam"], PLANS, wrong)
    hot = values | {"warmth": values["warmth"] + 60, "steam": values["steam"] * np.exp(0.06 * 60) * 1.3}
    far = measure_formula(plans["steam"], PLANS, columns(hot))
    assert near is not None
    assert far is not None
    assert off(measure_formula(plans["steam"], PLANS, seen)) < 0.05
    assert 0 < far.middle < near.middle / 2


def test_the_order_in_which_rows_come_says_nothing(
    plans: dict[str, FormulaPlan], smooth: dict[str, FormulaPlan]
) -> None:
    values, order = rows(100), np.random.default_rng(1).permutation(ROWS)
    seconds = np.floor(np.arange(ROWS) / 2) * 60.0  # two rows an instant
    mixed = {name: each[order] for name, each in values.items()}
    for wanted in plans.values():
        assert measure_formula(wanted, PLANS, columns(values)) == measure_formula(wanted, PLANS, columns(mixed))
    one = measure_between(smooth["wave"], columns(values), Instants(seconds))
    assert one == measure_between(smooth["wave"], columns(mixed), Instants(seconds[order]))


def test_what_is_missing_huge_or_no_number_breaks_nothing(
    plans: dict[str, FormulaPlan], smooth: dict[str, FormulaPlan]
) -> None:
    values = rows(100)
    gone = {name: each for name, each in values.items() if name != "quantity"}
    assert measure_formula(plans["price"], PLANS, columns(gone)) is None
    assert measure_formula(plans["price"], PLANS, columns(values | {"net": np.full(ROWS, np.nan)})) is None
    text = texts(np.zeros(ROWS, dtype=int), np.zeros(ROWS, dtype=int))
    assert measure_formula(plans["price"], PLANS, columns(values) | {"net": text}) is None
    assert measure_between(smooth["wave"], columns(gone) | {"wave": text}, instants()) is None
    huge = np.where(np.arange(ROWS) % 3, values["steam"], 1e300)
    assert off(measure_formula(plans["steam"], PLANS, columns(values | {"steam": huge}))) == pytest.approx(
        1 / 3, abs=0.02
    )
    assert measure_formula(plans["steam"], PLANS, columns(values | {"warmth": np.full(ROWS, 1e200)})) is not None
    few = {name: np.where(np.arange(ROWS) < 5, each, np.nan) for name, each in values.items()}
    assert measure_between(smooth["wave"], columns(few), instants()) is None


def test_a_reference_with_huge_or_equal_values_is_learned_from() -> None:
    odd = [rows(i) for i in range(8)]
    for each in odd[1:]:
        each["noise"] = np.full(ROWS, 3.0)
        each["warmth"] = np.where(np.arange(ROWS) % 50, each["warmth"], 1e200)
    found = {each.column: each for each in choose_formulas([columns(each) for each in odd], PLANS, NEAR)}
    assert {"price", "net"} <= set(found)
    assert all(np.isfinite(each.miss) and np.isfinite(each.factors).all() for each in found.values())


def window(index: int, **said: Any) -> WindowSummary:
    return WindowSummary(START + DAY * index, START + DAY * (index + 1), ROWS, ROWS, **said)


def test_parts_are_merged_by_their_rows() -> None:
    parts = [
        replace(
            window(
                i,
                formulas=(
                    FormulaSummary("a", ("b",), n, middle, 0.1 * n / 100, 0.0),
                    FormulaSummary("a", (CLOCK,), n, middle, 0.1, 0.0),
                ),
            ),
            sketch=WindowSketch({}),
        )
        for i, (n, middle) in enumerate([(100, 1.0), (300, 2.0)])
    ]
    (told,) = merge(parts).formulas
    assert (told.column, told.partners, told.rows) == ("a", ("b",), 400)
    assert (told.middle, told.off, told.far) == pytest.approx((1.75, 0.25, 0.0))


def test_plans_and_summaries_of_before_are_read(plans: dict[str, FormulaPlan]) -> None:
    plan = Plan(PLANS, formulas=tuple(plans.values()))
    assert Plan.from_json(plan.as_json()) == plan
    old_plan, old = plan.as_json(), window(0).as_json()
    del old_plan["formulas"], old["formulas"]
    assert Plan.from_json(old_plan) == replace(plan, formulas=())
    assert WindowSummary.from_json(old) == window(0)


def judged(plan: FormulaPlan, now: Rows) -> list[tuple[tuple[str, ...], str]]:
    """What is told of a window whose column comes to something by others, after sixty that were as ever."""

    def summary(index: int, values: Rows) -> WindowSummary:
        told = (
            measure_between(plan, columns(values), instants())
            if plan.formula is Formula.BETWEEN
            else measure_formula(plan, PLANS, columns(values))
        )
        assert told is not None
        return window(index, formulas=(told,))

    checks = DataChecks.learn([summary(i, rows(i)) for i in range(60)])
    return [(each.columns, each.reason) for each in checks.judge(summary(60, now))]


def test_a_few_values_in_the_wrong_rows_are_told(
    plans: dict[str, FormulaPlan], smooth: dict[str, FormulaPlan]
) -> None:
    values = rows(100)
    assert judged(plans["steam"], values) == []
    assert judged(smooth["wave"], values) == []
    mixed = values["wave"].copy()
    mixed[::8] = mixed[::8][::-1]
    ((columns_, reason),) = judged(smooth["wave"], values | {"wave": mixed})
    assert columns_ == ("wave",)
    assert "the time of the rows" in reason
    capped = np.minimum(values["steam"], np.quantile(values["steam"], 0.7))
    (found,) = judged(plans["steam"], values | {"steam": capped})
    assert found[0] == ("steam", "warmth"), "one equation does not say which of them it is"


@pytest.mark.parametrize(
    ("partner", "rows_off", "usual", "told"),
    [("b", 3, 0.0, True), ("b", 3, 0.03, False), (CLOCK, 3, 0.0, False), (CLOCK, 6, 0.0, True)],
    ids=["never any before", "now and then some", "one jump", "three jumps"],
)
def test_a_few_rows_lie_off_where_none_of_all_the_past_did(
    partner: str, rows_off: int, usual: float, told: bool
) -> None:
    def summary(index: int, off: float) -> WindowSummary:
        return replace(
            window(index, formulas=(FormulaSummary("a", (partner,), 60, 0.0, off, off),)), rows=60, ids=60
        )

    checks = DataChecks.learn([summary(i, usual if i % 5 == 0 else 0.0) for i in range(90)])
    assert bool(checks.judge(summary(90, rows_off / 60))) is told
