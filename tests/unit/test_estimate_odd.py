"""Odd logs: what stops, what never was, what is too little to say anything."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from core.evaluation.estimate.answer import Estimate, Measure, Unknown
from core.evaluation.estimate.doubts import impossible
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.rows import Task
from tests.estimate_support import DAY, START, Stream, day_of, simulated, truth, walked

HOUR = timedelta(hours=1)


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


def test_a_window_whose_feed_stopped_as_it_began_is_as_unsure_as_it_was_then() -> None:
    """Past windows had most of their labels in at this hour: how far off they were then says nothing of this one."""
    rows, cut = simulated(Stream(days=60, seed=1)), day_of(45).start
    came = rows.label_at < cut
    silent = replace(rows, label=rows.label.where(came), label_at=rows.label_at.where(came))
    late = walked(silent, Measure.ACCURACY, range(45, 46), 20 * HOUR)[0][0]
    early = walked(rows, Measure.ACCURACY, range(45, 46), 0 * HOUR)[0][0]
    assert isinstance(late, Estimate)
    assert isinstance(early, Estimate)
    assert (late.low, late.high) == pytest.approx((early.low, early.high), abs=0.02)


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


def test_texts_that_no_label_told_of_yet_make_the_interval_wider_and_it_says_why() -> None:
    """From day 44 on four in ten come from a new site; on day 45 none of their labels is in."""
    rows = simulated(Stream(shock=0.2))
    new = rows.at.ge(day_of(44).start) & pd.Series(range(len(rows)), index=rows.at.index).mod(10).lt(4)
    mixed = replace(rows, features=rows.features.assign(site=rows.features["site"].mask(new, "elsewhere")))
    late = replace(mixed, label_at=mixed.label_at.mask(new, mixed.label_at + 30 * DAY))
    usual = walked(rows, Measure.ACCURACY, range(45, 46), 0 * HOUR)[0][0]
    wide = walked(late, Measure.ACCURACY, range(45, 46), 0 * HOUR)[0][0]
    assert isinstance(usual, Estimate)
    assert isinstance(wide, Estimate)
    assert wide.high - wide.low > 1.3 * (usual.high - usual.low)
    assert "no label has told of" in wide.reason
    assert "no label has told of" not in usual.reason


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


def test_a_measure_must_fit_the_task() -> None:
    with pytest.raises(ValueError, match="rmse"):
        Estimator(Task.BINARY, Measure.RMSE, DAY)


def test_an_index_that_repeats_is_refused() -> None:
    rows = simulated(Stream(days=2))
    twice = replace(rows, features=rows.features.set_axis([0] * len(rows)))
    with pytest.raises(ValueError, match="index"):
        Estimator(Task.BINARY, Measure.ACCURACY, DAY).learn(replace(twice), day_of(3).start)


def test_a_metric_that_cannot_be_is_no_estimate() -> None:
    assert impossible(-0.73, 0.02, Measure.ACCURACY)
    assert impossible(1.4, 0.1, Measure.ACCURACY)
    assert not impossible(-0.01, 0.02, Measure.ACCURACY), "it is nearly nothing, and drawn to it"
    assert not impossible(1.01, 1e-6, Measure.ACCURACY), "a model that is always right"
    assert not impossible(-1.0, 1e-6, Measure.MAE)
