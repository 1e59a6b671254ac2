"""Which of the columns of an equation is off, by who goes on smoothly in time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks.attribute import by_column
from core.evaluation.checks.odd_one import odd_ones
from core.evaluation.checks.signals import Key
from core.evaluation.summaries.formula import choose_formulas, measure_formula
from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.pairs import Column, numbers
from core.evaluation.summaries.plan import CLOCK
from core.evaluation.summaries.summary import FormulaSummary
from core.evaluation.summaries.traces import Instants

THREE = frozenset("abc")
Values = dict[str, np.ndarray[Any, Any]]


def equation(**rougher: float | None) -> list[FormulaSummary]:
    """What is said of columns that come to each other, each of them smooth."""
    names = sorted(rougher)
    others = {name: tuple(each for each in names if each != name) for name in names}
    told = [FormulaSummary(name, others[name], 72, 0.0, 0.3, 0.1, rougher[name]) for name in names]
    return told + [FormulaSummary(name, (CLOCK,), 70, 0.0, 0.0, 0.0) for name in names]


@pytest.mark.parametrize(
    ("rougher", "odd"),
    [
        ({"a": 1.2, "b": -0.8, "c": -0.3}, "a"),
        ({"a": 0.3, "b": -0.8, "c": 0.4}, "b"),
        ({"a": 1.2, "b": 0.05, "c": -0.9}, None),
        ({"a": 0.4, "b": -0.4, "c": -0.4}, None),
        ({"a": 1.2, "b": -0.05, "c": -0.9}, None),
        ({"a": 1.2, "b": None, "c": -0.9}, None),
        ({"a": 1.2, "b": -1.2}, "a"),
    ],
)
def test_the_column_that_is_alone_on_its_side_is_the_one(
    rougher: dict[str, float | None], odd: str | None
) -> None:
    assert odd_ones(equation(**rougher)) == ({} if odd is None else {frozenset(rougher): odd})


def test_columns_that_do_not_go_on_smoothly_say_nothing() -> None:
    told = equation(a=1.2, b=-0.8, c=-0.3)
    rough = [each for each in told if each.column != "b" or CLOCK not in each.partners]
    assert odd_ones(rough) == {}


def test_of_those_that_are_suspected_alike_only_the_odd_one_is_blamed() -> None:
    broken: dict[Key, float] = {
        ("off", ("a", "b", "c")): 9.0,
        ("off", ("b", "a", "c")): 9.0,
        ("off", ("c", "a", "b")): 9.0,
    }
    assert set(by_column(broken, 2.0)) == {"a", "b", "c"}
    assert set(by_column(broken, 2.0, {THREE: "b"})) == {"b"}
    assert set(by_column(broken | {("level", ("a",)): 9.0}, 2.0, {THREE: "b"})) == {"a"}, "it is off by itself"


HOURS = 96


def waves(seed: int) -> Values:
    """Three waves, of which any two say what the third is."""
    rng = np.random.default_rng(seed)
    a, b = (np.sin(np.arange(HOURS) / each + rng.uniform(0, 6)) * 5 for each in (7, 12))
    a, b = a + rng.normal(0, 0.2, HOURS), b + rng.normal(0, 0.2, HOURS)
    return {"a": a, "b": b, "c": 2 * a + b + rng.normal(0, 0.05, HOURS)}


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_values_in_the_wrong_rows_are_rougher_than_what_they_come_to(name: str) -> None:
    plans = {each: number_plan("float64", np.concatenate([waves(i)[each] for i in range(8)])) for each in "abc"}

    def columns(values: Values) -> dict[str, Column]:
        return {each: numbers(values[each], plans[each].coarse) for each in values}

    near = {each: [other for other in "abc" if other != each] for each in "abc"}
    formulas = choose_formulas([columns(waves(i)) for i in range(8)], plans, near)
    assert {each.column for each in formulas} == THREE
    values, instants = waves(100), Instants(np.arange(HOURS) * 900.0)
    values[name] = np.where(np.arange(HOURS) % 6, values[name], np.roll(values[name], 40))
    told = [measure_formula(each, plans, columns(values), instants) for each in formulas]
    smooth = [FormulaSummary(each, (CLOCK,), HOURS, 0.0, 0.0, 0.0) for each in "abc"]
    assert odd_ones([*filter(None, told), *smooth]) == {THREE: name}
    assert all(
        each.rougher is None for each in (measure_formula(f, plans, columns(values)) for f in formulas) if each
    )
    flat = columns(values | {name: np.zeros(HOURS)})
    assert [replace(each, rougher=None) for each in told if each] == [
        measure_formula(f, plans, columns(values)) for f in formulas
    ]
    (alone,) = (each for each in formulas if each.column == name)
    constant = measure_formula(alone, plans, flat, instants)
    assert constant is not None
    assert constant.rougher is None
