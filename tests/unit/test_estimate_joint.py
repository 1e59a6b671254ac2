"""Features that part while none of them moves: what is said of a day whose rows lie where no label has told of any."""

from datetime import timedelta

import numpy as np
import pandas as pd

from core.evaluation.estimate.answer import Estimate, Measure, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.rows import Rows, Task
from tests.estimate_support import DAY, START, day_of

DAYS, EACH, PARTS = 40, 60, 36


def parted(rho: float) -> Rows:
    """Two numbers that go together, from day PARTS on by this correlation; the labels of a day are in on the next."""
    rng = np.random.default_rng(5)
    count = DAYS * EACH
    first, noise, chance = rng.normal(size=count), rng.normal(size=count), rng.random(count)
    by = np.where(np.arange(count) >= PARTS * EACH, rho, 0.9)
    second = by * first + np.sqrt(1 - by**2) * noise
    score = pd.Series(1 / (1 + np.exp(-2 * first)))
    at = pd.Series(pd.to_datetime([START + DAY * (i / EACH) for i in range(count)], utc=True))
    label, features = pd.Series((chance < score).astype(float)), pd.DataFrame({"x": first, "y": second})
    return Rows(Task.BINARY, at, (score > 0.5).astype(float), label, at + timedelta(hours=24), features, score)


def said(rho: float, day: int = PARTS) -> Estimate | Unknown:
    rows, window = parted(rho), day_of(day)
    estimator = Estimator(Task.BINARY, Measure.ACCURACY, DAY)
    estimator.learn(rows.between(START, window.start).known(window.start), window.start)
    return estimator.estimate(window, rows.between(window.start, window.end).known(window.start), window.start)


def test_of_a_day_that_lies_where_no_label_told_of_little_is_said() -> None:
    usual, odd = said(0.9), said(-0.9)
    assert isinstance(usual, Estimate)
    if isinstance(odd, Estimate):
        assert odd.high - odd.low > 1.5 * (usual.high - usual.low)
        assert "no label has told of" in odd.reason
    else:
        assert odd.cause == "novel-features"


def test_once_a_few_such_days_have_labels_the_metric_is_estimated_as_ever() -> None:
    usual, again = said(0.9), said(-0.9, PARTS + 3)
    assert isinstance(usual, Estimate)
    assert isinstance(again, Estimate)
    assert again.high - again.low < 1.5 * (usual.high - usual.low)
