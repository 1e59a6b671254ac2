"""What an overdue label betrays, learned from many rows."""

import numpy as np
import pytest

from core.evaluation.estimate import arrival as arriving
from core.evaluation.estimate.arrival import learn_arrival


def test_of_many_rows_some_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels of outcome 1 take thrice as long; half of each are missing at their median delay, as without thinning."""
    monkeypatch.setattr(arriving, "MOST_DELAYS", 4_000)
    rng, rows = np.random.default_rng(4), 20_000
    outcome = (rng.random(rows) < 0.5).astype(float)
    hours = rng.exponential(np.where(outcome > 0, 30.0, 10.0))
    matrix = rng.normal(size=(rows, 2))
    arrival = learn_arrival(matrix, outcome, hours, np.ones(rows, bool), np.full(rows, 1e3), [], 0.5)
    assert [len(misses) for misses in arrival.misses] == [4_000, 4_000]
    few = matrix[:2_000]
    for side, expected in enumerate(arrival.expected(few)):
        median = np.full(len(few), np.log(2) * (30.0 if side else 10.0))
        assert abs(arrival.missing(expected, median, side).mean() - 0.5) < 0.03
