"""The answers that are weighed against each other, of all windows at once, against one window by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.medians import median, running_medians
from core.evaluation.estimate.ways import Said, ways

PRIOR = np.array([0.2, 0.3])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_medians_are_those_of_numpy(values: list[float]) -> None:
    seen = np.array(values)
    assert median(seen) == np.median(seen)
    assert running_medians(seen).tolist() == [np.median(seen[: k + 1]) for k in range(len(seen))]


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 1000))
def test_each_window_is_answered_by_those_alone_that_were_known_to_it(count: int, lag: int, seed: int) -> None:
    """What a window is told with all others behind it is what it would have been told at its own time."""
    said, truth, scale = stream(count, lag, seed)
    every = ways(said, truth, scale, PRIOR)
    for i in range(count + 1):
        known = said.known[i]
        own = ways(cut(said, i), truth[:known], scale[:known], PRIOR)
        assert np.allclose(every[i], own[-1], rtol=1e-9, equal_nan=True)


def test_the_correction_is_the_ridge_regression_that_it_says() -> None:
    said, truth, scale = stream(12, 1, seed=3)
    weight = 0.5 ** ((said.place[12] - said.place[:12]) / 60) / scale**2
    middle = np.average(said.value[:12], weights=weight)
    spread = np.sqrt(np.average((said.value[:12] - middle) ** 2, weights=weight))
    design = np.column_stack([np.ones(12), (said.value[:12] - middle) / spread])
    shrunk = np.diag(1 / (PRIOR * np.median(scale)) ** 2)
    sums = (design.T * weight) @ design + shrunk
    level, slope = np.linalg.solve(sums, (design.T * weight) @ (truth - said.value[:12]))
    moved = said.value[12] + level + slope * np.clip((said.value[12] - middle) / spread, -4, 4)
    assert ways(said, truth, scale, PRIOR)[12, 0] == pytest.approx(moved, rel=1e-9)


def test_a_window_to_which_none_is_known_says_what_its_snapshot_says() -> None:
    said, truth, scale = stream(5, 3, seed=1)
    assert (ways(said, truth, scale, PRIOR)[:3] == said.value[:3, None]).all()


def stream(count: int, lag: int, seed: int) -> tuple[Said, Floats, Floats]:
    """So many windows and the present one, each known `lag` windows later; a third have no labels in."""
    rng = np.random.default_rng(seed)
    value, truth = rng.uniform(0.7, 0.9, count + 1), rng.uniform(0.7, 0.9, count)
    early = np.where(rng.random(count + 1) < 0.33, np.nan, value + 0.02)
    known = np.append(np.maximum(np.arange(count) - lag + 1, 0), count)
    return Said(value, value - 0.01, early, np.arange(count + 1.0), known), truth, rng.uniform(0.01, 0.05, count)


def cut(said: Said, i: int) -> Said:
    """As it was when window i was the present one: those known to it, and itself."""
    seen = [*range(said.known[i]), i]
    return Said(*(getattr(said, name)[seen] for name in ("value", "plain", "early", "place", "known")))
