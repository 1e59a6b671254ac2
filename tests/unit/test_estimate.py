"""The estimator on simulated streams whose truth is known."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from core.evaluation.estimate.answer import Estimate, Measure, Unknown, spread_of
from core.evaluation.estimate.correct import Past, corrected
from core.evaluation.estimate.doubts import drifted
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.estimate.shock import MEMORIES, PER_WINDOW, learn_shocks
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


@pytest.fixture(autouse=True)
def _one_thread() -> object:
    with threadpool_limits(limits=1):
        yield


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


def test_a_feed_of_labels_that_stops_is_no_disaster_and_then_unknown() -> None:
    rows = simulated(Stream(days=60))
    cut = day_of(45).start
    silent = replace(
        rows, label=rows.label.where(rows.label_at < cut), label_at=rows.label_at.where(rows.label_at < cut)
    )
    first = walked(silent, Measure.ACCURACY, range(45, 46), 20 * HOUR)[0][0]
    assert isinstance(first, Estimate)
    day = rows.between(day_of(45).start, day_of(45).end)
    assert first.low <= truth(day, Measure.ACCURACY) <= first.high
    last = walked(silent, Measure.ACCURACY, range(55, 56), 20 * HOUR)[0][0]
    assert isinstance(last, Unknown)
    assert last.cause == "labels-stopped"
    assert "No label has come" in last.reason


def test_features_never_seen_are_not_guessed_from() -> None:
    rows = simulated(Stream())
    strange = rows.features["site"].where(rows.at < day_of(45).start, "elsewhere")
    odd = replace(rows, features=rows.features.assign(site=strange))
    answer = walked(odd, Measure.ACCURACY, range(45, 46), 0 * HOUR)[0][0]
    assert isinstance(answer, Unknown)
    assert answer.cause == "novel-features"


def test_what_was_novel_is_known_once_its_window_is_over() -> None:
    rows = simulated(Stream())
    moved = rows.features["site"].where(rows.at < day_of(40).start, "elsewhere")
    found = walked(
        replace(rows, features=rows.features.assign(site=moved)), Measure.ACCURACY, range(40, 43), 0 * HOUR
    )
    assert [isinstance(answer, Unknown) for answer, _ in found] == [True, False, False]


def test_a_run_of_misses_to_one_side_is_called_drift() -> None:
    usual = np.random.default_rng(0).normal(size=50)
    assert not drifted(usual)
    assert drifted(np.append(usual, [5.0, 6.0, 5.5]))
    assert not drifted(np.append(usual, [5.0, -6.0, 5.5]))
    assert not drifted(np.array([5.0, 6.0, 5.5]))
    assert not drifted(np.append(usual, [5.0, 6.0, 5.5]), trifle=8.0)


def test_a_metric_that_never_moves_does_not_drift_by_millionths() -> None:
    """The errors of a constant metric shrink for ever, so that the latest are always outside of those before."""
    rows = simulated(Stream(days=62))
    found = walked(replace(rows, label=rows.prediction), Measure.ACCURACY, range(40, 62), 0 * HOUR)
    assert all(isinstance(answer, Estimate) for answer, _ in found)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_is_estimated(label: float) -> None:
    rows = simulated(Stream())
    single = replace(rows, label=pd.Series(label, index=rows.at.index))
    answer = walked(single, Measure.ACCURACY, range(45, 46), 0 * HOUR)[0][0]
    assert isinstance(answer, Estimate)
    assert 0 <= answer.low <= answer.value <= answer.high <= 1


def test_the_auc_of_one_class_is_unknown() -> None:
    rows = simulated(Stream())
    single = replace(rows, label=pd.Series(1.0, index=rows.at.index))
    estimator = Estimator(Task.BINARY, Measure.AUC, DAY)
    estimator.learn(single.between(START, day_of(45).start), day_of(46).start)
    assert isinstance(estimator.estimate(day_of(45), single, day_of(46).start), Unknown)


@pytest.mark.parametrize("each", [1, 3])
def test_few_rows_a_day_are_estimated_or_refused_never_a_crash(each: int) -> None:
    for answer, _ in walked(simulated(Stream(each=each)), Measure.ACCURACY, range(30, 50), 12 * HOUR):
        assert isinstance(answer, Unknown) or 0 <= answer.low <= answer.value <= answer.high <= 1


def test_features_that_are_all_missing_or_absent_leave_the_recent_past() -> None:
    rows = simulated(Stream())
    for features in (rows.features[["gone"]], pd.DataFrame(index=rows.at.index)):
        bare = replace(rows, features=features, score=None)
        answer = walked(bare, Measure.ACCURACY, range(45, 46), 12 * HOUR)[0][0]
        assert isinstance(answer, Estimate)


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


def test_without_past_labels_nothing_is_estimated() -> None:
    answer = walked(simulated(Stream()), Measure.ACCURACY, range(2, 3), 0 * HOUR)[0][0]
    assert isinstance(answer, Unknown)
    assert answer.cause == "few-labels"


def test_an_empty_window_has_no_metric() -> None:
    rows = simulated(Stream(days=45))
    estimator = Estimator(Task.BINARY, Measure.ACCURACY, DAY)
    answer = estimator.estimate(day_of(45), rows, day_of(46).start)
    assert isinstance(answer, Unknown)
    assert answer.cause == "no-predictions"


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


def test_a_measure_must_fit_the_task() -> None:
    with pytest.raises(ValueError, match="rmse"):
        Estimator(Task.BINARY, Measure.RMSE, DAY)


def test_an_index_that_repeats_is_refused() -> None:
    rows = simulated(Stream(days=2))
    twice = replace(rows, features=rows.features.set_axis([0] * len(rows)))
    with pytest.raises(ValueError, match="index"):
        Estimator(Task.BINARY, Measure.ACCURACY, DAY).learn(replace(twice), day_of(3).start)


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
