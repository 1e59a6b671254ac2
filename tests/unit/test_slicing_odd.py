"""Slices on streams that nobody had in mind: how many are told, and what is left out and said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.counted import MOST_SLICES
from core.evaluation.slicing.find import SliceFinder
from core.evaluation.slicing.scale import MOST_COMBINED

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
Column = Callable[[np.random.Generator, int], Any]
Missing = Callable[[pd.DataFrame, int], Any]


def choice(count: int) -> Column:
    return lambda rng, rows: rng.choice([f"v{i}" for i in range(count)], rows)


def gaps(rng: np.random.Generator, rows: int) -> Any:
    values = rng.choice(list("abc"), rows).astype(object)
    values[rng.uniform(size=rows) < 0.3] = None
    return values


def window(
    number: int, span: timedelta, rows: int, columns: dict[str, Column], rng: np.random.Generator, risk: Missing
) -> Rows:
    seconds = np.sort(rng.uniform(0, span.total_seconds(), rows))
    at = pd.Series(pd.to_datetime(START + number * span) + pd.to_timedelta(seconds, unit="s"))
    features = pd.DataFrame({name: make(rng, rows) for name, make in columns.items()})
    label = pd.Series(rng.integers(0, 2, rows).astype(float))
    wrong = pd.Series(rng.uniform(size=rows) < risk(features, number))
    prediction = label.where(~wrong, 1 - label)
    score = pd.Series(np.where(prediction == 1, 0.8, 0.2))
    return Rows(Task.BINARY, at, prediction, label, at + pd.Timedelta(hours=1), features, score)


def usual(features: pd.DataFrame, _number: int) -> Any:
    return np.full(len(features), 0.15)


def told(
    columns: dict[str, Column], rows: int = 1500, span: timedelta = DAY, windows: int = 60, risk: Missing = usual
) -> list[tuple[int, str]]:
    """The number and the name of each slice that is told, from the tenth window on."""
    rng = np.random.default_rng(0)
    finder, found = SliceFinder(tuple(columns), span), []
    for number in range(windows):
        now, start = window(number, span, rows, columns, rng, risk), START + number * span
        if number == 0:
            finder.learn(now)
        if number >= 10:
            found += [(number, each.name) for each in finder.judge(start, now) if each.worse]
        finder.remember(start, now)
    return found


@pytest.mark.parametrize(
    ("columns", "rows", "span"),
    [
        ({"id": choice(5000), "b": choice(5), "c": choice(300)}, 1500, DAY),
        ({"x": lambda rng, rows: rng.normal(size=rows), "b": choice(5)}, 1500, DAY),
        ({"a": gaps, "b": choice(5)}, 1500, DAY),
        ({"a": choice(3), "b": choice(3)}, 20, DAY),
        ({"a": choice(4), "b": choice(5)}, 400, timedelta(hours=1)),
    ],
    ids=["high-cardinality", "numbers", "nulls", "twenty-rows", "hourly"],
)
def test_where_nothing_is_wrong_hardly_anything_is_told(
    columns: dict[str, Column], rows: int, span: timedelta
) -> None:
    assert len(told(columns, rows, span)) <= 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_right_or_all_wrong_blames_no_slice(share: float) -> None:
    columns = {"a": choice(3), "b": choice(3)}
    assert told(columns, windows=20, risk=lambda features, _: np.full(len(features), share)) == []


def test_a_whole_that_worsens_slowly_is_hardly_any_slices_fault() -> None:
    columns = {"a": choice(4), "b": choice(5)}
    drifting = told(columns, windows=100, risk=lambda features, n: np.full(len(features), 0.1 + 0.003 * n))
    assert len(drifting) <= 3, "one a month"


def test_a_missing_value_is_a_value_that_can_fail() -> None:
    def risk(features: pd.DataFrame, number: int) -> Any:
        hit = features["a"].isna() & (features["b"] == "v1") & (number == 29)
        return np.where(hit, 0.6, 0.15)

    assert (29, "a missing, b v1") in told({"a": gaps, "b": choice(5)}, windows=30, risk=risk)


def test_of_many_columns_those_that_tell_are_combined_and_the_rest_is_said() -> None:
    columns = {f"c{i}": choice(6) for i in range(60)}

    def risk(features: pd.DataFrame, _number: int) -> Any:
        return np.where((features["c50"] == "v1") | (features["c3"] == "v2"), 0.5, 0.1)

    rng = np.random.default_rng(1)
    finder = SliceFinder(tuple(columns), DAY)
    past = window(0, DAY, 2000, columns, rng, risk)
    finder.learn(past)
    found = finder.judge(START, past)
    assert len(found) <= MOST_SLICES
    pairs = {name for each in found if len(each.where) == 2 for name, _ in each.where}
    assert {"c50", "c3"} <= pairs
    assert len(pairs) <= MOST_COMBINED[2]
    assert {each.where[0][0] for each in found if len(each.where) == 1} == set(columns)
    alone, smallest = finder.left_out
    assert alone.endswith("and 26 more.")
    assert "smallest slices of a window were not looked at" in smallest
