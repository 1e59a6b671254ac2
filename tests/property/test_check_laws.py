"""Laws of the data checks: how often they are wrong, and what may not matter."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.evaluation.checks.data_checks import Asked, DataChecks
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS, EDGES = 100, np.linspace(-2, 2, 15)
SHARES = dict.fromkeys(("zero", "negative", "whole", "tenths", "hundredths"), 0.0) | {
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


def window(index: int, rng: np.random.Generator, names: tuple[str, ...]) -> WindowSummary:
    """Windows that are exchangeable: each column's level wanders from window to window with heavy tails."""
    columns = {n: column(rng.normal(rng.standard_t(3) / 2, 1, ROWS), int(rng.binomial(20, 0.2))) for n in names}
    at = START + timedelta(days=index)
    return WindowSummary(at, at + timedelta(days=1), ROWS, ROWS, columns=columns)


def false_share(histories: int, first: int, rate: float) -> float:
    """The share of exchangeable histories whose next window has a finding."""
    wrong = 0
    for seed in range(first, first + histories):
        rng = np.random.default_rng(seed)
        windows = [window(i, rng, ("a", "b", "c")) for i in range(41)]
        wrong += bool(DataChecks.learn(windows[:40], Asked(rate)).judge(windows[40]))
    return wrong / histories


def allowed(rate: float, histories: int) -> float:
    return rate + 2 * (rate * (1 - rate) / histories) ** 0.5


def test_false_findings_stay_within_the_asked_rate_on_few_histories() -> None:
    assert false_share(60, 0, 0.02) <= allowed(0.02, 60)


@pytest.mark.slow
def test_false_findings_stay_within_the_asked_rate() -> None:
    assert false_share(1000, 1000, 0.02) <= allowed(0.02, 1000)


@pytest.mark.parametrize("seed", range(3))
def test_a_clean_column_beside_the_others_raises_nothing_on_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = [window(i, rng, ("a", "b", "calm")) for i in range(41)]
    broken = column(rng.normal(60, 1, ROWS), 0)
    windows[40].columns["a"] = broken

    def without(each: WindowSummary) -> WindowSummary:
        kept = {name: c for name, c in each.columns.items() if name != "calm"}
        return WindowSummary(each.start, each.end, each.rows, each.ids, columns=kept)

    both = DataChecks.learn(windows[:40]).judge(windows[40])
    alone = DataChecks.learn([without(each) for each in windows[:40]]).judge(without(windows[40]))
    assert [f.columns for f in both] == [f.columns for f in alone] == [("a",)]
