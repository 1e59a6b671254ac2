"""Windows with a handful of rows, or none: what they are allowed to make usual."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import JointSummary, WindowSummary
from tests.unit.made_windows import ROWS, START, Values, day, window


def test_windows_of_a_handful_of_rows_do_not_make_a_constant_usual() -> None:
    """A text of which each value is seen once or twice, and holidays with two rows that are the same."""

    def names(index: int, rows: int) -> Values:
        rng = np.random.default_rng(index)
        return {
            "temp": rng.normal(50, 10, rows),
            "origin": rng.choice([f"dog {i}" for i in range(100, 400)], rows),
        }

    holidays = {i: {n: np.repeat(v[:1], 2) for n, v in names(i, 60).items()} for i in range(0, 60, 9)}
    learned = DataChecks.learn([window(i, holidays.get(i) or names(i, 60)) for i in range(60)])
    assert learned.judge(window(60, names(60, 60))) == []
    frozen = names(60, 60) | {"origin": np.repeat("dog 107", 60)}
    assert [(f.columns, f.kind) for f in learned.judge(window(60, frozen))] == [(("origin",), Kind.HARD)]
    assert learned.judge(window(60, holidays[9])) == []


def test_weekends_without_rows_are_not_told() -> None:
    checks = DataChecks()
    for i in range(28):
        checks.remember(WindowSummary(*_day(i), 0, 0) if i % 7 > 4 else window(i, day(i)))
    assert checks.judge(WindowSummary(*_day(28), 0, 0)) != []
    for i in range(28, 33):
        checks.remember(window(i, day(i)))
    assert checks.judge(WindowSummary(*_day(33), 0, 0)) == []


def test_the_few_rows_of_names_that_return_say_little_of_what_the_column_goes_with() -> None:
    """Two in a hundred rows have one of the names that are told apart: two others explain them by chance."""

    def beside(index: int, origin: np.ndarray, explained: float) -> WindowSummary:
        made = window(index, day(index) | {"origin": origin})
        return replace(made, joint=(JointSummary("origin", ("temp", "wind"), len(origin), explained),))

    def told(names: Callable[[int], np.ndarray]) -> list[tuple[str, ...]]:
        past = np.random.default_rng(1).uniform(0.1, 0.25, 60)
        checks = DataChecks.learn([beside(i, names(i), float(past[i])) for i in range(60)])
        return [finding.columns for finding in checks.judge(beside(60, names(60), 0.6))]

    def rare(index: int) -> np.ndarray:
        return np.array([*["EWR", "JFK"] * 4, *[f"{index} {i}" for i in range(ROWS - 8)]])

    assert told(lambda index: day(index)["origin"]) == [("origin",)]
    assert told(rare) == []


def _day(index: int) -> tuple[datetime, datetime]:
    return START + timedelta(days=index), START + timedelta(days=index + 1)
