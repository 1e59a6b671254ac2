"""Columns of nearly one value: with which others they go is chance, now and where they were so before."""

import numpy as np
import pytest

from core.evaluation.checks.distance import MEASURES
from core.evaluation.checks.settled import settled
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.track import Track
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import ROWS, day, window


def codes(others: int) -> WindowSummary:
    """So many rows have another code than the rest."""
    values = np.zeros(ROWS)
    values[:others] = 1 + np.arange(others) % 3
    return window(60, day(60) | {"temp": values})


def modes(others: list[int]) -> Track:
    """The share of the commonest value in past windows with so many others each."""
    track = Track(MEASURES["mode"], 1)
    for at, each in enumerate(others):
        track.add(at, Signal(np.array([1 - each / ROWS]), ROWS), None)
    return track


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        pytest.param(5, [3, 9, 1, 12] * 10, True, id="now and before"),
        pytest.param(80, [3, 9, 1, 12] * 10, True, id="before, so that relations were none"),
        pytest.param(80, [60, 110, 70, 90] * 10, False, id="neither"),
        pytest.param(5, [60, 110, 70, 90] * 10, True, id="now"),
        pytest.param(5, [5] * 40, False, id="always as many: no chance"),
        pytest.param(5, [], True, id="no past"),
    ],
)
def test_settled_now_or_in_most_of_the_past(now: int, before: list[int], expected: bool) -> None:
    found = settled(codes(now), {("mode", ("temp",)): modes(before)})
    assert ("temp" in found) is expected
    assert not found & {"wind", "gust", "origin"}
