"""What a missing label says of its prediction, and of the time around it."""

import numpy as np
import pytest

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.outcome import Evidence
from core.evaluation.rows import Task

TASKS = [Task.BINARY, Task.MULTICLASS, Task.REGRESSION]


def missing(task: Task, late0: Floats, late1: Floats, mean: float = 0.4) -> Evidence:
    """Predictions without labels that expect `mean`; a regression's loss counts as large above .5."""
    count = len(late0)
    return Evidence(
        task, np.full(count, mean), np.full(count, np.nan), np.zeros(count, bool), late0, late1, 0.1, 1.0
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_label_that_good_outcomes_would_have_had_by_now_speaks_for_a_bad_one(task: Task) -> None:
    late0, late1 = np.array([1.0, 0.5, 0.05]), np.ones(3)
    seen = missing(task, late0, late1)
    place = seen.start(0.0)
    pull, _ = seen.pull(place)
    mean, weight = seen.settled(place[:, None])
    assert pull[0] == pytest.approx(0.0, abs=1e-12)
    assert 0 < pull[1] < pull[2]
    assert mean[0, 0] == pytest.approx(0.4)
    assert mean[0, 0] < mean[1, 0] < mean[2, 0]
    assert weight[0, 0] == pytest.approx(0.9)
    assert weight[2, 0] < weight[1, 0] < weight[0, 0]


@pytest.mark.parametrize("task", TASKS)
def test_pulls_are_the_derivatives_of_the_likelihood(task: Task) -> None:
    rng = np.random.default_rng(0)
    seen = missing(task, rng.random(50), rng.random(50))
    place, step = seen.start(0.3) + rng.normal(0, 0.5, 50), 1e-4

    def likelihood(at: Floats) -> Floats:
        p = np.exp(-0.5 / np.exp(at)) if task is Task.REGRESSION else 1 / (1 + np.exp(-at))
        return np.asarray(np.log(0.1 + 0.9 * (p * seen.late1 + (1 - p) * seen.late0)))

    first, second = seen.pull(place)
    up, here, down = likelihood(place + step), likelihood(place), likelihood(place - step)
    assert first == pytest.approx((up - down) / (2 * step), abs=1e-5)
    assert second == pytest.approx(-(up - 2 * here + down) / step**2, abs=1e-4)
