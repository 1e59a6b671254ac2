"""Slices of a pipeline that runs: the same from a warm process and a cold one, with labels counted as they come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.slack.views.slices import slice_line
from core.config.load import Config
from core.config.metric import Metric, Task
from core.config.pipeline import Pipeline, RollingSlo, Slo
from core.evaluation.formulas import value_of
from core.evaluation.live.measured import Asked, Figures, measure_windows
from core.evaluation.live.slices import LiveSlices, Sliced
from core.evaluation.log.prediction_log import Where
from core.evaluation.reported_slices import (
    TrackedSlice,
    always_reported,
    measured_tracked,
    reported,
    says_nothing,
)
from core.evaluation.slicing.cuts import OTHER
from core.evaluation.windows import Window
from tests.fakes_log import FakeLog
from tests.slices_support import DAY, DAYS, EV_FROM_NEWARK, MIDNIGHT, delays_of, flights


@pytest.fixture
def pipeline(config: Config) -> Pipeline:
    return config.pipeline("flights")


def window(day: int) -> Window:
    return Window(MIDNIGHT + day * DAY, MIDNIGHT + (day + 1) * DAY)


def labels(log: FakeLog, known_at: datetime) -> dict[datetime, int]:
    tallies = log.tally([window(day) for day in range(DAYS)], known_at)
    return {window(each.window).start: each.counts.labels for each in tallies.versions}


def looked(slices: LiveSlices, log: FakeLog, day: int, known_at: datetime | None = None) -> Sliced:
    at = known_at or window(day).end + DAY
    return slices.look(log, window(day), at, labels(log, at))


def told(pipeline: Pipeline, log: FakeLog, day: int, tracked: list[TrackedSlice]) -> list[dict[str, Any]]:
    """What is reported of a day, with the day before as the past of tracked slices."""
    windows, known = [window(day - 1), window(day)], window(day).end + DAY
    tallies = log.tally(windows, known, [each.where for each in tracked])
    asked = [Asked(each.where, pipeline.metric) for each in tracked]
    figures = measure_windows(log, windows, tallies, known, None, asked)
    measured = measured_tracked(tracked, pipeline, tallies, figures, 1)
    return reported(pipeline, looked(LiveSlices(pipeline), log, day), measured, nothing, 1)


def nothing(asked: Sequence[Asked]) -> Figures:
    """No figures of what is found: they are not asked of an accuracy, by which slices are found."""
    assert not asked
    return Figures()


def test_a_failing_slice_is_told_with_its_examples(pipeline: Pipeline) -> None:
    log = flights(pipeline)
    found = looked(LiveSlices(pipeline), log, DAYS - 1)
    told = [each for each in found.found if each.worse]
    assert [dict(each.where) for each in told] == [EV_FROM_NEWARK]
    (shown,) = reported(pipeline, found, [], nothing, 1)
    assert shown["name"] == "carrier EV, origin EWR"
    assert len(shown["examples"]) == 2
    for example in shown["examples"]:
        assert example["prediction"] != example["label"]
        assert example["features"]["carrier"] == "EV"
        assert example["features"]["origin"] == "EWR"


def test_a_failing_slice_of_a_regression_is_told_by_the_metric_of_the_pipeline(pipeline: Pipeline) -> None:
    of_numbers = {"task": Task.REGRESSION, "unit": "minutes", "slo": Slo(metric=Metric.MAE, objective=8)}
    pipeline = pipeline.model_copy(update=of_numbers)
    log = delays_of(pipeline)
    windows, known = [window(day) for day in range(DAYS)], window(DAYS - 1).end + DAY
    tallies = log.tally(windows, known)
    found = looked(LiveSlices(pipeline), log, DAYS - 1)
    (shown,) = reported(
        pipeline, found, [], lambda asked: measure_windows(log, windows, tallies, known, None, asked), DAYS - 1
    )
    assert (shown["name"], shown["worse"], shown["metric"]) == ("carrier EV, origin EWR", True, "mae")
    assert shown["value"] == pytest.approx(25, abs=3)
    assert shown["low"] < shown["value"] < shown["high"]
    assert 3 < shown["usual_low"] < shown["usual"] < shown["usual_high"] < 6
    assert shown["usual"] == pytest.approx(4, abs=0.5)
    line = slice_line(shown)
    assert line.startswith("• *carrier EV, origin EWR*: MAE 2")
    assert " minutes now, usually 3." in line
    assert [abs(each["label"] - each["prediction"]) > 30 for each in shown["examples"]] == [True, True]
    assert "score" in shown["examples"][0]
    assert "within 6." in found.found[0].reason


@pytest.mark.parametrize("metric", [Metric.F1, Metric.LOG_LOSS, Metric.AUC])
def test_a_failing_slice_of_classes_is_told_by_the_metric_of_the_pipeline(
    pipeline: Pipeline, metric: Metric
) -> None:
    pipeline = pipeline.model_copy(update={"slo": Slo(metric=metric, objective=0.5)})
    log = flights(pipeline)
    windows, known = [window(day) for day in range(DAYS)], window(DAYS - 1).end + DAY
    tallies = log.tally(windows, known)
    found = looked(LiveSlices(pipeline), log, DAYS - 1)
    (shown,) = reported(
        pipeline, found, [], lambda asked: measure_windows(log, windows, tallies, known, None, asked), DAYS - 1
    )
    assert (shown["name"], shown["worse"], shown["metric"]) == ("carrier EV, origin EWR", True, metric.value)
    inside = log.rows(windows[-1].start, windows[-1].end, known)
    mine = inside.where((inside.features["carrier"] == "EV") & (inside.features["origin"] == "EWR"))
    value, _ = value_of(metric, mine)
    assert shown["value"] == value
    said = slice_line(shown)
    name = f"• *carrier EV, origin EWR*: {metric.spoken}"
    assert said.startswith(f"{name} is not defined on" if value is None else f"{name} {metric.written(value)[:3]}")


def test_a_process_that_has_run_says_what_a_new_one_says(pipeline: Pipeline) -> None:
    log = flights(pipeline)
    warm = LiveSlices(pipeline)
    for day in range(9, DAYS):
        found = looked(warm, log, day)
    cold = looked(LiveSlices(pipeline), log, DAYS - 1)
    assert [each.where for each in found.found if each.worse] == [each.where for each in cold.found if each.worse]
    assert found.found[0].score == pytest.approx(cold.found[0].score, rel=0.3)


def test_a_first_look_that_saw_nothing_or_little_does_not_blind_those_after_it(pipeline: Pipeline) -> None:
    """Before the first prediction no value of an attribute is known, and in the first window few are."""
    log = flights(pipeline)
    late = [each for each in log.made if each.predicted_at >= window(1).start or each.features["carrier"] == "UA"]
    few = FakeLog(late, log.arrived, pipeline.predictions.features)
    for logged in (log, few):
        slices = LiveSlices(pipeline)
        for day in range(-2, DAYS):
            found = looked(slices, logged, day)
        assert not [each.where for each in found.found if OTHER in dict(each.where).values()]
        assert [dict(each.where) for each in found.found if each.worse] == [EV_FROM_NEWARK]


def test_labels_that_came_later_are_counted_and_old_windows_do_not_see_them(pipeline: Pipeline) -> None:
    log = flights(pipeline, delay=timedelta(days=3))
    slices = LiveSlices(pipeline)
    early = looked(slices, log, 10, window(10).end)
    assert early.found == (), "no label of the window is in"
    assert max(start for start in slices._labels) < window(9).start
    later = looked(slices, log, 11, window(11).end + 4 * DAY)
    assert later.found
    assert slices._labels[window(10).start] == 300
    again = looked(slices, log, 10, window(10).end)
    assert again.found == ()
    assert window(10).start not in slices._labels


def test_a_pipeline_without_attributes_has_only_what_people_named(pipeline: Pipeline) -> None:
    log = flights(pipeline)
    plain = pipeline.model_copy(update={"slices": []})
    assert looked(LiveSlices(plain), log, DAYS - 1) == Sliced()


def test_three_attributes_where_the_pipeline_says_so(pipeline: Pipeline) -> None:
    log = flights(pipeline, each=900)
    found = looked(LiveSlices(pipeline, 3), log, DAYS - 1)
    assert {len(each.where) for each in found.found} == {1, 2, 3}
    assert {len(each.where) for each in looked(LiveSlices(pipeline), log, DAYS - 1).found} == {1, 2}


def test_tracked_slices_and_critical_customers_are_always_reported(pipeline: Pipeline) -> None:
    log = flights(pipeline)
    newark: Where = {"origin": "EWR"}
    critical = RollingSlo(name="Critical customer", objective=0.7, where={"carrier": "UA", "dest": "BOS"})
    pipeline = pipeline.model_copy(update={"slos": [critical]})
    always = always_reported(
        pipeline, [TrackedSlice("Newark", 2, newark), TrackedSlice("Nowhere", 1, {"dest": "X"})]
    )
    assert [each.name for each in always] == ["Newark", "Nowhere", "Critical customer"]
    found = told(pipeline, log, 12, always)
    rows = {each["name"]: each for each in found}
    assert rows["Newark"]["tracked"]
    assert rows["Newark"]["value"] == pytest.approx(0.85, abs=0.1)
    assert rows["Newark"]["usual"] == pytest.approx(0.85, abs=0.1)
    assert rows["Newark"]["examples"]
    assert rows["Nowhere"]["value"] is None
    assert rows["Nowhere"]["examples"] == []
    assert rows["Critical customer"]["labels"] > 0
    assert not any(each["worse"] for each in found)


def test_one_that_is_tracked_and_fails_is_said_once_and_worse(pipeline: Pipeline) -> None:
    log = flights(pipeline)
    tracked = [TrackedSlice("EV from Newark", 1, {"origin": "EWR", "carrier": "EV"})]
    found = told(pipeline, log, 13, tracked)
    assert [(each["name"], each["worse"]) for each in found] == [("EV from Newark", True)]


def test_a_slice_that_usually_comes_out_at_anything_says_nothing() -> None:
    recall = {"metric": "recall", "usual_low": 0.0, "usual_high": 1.0}
    assert says_nothing(recall)
    assert not says_nothing(recall | {"usual_low": 0.1})
    assert not says_nothing(recall | {"usual_low": None, "usual_high": None})
    assert not says_nothing({"metric": "mae", "usual_low": 0.0, "usual_high": 60.0})
