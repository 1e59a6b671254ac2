"""The pure rules of an estimate: spreads, corrections, drift and shocks, on numbers made for each."""

import numpy as np
import pytest

from core.evaluation.estimate.answer import Measure, spread_of
from core.evaluation.estimate.correct import Past, corrected
from core.evaluation.estimate.doubts import drifted
from core.evaluation.estimate.shock import MEMORIES, PER_WINDOW, learn_shocks


def test_a_run_of_misses_to_one_side_is_called_drift() -> None:
    usual = np.random.default_rng(0).normal(size=50)
    assert not drifted(usual)
    assert drifted(np.append(usual, [5.0, 6.0, 5.5]))
    assert not drifted(np.append(usual, [5.0, -6.0, 5.5]))
    assert not drifted(np.array([5.0, 6.0, 5.5]))
    assert not drifted(np.append(usual, [5.0, 6.0, 5.5]), trifle=8.0)


def test_a_spread_covers_by_its_past_errors() -> None:
    spread = spread_of(0.5, 0.1, [-2.0, -1.0, 0.0, 1.0, 2.0], Measure.ACCURACY)
    assert spread.quantile(0.05) == pytest.approx(0.3)
    assert spread.quantile(0.95) == pytest.approx(0.7)
    assert spread.below(0.5) == pytest.approx(0.5)
    assert 0 < spread.below(0.0) < spread.below(1.0) < 1


def test_a_constant_lean_of_the_past_is_corrected() -> None:
    rng = np.random.default_rng(0)
    value = rng.uniform(0.6, 0.9, 60)
    real = value + 0.05 + rng.normal(0, 0.01, 60)
    found = corrected(Past(real, value, np.full(60, 0.05), np.arange(60.0)), 60.0, (0.7, 0.05), 0.5)
    assert found.value == pytest.approx(0.75, abs=0.01)


def test_where_features_begin_to_mislead_the_recent_past_takes_over() -> None:
    """For 60 windows the snapshots are right, then the metric falls by .3 and they do not see it."""
    rng = np.random.default_rng(0)
    value = rng.uniform(0.75, 0.85, 80)
    fallen = np.where(np.arange(80) >= 60, -0.3, 0.0)
    past = Past(value + fallen + rng.normal(0, 0.02, 80), value, np.full(80, 0.02), np.arange(80.0))
    assert corrected(past, 80.0, (0.8, 0.02), 0.0).value == pytest.approx(0.5, abs=0.03)


def test_labels_that_take_weeks_cost_past_answers_as_many_windows() -> None:
    """A walk that nobody can foresee: errors of answers that knew the last window would be too small."""
    walk = 0.7 + 0.02 * np.cumsum(np.random.default_rng(3).normal(size=90))
    flat = np.full(90, 0.7)
    soon = corrected(Past(walk, flat, flat / 10, np.arange(90.0)), 90.0, (0.7, 0.07), 0.0)
    late = corrected(Past(walk, flat, flat / 10, np.arange(90.0)), 98.0, (0.7, 0.07), 0.0)
    assert np.std(late.errors) > 1.3 * np.std(soon.errors)


def test_the_strength_and_memory_of_shocks_are_learned() -> None:
    """Gaps that share a walk of half a window's memory, in cells of weight 20."""
    rng = np.random.default_rng(4)
    cells, keep = 24 * 200, np.exp(-1 / PER_WINDOW / 0.5)
    shock = np.zeros(cells)
    for place in range(1, cells):
        shock[place] = keep * shock[place - 1] + rng.normal(0, 0.7 * np.sqrt(1 - keep**2))
    gap = 20 * shock + rng.normal(0, np.sqrt(20), cells)
    found = learn_shocks((np.arange(cells) + 0.5) / PER_WINDOW, gap, np.full(cells, 20.0))
    assert found.variance == pytest.approx(0.49, rel=0.3)
    memory = np.average(MEMORIES, weights=np.maximum(found.variances, 1e-9))
    assert 0.25 < memory < 1.2
