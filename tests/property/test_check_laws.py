"""Laws of the data checks: how often they are wrong, and what may not matter."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.evaluation.checks.data_checks import Asked, DataChecks
from core.evaluation.live.slice_checks import limit_together
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS, EDGES = 100, np.linspace(-2, 2, 15)
SHARES = dict.fromkeys(("zero", "negative", "whole", "tenths", "hundredths", "tens", "hundreds"), 0.0) | {
    "lowest": 0.01,
    "highest": 0.01,
}


def column(values: np.ndarray, nulls: int) -> ColumnSummary:
    bins = np.bincount(np.searchsorted(EDGES, values), minlength=len(EDGES) + 1)
    return ColumnSummary(
        kind=ValueKind.NUMBER,
        type="float64",
        rows=len(values) + nulls,
        nulls=nulls,
        distinct=len(values),
        mean=float(values.mean()),
        quantiles=tuple(np.quantile(values, QUANTILES)),
        histogram=tuple(bins.tolist()),
        shares=SHARES,
        mode=1,
    )


Levels = Callable[[np.random.Generator, int], np.ndarray]
"""How far a column's level lies from its usual in each of so many windows, in spreads within a window."""


def calm(_rng: np.random.Generator, windows: int) -> np.ndarray:
    return np.zeros(windows)


def normal(rng: np.random.Generator, windows: int) -> np.ndarray:
    return rng.normal(0, 0.5, windows)


def wild(rng: np.random.Generator, windows: int) -> np.ndarray:
    """Student's with three degrees of freedom: one window in a hundred lies four spreads out."""
    return rng.standard_t(3, windows) / 2


def unequal(rng: np.random.Generator, windows: int) -> np.ndarray:
    """Log-normal: the largest of forty is twenty spreads out, the middle one a quarter of a spread."""
    return rng.lognormal(0, 2, windows) / 4


def wandering(rng: np.random.Generator, windows: int) -> np.ndarray:
    """Keeps four fifths of the level of the window before."""
    level, steps = np.zeros(windows + 100), rng.normal(0, 0.3, windows + 100)
    for i in range(1, len(level)):
        level[i] = 0.8 * level[i - 1] + steps[i]
    return level[100:]


def weekly(rng: np.random.Generator, windows: int) -> np.ndarray:
    return np.sin((np.arange(windows) + rng.integers(7)) * 2 * np.pi / 7) + rng.normal(0, 0.2, windows)


LEVELS = ((normal, 250), (calm, 250), (wandering, 250), (weekly, 250), (wild, 1000), (unequal, 250))


def history(rng: np.random.Generator, names: tuple[str, ...], levels: Levels = wild, windows: int = 41) -> list:
    """Windows of these columns, each with levels of its own."""
    level = {name: levels(rng, windows) for name in names}
    return [window(i, rng, {name: each[i] for name, each in level.items()}) for i in range(windows)]


def window(index: int, rng: np.random.Generator, levels: Mapping[str, float]) -> WindowSummary:
    columns = {
        name: column(rng.normal(level, 1, ROWS), int(rng.binomial(20, 0.2))) for name, level in levels.items()
    }
    at = START + timedelta(days=index)
    return WindowSummary(at, at + timedelta(days=1), ROWS, ROWS, columns=columns)


def false_share(histories: int, first: int, rate: float, levels: Levels) -> float:
    """The share of histories of forty windows whose next window has a finding although nothing is wrong."""
    wrong = 0
    for seed in range(first, first + histories):
        windows = history(np.random.default_rng(seed), ("a", "b", "c"), levels)
        wrong += bool(DataChecks.learn(windows[:40], Asked(rate)).judge(windows[40]))
    return wrong / histories


def allowed(rate: float, histories: int) -> float:
    return rate + 2 * (rate * (1 - rate) / histories) ** 0.5


def test_false_findings_stay_within_the_asked_rate_on_few_histories() -> None:
    assert false_share(25, 0, 0.02, wild) <= allowed(0.02, 25)


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "histories"), LEVELS)
def test_false_findings_stay_within_the_asked_rate(levels: Levels, histories: int) -> None:
    assert false_share(histories, 1000, 0.02, levels) <= allowed(0.02, histories)


def false_share_together(families: int, first: int, rate: float, levels: Levels, slices: int) -> float:
    """The share of families of so many slices with any finding in the next window although nothing is wrong."""
    wrong = 0
    for seed in range(first, first + families):
        rng = np.random.default_rng(seed)
        pasts = [history(rng, ("a", "b", "c"), levels, 61) for _ in range(slices)]
        checks = [DataChecks.learn(each[:60], Asked(rate / slices)) for each in pasts]
        limit_together(checks, rate)
        wrong += any(each.judge(past[60]) for each, past in zip(checks, pasts, strict=True))
    return wrong / families


def test_many_slices_have_no_more_false_findings_than_was_asked_for_on_few() -> None:
    assert false_share_together(4, 0, 0.01, wild, 4) <= allowed(0.01, 4)


@pytest.mark.slow
@pytest.mark.parametrize("levels", [normal, wild, unequal])
def test_many_slices_have_no_more_false_findings_than_was_asked_for(levels: Levels) -> None:
    assert false_share_together(60, 5000, 0.01, levels, 8) <= allowed(0.01, 60)


@pytest.mark.parametrize("seed", range(3))
def test_a_clean_column_beside_the_others_raises_nothing_on_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = history(rng, ("a", "b", "calm"))
    broken = column(rng.normal(60, 1, ROWS), 0)
    windows[40].columns["a"] = broken

    def without(each: WindowSummary) -> WindowSummary:
        kept = {name: c for name, c in each.columns.items() if name != "calm"}
        return WindowSummary(each.start, each.end, each.rows, each.ids, columns=kept)

    both = DataChecks.learn(windows[:40]).judge(windows[40])
    alone = DataChecks.learn([without(each) for each in windows[:40]]).judge(without(windows[40]))
    assert [f.columns for f in both] == [f.columns for f in alone] == [("a",)]
