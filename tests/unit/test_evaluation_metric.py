"""Metrics and labels against figures known from elsewhere."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.config.metric import Metric, Task, fitting
from core.evaluation.formulas import FORMULAS, usable, value_of
from core.evaluation.labels.describe import coverage, describe
from core.evaluation.log.prediction_log import Delays
from core.evaluation.metric import accuracy, jackknife, measure, wilson
from core.evaluation.rows import Rows
from tests.rows_support import shuffled


def test_wilson_as_published() -> None:
    # Newcombe (1998), table I: 81 of 263 gives .2553 to .3662; 0 of 20 gives 0 to .1611.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(("right", "labels"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_proportion(right: int, labels: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(right, labels)


def test_accuracy_needs_a_label() -> None:
    assert accuracy(0, 0) is None
    measured = accuracy(7, 10)
    assert measured is not None
    assert (measured.value, measured.labels) == (0.7, 10)


def made(task: Task, count: int, seed: int = 0) -> Rows:
    """Predictions of which all labels are known."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"{seed}-{i}" for i in range(count)])
    score = None
    if task is Task.REGRESSION:
        label = rng.lognormal(3, 0.5, count)
        prediction = label + rng.normal(0, 8, count)
    elif task is Task.BINARY:
        score = rng.beta(1, 2, count)
        label, prediction = (rng.random(count) < score).astype(float), (score >= 0.5).astype(float)
    else:
        truth = rng.choice(3, count, p=[0.6, 0.3, 0.1])
        said = np.where(rng.random(count) < 0.75, truth, rng.choice(3, count))
        names = np.array(["cat", "dog", "owl"], dtype=object)
        label, prediction = names[truth], names[said]
    at = pd.Series(pd.Timestamp("2024-01-01", tz="UTC"), index=index)
    told = None if score is None else pd.Series(score, index=index)
    called, true = (pd.Series(each, index=index) for each in (prediction, label))
    return Rows(task, at, called, true, at, pd.DataFrame(index=index), told)


FITTING = [(task, metric) for task in Task for metric in fitting(task)]


@pytest.mark.parametrize(("task", "metric"), FITTING)
def test_intervals_shrink_with_labels_and_hold_the_truth(task: Task, metric: Metric) -> None:
    few, many, every = (
        measure(metric, made(task, count, seed)) for count, seed in ((150, 1), (2400, 2), (40_000, 3))
    )
    assert few is not None
    assert many is not None
    assert every is not None
    assert every.value == pytest.approx(value_of(metric, made(task, 40_000, 3))[0])
    widths = [each.high - each.low for each in (few, many, every)]  # type: ignore[operator]
    assert widths[0] > 2 * widths[1] > 4 * widths[2] > 0
    assert many.low - widths[1] / 4 < every.value < many.high + widths[1] / 4  # type: ignore[operator]


@pytest.mark.parametrize(("task", "metric"), FITTING)
def test_the_order_of_rows_changes_no_interval(task: Task, metric: Metric) -> None:
    rows = made(task, 400)
    order = np.random.default_rng(5).permutation(400)
    turned = shuffled(rows, order)
    one, other = measure(metric, rows), measure(metric, turned)
    assert one is not None
    assert other is not None
    assert [one.value, one.low, one.high] == pytest.approx([other.value, other.low, other.high])


@pytest.mark.parametrize(("task", "metric"), FITTING)
def test_the_jackknife_leaves_one_group_of_rows_out_at_a_time(task: Task, metric: Metric) -> None:
    """Of 40 rows in 20 groups: by its definition, with the two rows of each group left out by hand."""
    columns = usable(metric, made(task, 40))
    order = np.argsort(pd.util.hash_array(columns[0].index.to_numpy()), kind="stable")
    without = []
    for group in range(20):
        kept = np.delete(order, [group, group + 20])
        label, prediction, score = (None if each is None else each.iloc[kept] for each in columns)
        without.append(FORMULAS[metric](label, prediction, score))
    error = jackknife([columns], lambda values: values[0], metric)
    assert error == pytest.approx(np.sqrt(19 * np.var(without)), rel=1e-9)


def test_few_labels_have_no_interval_and_one_class_no_auc() -> None:
    assert measure(Metric.MAE, made(Task.REGRESSION, 0)) is None
    few = measure(Metric.MAE, made(Task.REGRESSION, 5))
    assert few is not None
    assert (few.low, few.high, few.labels) == (None, None, 5)
    rows = made(Task.BINARY, 100)
    assert measure(Metric.AUC, rows.where(rows.label == 1)) is None
    tied = measure(Metric.AUC, replace(rows, score=rows.score * 0))  # type: ignore[operator]
    assert tied is not None
    assert tied.value == 0.5


def test_an_interval_stays_within_what_a_metric_can_be() -> None:
    rows = made(Task.BINARY, 60)
    measured = measure(Metric.AUC, replace(rows, score=rows.label))
    assert measured is not None
    assert (measured.value, measured.high) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("delays", "text"),
    [
        (Delays(0, 0, None, None, None), "Nothing was predicted."),
        (Delays(1200, 0, None, None, None), "0 of 1,200 labels are in (0%)."),
        (
            Delays(1200, 1199, 6.25, 50.0, 80.0),
            "(over 99%); half of them within 6.2 h, nine in ten within 2.1 days.",
        ),
        (Delays(1200, 3, 0.5, 0.75, 0.75), "(under 1%); half of them within 30 min, nine in ten within 45 min."),
    ],
)
def test_labels_in_words(delays: Delays, text: str) -> None:
    assert describe(delays).endswith(text)


def test_coverage() -> None:
    assert coverage(Delays(8, 2, 1.0, 1.0, 1.0)) == 0.25
    assert coverage(Delays(0, 0, None, None, None)) is None
