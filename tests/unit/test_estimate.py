"""The estimator on simulated streams whose truth is known."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate.answer import Estimate, Measure, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.rows import Rows, Task
from tests.estimate_support import DAY, START, Stream, day_of, simulated, truth, walked

HOUR = timedelta(hours=1)
FITS = [
    (Task.BINARY, Measure.ACCURACY),
    (Task.REGRESSION, Measure.MAE),
    pytest.param(Task.BINARY, Measure.AUC, marks=pytest.mark.slow),
    pytest.param(Task.MULTICLASS, Measure.ACCURACY, marks=pytest.mark.slow),
    pytest.param(Task.REGRESSION, Measure.RMSE, marks=pytest.mark.slow),
    pytest.param(Task.REGRESSION, Measure.R2, marks=pytest.mark.slow),
    pytest.param(Task.BINARY, Measure.LOG_LOSS, marks=pytest.mark.slow),
    pytest.param(Task.BINARY, Measure.F1, marks=pytest.mark.slow),
    pytest.param(Task.MULTICLASS, Measure.RECALL, marks=pytest.mark.slow),
]


def answered(found: list[tuple[Estimate | Unknown, float]]) -> tuple[list[Estimate], np.ndarray]:
    kept = [(answer, real) for answer, real in found if isinstance(answer, Estimate)]
    return [answer for answer, _ in kept], np.array([real for _, real in kept])


@pytest.mark.parametrize(("task", "measure"), FITS)
def test_intervals_cover_and_estimates_lean_to_no_side(task: Task, measure: Measure) -> None:
    found = walked(simulated(Stream(days=75), task), measure, range(45, 75), 0 * HOUR)
    answers, real = answered(found)
    assert len(answers) == 30
    values = np.array([answer.value for answer in answers])
    inside = np.array([answer.low <= fact <= answer.high for answer, fact in zip(answers, real, strict=True)])
    assert inside.mean() >= 0.8  # 30 days of 90%: fewer than 24 come once in ninety
    assert abs((values - real).mean()) < 2.6 * real.std() / np.sqrt(30)
    assert all(answer.low <= answer.value <= answer.high for answer in answers)


@pytest.mark.parametrize(("task", "measure"), FITS)
def test_arriving_labels_bring_the_estimate_to_the_truth(task: Task, measure: Measure) -> None:
    rows = simulated(Stream(days=56), task)
    early, real = answered(walked(rows, measure, range(48, 56), 0 * HOUR))
    late, _ = answered(walked(rows, measure, range(48, 56), 48 * HOUR))
    first = np.abs(np.array([answer.value for answer in early]) - real).mean()
    last = np.abs(np.array([answer.value for answer in late]) - real).mean()
    assert last < 0.1 * first
    assert late[0].label_coverage > 0.8 > early[0].label_coverage


def test_overdue_labels_tell_of_a_bad_day_before_they_come() -> None:
    """Most that has arrived by then is good, as always: bad labels take twice as long. How many are missing tells."""
    rows = simulated(Stream(days=60, each=200, shock=1.0))
    found = walked(rows, Measure.ACCURACY, range(40, 60), 16 * HOUR)
    answers, real = answered(found)
    values = np.array([answer.value for answer in answers])
    noon = [day_of(number).start + 16 * HOUR for number in range(40, 60)]
    arrived = [
        rows.between(day_of(n).start, day_of(n).end).known(at) for n, at in zip(range(40, 60), noon, strict=True)
    ]
    naive = np.array([truth(day.where(day.labelled), Measure.ACCURACY) for day in arrived])
    assert np.abs(values - real).mean() < 0.5 * np.abs(naive - real).mean()


def test_what_comes_later_changes_nothing() -> None:
    """The same answer from a log that ends now and from one that holds the labels to come."""
    rows = simulated(Stream())
    window, now = day_of(45), day_of(45).start + 12 * HOUR
    answers = []
    for known in (rows.known(now), rows):
        estimator = Estimator(Task.BINARY, Measure.ACCURACY, DAY)
        estimator.learn(known.between(START, window.start), now)
        answers.append(estimator.estimate(window, known, now))
    assert answers[0] == answers[1]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = simulated(Stream())
    mixed = rows.where(pd.Series(True, index=rows.at.index))
    order = np.random.default_rng(1).permutation(len(rows))
    mixed = Rows(
        rows.task,
        rows.at.iloc[order],
        rows.prediction.iloc[order],
        rows.label.iloc[order],
        rows.label_at.iloc[order],
        rows.features.iloc[order],
        None if rows.score is None else rows.score.iloc[order],
    )
    first, second = (walked(each, Measure.ACCURACY, range(45, 46), 12 * HOUR)[0][0] for each in (rows, mixed))
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    assert first.value == pytest.approx(second.value)


def test_labels_that_take_weeks_are_waited_for() -> None:
    found = walked(simulated(Stream(days=90, delay_hours=24 * 7)), Measure.ACCURACY, range(70, 90), 24 * HOUR)
    answers, real = answered(found)
    assert len(answers) >= 15
    inside = [
        answer.low <= fact <= answer.high for answer, fact in zip(answers, real[-len(answers) :], strict=True)
    ]
    assert np.mean(inside) >= 0.75


def test_windows_that_nobody_asked_about_are_learned_from_like_the_others() -> None:
    """Losses of about fifty: rows that were never estimated must not be taken for losses of one."""
    rows = simulated(Stream(days=60, each=60), Task.REGRESSION)
    far = replace(rows, label=rows.prediction + 50 * (rows.label - rows.prediction))
    estimator, misses = Estimator(Task.REGRESSION, Measure.MAE, DAY), []
    estimator.learn(far.between(START, day_of(40).start).known(day_of(40).start), day_of(40).start)
    for number in range(41, 60, 2):
        window, before = day_of(number), far.between(day_of(number - 4).start, day_of(number).start)
        estimator.learn(before.known(window.start), window.start)
        day = far.between(window.start, window.end)
        answer = estimator.estimate(window, day.known(window.start), window.start)
        assert isinstance(answer, Estimate)
        misses.append(abs(answer.value - truth(day, Measure.MAE)) / truth(day, Measure.MAE))
    assert np.median(misses) < 0.5


def test_the_realized_metric_comes_with_its_correction() -> None:
    rows, estimator, gains = (
        simulated(Stream(days=50, each=200)),
        Estimator(Task.BINARY, Measure.ACCURACY, DAY),
        [],
    )
    for number in range(40, 50):
        window, now = day_of(number), day_of(number).start + 16 * HOUR
        estimator.learn(rows.between(START, window.start), now)
        found = estimator.realized(window, rows, now)
        assert found is not None
        assert found.corrected is not None
        day = rows.between(window.start, window.end).known(now)
        assert found.value == pytest.approx(truth(day.where(day.labelled), Measure.ACCURACY))
        assert found.labels < found.rows == 200
        gains.append(found.corrected.value - found.value)
    assert np.mean(gains) < -0.02  # the labels of wrong predictions come later here
    assert estimator.realized(day_of(49), rows, day_of(49).start - DAY) is None
