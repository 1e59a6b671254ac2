"""Every measure of the estimator agrees with the metric of the same name, and its expectation with its mean."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.measure import SIMULATED, drawn, hidden, learn_confusion, metrics, noise
from core.evaluation.estimate.memory import Table, tabled, usable
from core.evaluation.formulas import value_of
from core.evaluation.rows import Rows, Task

EVERY = [(task, measure) for measure in Measure for task in measure.tasks]


def rows(task: Task, count: int = 400, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    at = pd.Series(pd.date_range("2024-01-01", periods=count, freq="min", tz="UTC"))
    score = pd.Series(rng.random(count))
    if task is Task.BINARY:
        label, called = (rng.random(count) < score).astype(float), score.ge(0.5).astype(float)
    elif task is Task.MULTICLASS:
        true = rng.choice(["cat", "dog", "owl", "fox"], count, p=[0.4, 0.3, 0.2, 0.1])
        label, called = pd.Series(true), pd.Series(np.where(rng.random(count) < 0.7, true, "cat"))
    else:
        called = pd.Series(rng.normal(10, 4, count))
        label = called + rng.normal(0, 2, count)
    return Rows(task, at, called, pd.Series(label), at, pd.DataFrame(index=at.index), score)


def table_of(found: Rows, measure: Measure) -> Table:
    return tabled(found, measure, np.zeros((len(found), 0)))


@pytest.mark.parametrize(("task", "measure"), EVERY)
def test_with_every_label_known_it_is_the_metric(task: Task, measure: Measure) -> None:
    found = rows(task)
    table = table_of(found, measure)
    every = np.ones((len(found), 1))
    (value,) = metrics(measure, task, table.outcome[:, None], every, table)
    assert value == pytest.approx(value_of(measure, found)[0])


@pytest.mark.parametrize(("task", "measure"), EVERY)
def test_half_the_labels_and_the_right_expectation_of_the_rest_come_close(task: Task, measure: Measure) -> None:
    found = rows(task, 4000)
    whole = table_of(found, measure)
    known = np.random.default_rng(1).random(len(found)) < 0.5
    half = hidden(whole, known)
    expected = found.score if task is Task.BINARY else whole.outcome.mean()
    if task is Task.MULTICLASS:  # only cats are called wrongly
        expected = np.where(found.prediction == "cat", whole.outcome[found.prediction == "cat"].mean(), 0.0)
    mean = np.where(known, whole.outcome, expected)[:, None]
    confusion = learn_confusion(whole, known) if task is Task.MULTICLASS else None
    (value,) = metrics(measure, task, mean, np.ones_like(mean), half, confusion)
    truth, _ = value_of(measure, found)
    assert truth is not None
    assert value == pytest.approx(truth, abs=0.03 * max(1.0, abs(truth)))


@pytest.mark.parametrize("measure", [m for m in Measure if Task.BINARY in m.tasks])
def test_single_outcomes_vary_a_metric_as_much_as_it_says(measure: Measure) -> None:
    found = rows(Task.BINARY)
    table, mean = table_of(found, measure), np.repeat(found.score.to_numpy()[:, None], 400, axis=1)
    weight = np.ones_like(mean)
    outcome = (np.random.default_rng(7).random(mean.shape) < mean).astype(float)
    real = np.var(metrics(measure, Task.BINARY, outcome, weight, table))
    if measure in SIMULATED:
        said = drawn(measure, Task.BINARY, mean, weight, table, None)
    else:
        said = noise(measure, Task.BINARY, mean, weight, np.ones(len(found), bool), table, 1.0)
    assert said == pytest.approx(real, rel=0.3)


def test_rows_without_what_a_measure_reads_do_not_count() -> None:
    found = rows(Task.BINARY)
    assert found.score is not None
    found.score.iloc[:10] = np.nan
    found.prediction.iloc[5:20] = np.nan
    assert len(usable(found, Measure.AUC)) == 380
    assert len(usable(found, Measure.ACCURACY)) == 385
