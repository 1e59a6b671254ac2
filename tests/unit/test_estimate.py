"""The estimator on simulated streams whose truth is known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate.answer import Estimate, Measure, Unknown, spread_of
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def stream(days: int, each: int = 50, seed: int = 0) -> Rows:
    """Predictions that are right eight times in ten, with labels half a day later."""
    rng = np.random.default_rng(seed)
    at = pd.Series(pd.to_datetime([START + DAY * i / each for i in range(days * each)], utc=True))
    label = pd.Series((rng.random(len(at)) < 0.5).astype(float))
    prediction = label.where(rng.random(len(at)) < 0.8, 1 - label)
    features = pd.DataFrame({"x": rng.normal(size=len(at))})
    return Rows(Task.BINARY, at, prediction, label, at + pd.Timedelta(hours=12), features)


def estimated(rows: Rows, day: int) -> Estimate | Unknown:
    start = START + DAY * day
    estimator = Estimator(Task.BINARY, Measure.ACCURACY, DAY)
    estimator.learn(rows.between(START, start).known(start), start)
    return estimator.estimate(Window(start, start + DAY), rows.between(start, start + DAY), start)


def test_a_steady_stream_is_estimated_near_its_truth() -> None:
    answer = estimated(stream(40), 35)
    assert isinstance(answer, Estimate)
    assert abs(answer.value - 0.8) < 0.06
    assert answer.low < 0.8 < answer.high
    assert answer.label_coverage == 0


def test_without_past_labels_nothing_is_estimated() -> None:
    answer = estimated(stream(40), 2)
    assert isinstance(answer, Unknown)
    assert answer.cause == "few-labels"


def test_an_empty_window_has_no_metric() -> None:
    answer = estimated(stream(35), 35)
    assert isinstance(answer, Unknown)
    assert answer.cause == "no-predictions"


def test_a_measure_must_fit_the_task() -> None:
    with pytest.raises(ValueError, match="rmse"):
        Estimator(Task.BINARY, Measure.RMSE, DAY)


def test_a_spread_covers_by_its_past_errors() -> None:
    spread = spread_of(0.5, 0.1, [-2.0, -1.0, 0.0, 1.0, 2.0], Measure.ACCURACY)
    assert spread.quantile(0.05) == pytest.approx(0.3)
    assert spread.quantile(0.95) == pytest.approx(0.7)
    assert spread.below(0.5) == pytest.approx(0.5)
    assert 0 < spread.below(0.0) < spread.below(1.0) < 1
