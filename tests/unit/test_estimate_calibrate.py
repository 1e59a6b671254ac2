"""What the score alone says beside the trees, and which of several answers is followed."""

import numpy as np
import pytest

from core.evaluation.estimate.blend import aggregated, stacked
from core.evaluation.estimate.calibrate import calibrate, mixed, share_of_trees
from core.evaluation.estimate.shock import PER_WINDOW, learn_shocks
from core.evaluation.rows import Task


def test_a_curve_follows_the_score_whichever_way_it_points() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(2000)
    for chance in (score, 1 - score):
        curve = calibrate(score, (rng.random(2000) < chance).astype(float))
        low, high = np.array([0.1, 0.9]) if chance is score else np.array([0.9, 0.1])
        assert curve.predict(np.array([0.1, 0.9])) == pytest.approx([low, high], abs=0.1)


def test_without_scores_or_without_rows_the_curve_is_a_constant() -> None:
    outcome = np.array([1.0, 0.0, 0.0, 0.0])
    assert calibrate(np.full(4, np.nan), outcome).predict(np.zeros(2)) == pytest.approx([0.3, 0.3])
    assert calibrate(np.full(4, 0.7), outcome).predict(np.array([0.7, np.nan])) == pytest.approx([0.3, 0.3])
    assert calibrate(np.zeros(0), np.zeros(0)).predict(np.zeros(1)) == pytest.approx([0.5])


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_the_one_that_knows_more_counts_more(task: Task) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.05, 0.95, 3000)
    outcome = (rng.random(3000) < truth).astype(float)
    noise = np.clip(truth + rng.normal(0, 0.3, 3000), 0.02, 0.98)
    assert share_of_trees(task, truth, noise, outcome) >= 0.75
    assert share_of_trees(task, noise, truth, outcome) <= 0.25
    assert share_of_trees(task, noise, truth, np.full(3000, np.nan)) == 1.0


def test_between_two_expectations_lies_their_mixture() -> None:
    one, other = np.array([0.2]), np.array([0.6])
    assert mixed(Task.BINARY, one, other, 1.0) == pytest.approx(one)
    assert mixed(Task.REGRESSION, one, other, 0.0) == pytest.approx(other)
    assert 0.2 < mixed(Task.BINARY, one, other, 0.5)[0] < 0.6


def test_what_is_lost_against_the_best_answer_is_small_whichever_it_is() -> None:
    rng = np.random.default_rng(0)
    truth, place, scale = rng.normal(size=80), np.arange(80.0), np.ones(80)
    for best in range(4):
        off = np.array([1.0, 0.8, 1.2, 0.9])
        off[best] = 0.2
        ways = truth[:, None] + off * rng.normal(size=(80, 4))
        told = [
            aggregated(ways, truth, scale, place, np.arange(i), place[i], ways[i]) - truth[i]
            for i in range(20, 80)
        ]
        assert np.mean(np.abs(told)) < 1.5 * np.mean(np.abs(ways[20:, best] - truth[20:]))


def test_of_too_few_windows_the_first_answer_is_taken() -> None:
    ways, now = np.zeros((4, 2)), np.array([0.3, 0.9])
    few = (ways, np.ones(4), np.ones(4), np.arange(4.0), np.arange(4), 4.0, now)
    assert aggregated(*few) == stacked(*few) == 0.3


def test_where_there_are_no_shocks_next_to_none_are_found() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(20):
        cells = 24 * 90
        gap = rng.normal(0, np.sqrt(2.0), cells)
        found.append(learn_shocks((np.arange(cells) + 0.5) / PER_WINDOW, gap, np.full(cells, 2.0)).variance)
    assert np.median(found) < 0.005
