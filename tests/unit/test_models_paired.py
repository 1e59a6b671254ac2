"""Intervals of paired differences: against direct counts, against resampling, and for coverage."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.config.metric import Metric, Task, fitting
from core.evaluation.formulas import value_of
from core.evaluation.rows import Rows
from core.models.paired import difference
from tests.paired_support import paired, rows_of


def calls(task: Task, label: Sequence[object], *predictions: Sequence[object]) -> list[Rows]:
    return [rows_of(task, label, each) for each in predictions]


def test_the_estimate_counts_the_rows_that_only_one_got_right() -> None:
    labels = [1, 1, 1, 1, 0, 0, 0, 0]
    models = calls(Task.BINARY, labels, [1, 1, 1, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0, 0])
    found = difference(Metric.ACCURACY, *models)
    assert found is not None
    assert found.estimate == pytest.approx((2 - 1) / 8)
    # Bonett and Price by hand: (3 - 2) / 10 +- 1.96 * sqrt((.3 + .2 - .1 ** 2) / 10)
    assert (found.low, found.high) == pytest.approx((0.1 - 0.43386, 0.1 + 0.43386), abs=1e-4)


def test_models_that_never_disagree_still_leave_doubt() -> None:
    found = difference(Metric.ACCURACY, *calls(Task.MULTICLASS, ["a", "b"] * 10, ["a", "b"] * 10, ["a", "b"] * 10))
    assert found is not None
    assert found.estimate == 0
    assert found.low < 0 < found.high


def test_an_interval_of_errors_is_students() -> None:
    models = calls(Task.REGRESSION, [10.0, 20.0, 30.0, 40.0], [11.0, 18.0, 30.0, 44.0], [13.0, 19.0, 31.0, 44.0])
    found = difference(Metric.MAE, *models)
    assert found is not None
    # Errors differ by -2, 1, -1 and 0: mean -.5, deviation 1.29099, t with 3 degrees of freedom 3.18245.
    reach = 3.18245 * 1.290994 / 2
    assert (found.estimate, found.low, found.high) == pytest.approx((-0.5, -0.5 - reach, -0.5 + reach), abs=1e-4)


@pytest.mark.parametrize(("task", "metric"), [(task, metric) for task in Task for metric in fitting(task)])
def test_swapping_the_models_mirrors_the_interval(task: Task, metric: Metric) -> None:
    candidate, champion = paired(task, 300, seed=1, gain=0.5)
    one, other = difference(metric, candidate, champion), difference(metric, champion, candidate)
    assert one is not None
    assert other is not None
    assert (one.estimate, one.low, one.high) == pytest.approx((-other.estimate, -other.high, -other.low))
    assert one.estimate == pytest.approx(value_of(metric, candidate)[0] - value_of(metric, champion)[0])
    better = one.better(metric.higher_is_better)
    assert better.low <= better.estimate <= better.high
    assert better.estimate > 0, "the candidate was made better"


@pytest.mark.parametrize(("task", "metric"), [(task, metric) for task in Task for metric in fitting(task)])
def test_an_interval_covers_the_truth(task: Task, metric: Metric) -> None:
    """Equal models differ by nothing: nine of ten 95% intervals over samples of 200 rows, or more, hold 0."""
    held = 0
    for trial in range(40):
        found = difference(metric, *paired(task, 200, seed=trial))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert held >= 0.85 * 40


@pytest.mark.parametrize("metric", [Metric.AUC, Metric.F1, Metric.LOG_LOSS])
def test_an_interval_is_that_of_resampling(metric: Metric) -> None:
    candidate, champion = paired(Task.BINARY, 400, seed=3, gain=0.5)
    random, drawn = np.random.default_rng(0), []
    for _ in range(400):
        chosen = random.integers(0, 400, 400)
        values = [value_of(metric, _at(each, chosen))[0] for each in (candidate, champion)]
        drawn.append(values[0] - values[1])
    found = difference(metric, candidate, champion)
    assert found is not None
    width = np.quantile(drawn, 0.975) - np.quantile(drawn, 0.025)
    assert found.high - found.low == pytest.approx(width, rel=0.35)


def _at(rows: Rows, places: np.ndarray) -> Rows:
    columns = [each.iloc[places].reset_index(drop=True) for each in (rows.label, rows.prediction, rows.score)]
    return rows_of(rows.task, columns[0], columns[1], columns[2])


@pytest.mark.parametrize(
    ("metric", "models"),
    [
        (Metric.AUC, [rows_of(Task.BINARY, [1, 0, 0], [1, 0, 0], [0.9, 0.1, 0.2])] * 2),
        (Metric.MAE, [rows_of(Task.REGRESSION, [1.0], [2.0])] * 2),
        (Metric.R2, [rows_of(Task.REGRESSION, [5.0] * 50, [2.0] * 50)] * 2),
        (Metric.F1, [rows_of(Task.MULTICLASS, ["a"] * 19, ["a"] * 19)] * 2),
        (Metric.MAE, [rows_of(Task.REGRESSION, [], [])] * 2),
    ],
)
def test_rows_that_cannot_tell_have_no_interval(metric: Metric, models: list[Rows]) -> None:
    assert difference(metric, *models) is None


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    one = rows_of(Task.REGRESSION, [1.0, 2.0], [1.0, 3.0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        difference(Metric.MAE, one, one, confidence)
