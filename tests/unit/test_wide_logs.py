"""What many columns cost, counted in calls: twice the columns, about twice the calls, also when all are off."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks import explain
from core.evaluation.checks.attribute import by_column
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.explain import Explainer
from core.evaluation.checks.heard import Heard
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.track import Track
from core.evaluation.estimate.inputs import MOST_INPUTS, telling
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

START = datetime(2024, 1, 1, tzinfo=UTC)


def calls(work: Callable[[], Any]) -> int:
    """How many functions of Python and of C are called."""
    count = 0

    def counting(_frame: Any, event: str, _what: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_broken_pairs_of_twice_the_columns_take_twice_the_calls() -> None:
    def blame(pairs: int) -> int:
        ratios = {("together", (f"a{i}", f"b{i}")): 4.0 for i in range(pairs)}
        return calls(lambda: by_column(ratios, 2.0))

    assert blame(100) < 2.3 * blame(50)


def quantiles(middle: float) -> tuple[float, ...]:
    return tuple(float(each) for each in middle + np.linspace(-2, 2, len(QUANTILES)))


def judged(columns: int) -> Explainer:
    """A window in which every column holds what lies far from its past, and from that of the others."""
    names = [f"c{i:03d}" for i in range(columns)]
    tracks: dict[Key, Track] = {}
    for place, name in enumerate(names):
        for check in ("level", "spread", "shape"):
            tracks[check, (name,)] = track = Track(measure_of(check), len(QUANTILES))
            for window in range(9):
                track.add(window, Signal(np.array(quantiles(100.0 * place)), 500), None)
    now = {key: Signal(np.array(quantiles(1e7)), 500) for key in tracks}
    summary = {name: ColumnSummary(ValueKind.NUMBER, "float64", 500, 0, 500) for name in names}
    window = WindowSummary(START, START + timedelta(days=1), 500, 500, 0, columns=summary)
    ratios = {key: 9.0 for key in now if key[0] == "level"}
    return Explainer(window, now, tracks, Heard(), ratios, 2.0)


def test_columns_that_are_all_off_are_tried_as_swaps_with_so_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "MOST_PARTNERS", 4)

    def explained(columns: int) -> int:
        blamed = {f"c{i:03d}": {"level": 9.0} for i in range(columns)}
        explainer = judged(columns)
        return calls(lambda: explainer.findings(blamed, {}))

    assert explained(32) < 2.3 * explained(16)


def test_a_swap_of_neighbours_is_told_among_many_columns_that_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "MOST_PARTNERS", 4)
    explainer = judged(12)
    for mine, other in (("c005", "c006"), ("c006", "c005")):
        for check in ("level", "spread"):
            usual = explainer._tracks[check, (other,)].past.usual()
            explainer._now[check, (mine,)] = Signal(usual, 500)  # type: ignore[index]
    found = explainer.findings({f"c{i:03d}": {"level": 9.0} for i in range(12)}, {})
    assert [each.columns for each in found if each.check == "swap"] == [("c005", "c006")]


def matrix(columns: int) -> tuple[Any, Any]:
    """The outcome hangs on the third and, by its codes, on the last column but two; the others are noise."""
    rng = np.random.default_rng(columns)
    values = rng.normal(size=(1_500, columns))
    values[:, -3] = rng.integers(0, 30, 1_500)
    values[rng.random(values.shape) < 0.1] = np.nan
    odd = np.nan_to_num(values[:, -3]) % 2
    return values, (np.nan_to_num(values[:, 2]) + odd + rng.normal(size=1_500) > 0.5).astype(float)


def test_trees_are_given_the_columns_that_say_most_of_a_wide_log() -> None:
    values, outcome = matrix(4 * MOST_INPUTS)
    last = values.shape[1] - 1
    given = telling(values, outcome, [last - 2], always=1, wanted=[7]).tolist()
    assert len(given) == MOST_INPUTS
    assert given == sorted(given)
    assert {2, 7, last - 2, last} <= set(given)
    assert set(telling(values, outcome, [last - 2]).tolist()) >= {2, last - 2}


def test_of_a_narrow_log_they_are_given_all() -> None:
    values, outcome = matrix(MOST_INPUTS)
    assert telling(values, outcome, [], always=4).tolist() == list(range(MOST_INPUTS))


def test_a_column_that_is_missing_throughout_or_never_varies_says_nothing() -> None:
    values, outcome = matrix(2 * MOST_INPUTS)
    values[:, 10], values[:, 11] = np.nan, 3.0
    given = telling(values, np.stack([outcome, 1 - outcome], axis=1), [])
    assert not {10, 11} & set(given.tolist())
