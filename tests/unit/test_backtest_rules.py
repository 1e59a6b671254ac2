"""The rules of a backtest on plain values: what is told, what continues, and whether it was right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.metric import Metric
from core.evaluation.backtest.history import windows_before, windows_from
from core.evaluation.backtest.objective import Objective, learned_objective, parse_objective, why_none
from core.evaluation.backtest.options import parse_names, parse_span
from core.evaluation.backtest.outcome import Estimated, Realized, Severity, Told, WalkedWindow
from core.evaluation.backtest.outcomes import Leaning, ValueFacts, read_outcomes
from core.evaluation.backtest.ports import WorseSlice
from core.evaluation.backtest.score import summarise
from core.evaluation.backtest.severity import Follower
from core.evaluation.backtest.verdict import risk_of, tell
from core.evaluation.estimate.answer import Estimate, Measure, spread_of
from core.evaluation.finding import Finding, Kind
from core.evaluation.formulas import value_of
from core.evaluation.rows import Rows, Task

ACCURACY, MAE = Metric.ACCURACY, Metric.MAE
BEGIN, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)
GOAL = Objective(ACCURACY, 0.7, True, "")


def told(columns: str = "a", kind: str = "soft", direction: str = "up", magnitude: float = 1.0) -> Told:
    return Told(kind, tuple(columns), Severity.NOTIFY, 1.0, "", "check", direction, magnitude)


def severities(*windows: list[Told]) -> list[str]:
    follower = Follower()
    return ["".join(f.severity.value[0] for f in follower.follow(window)) for window in windows]


def test_a_finding_is_told_once_and_again_when_it_returns() -> None:
    assert severities([told()], [told()], [told()], [], [told()]) == ["n", "r", "r", "", "n"]


def test_it_is_told_again_when_kind_or_direction_change() -> None:
    assert severities([told()], [told(kind="hard")], [told(kind="hard", direction="down")]) == ["n", "n", "n"]


def test_it_is_told_again_when_it_doubles_since_people_heard() -> None:
    grown = [[told(magnitude=m)] for m in (1.0, 1.5, 1.9, 2.0, 3.0, 4.0)]
    assert severities(*grown) == ["n", "r", "r", "n", "r", "n"]


def test_part_of_a_group_is_no_news_but_another_column_is() -> None:
    assert severities([told("ab")], [told("a")], [told("ac")]) == ["n", "r", "n"]


def sliced(score: float, *, unusual: bool = False) -> list[Told]:
    worse = WorseSlice({"country": "b"}, score, 0.1, "", told=score >= 1, unusual=unusual)
    return tell([], [worse], None, None, None)


def test_a_slice_that_was_only_listed_is_news_when_it_fails() -> None:
    windows = [sliced(0.8), sliced(0.9, unusual=True), sliced(3.0), sliced(3.0), sliced(0.8), sliced(3.0)]
    follower = Follower()
    followed = [follower.follow(window)[0].severity for window in windows]
    assert "".join(severity.value[0] for severity in followed) == "rrnrrn"
    assert [sliced(0.8)[0].is_listed, sliced(0.9, unusual=True)[0].is_listed] == [True, False]


def estimate(value: float, scale: float = 0.05) -> Estimate:
    errors = [i / 10 for i in range(-20, 21)]
    spread = spread_of(value, scale, errors, Measure.ACCURACY)
    return Estimate(value, value - 2 * scale, value + 2 * scale, 0.4, "test", "", spread)


def findings_at(value: float, *found: Finding, beyond_chance: bool = True) -> list[Told]:
    risk = risk_of(estimate(value), GOAL)
    seen = Estimated("accuracy", value, value - 0.1, value + 0.1, 0.4)
    return tell(found, [], seen, GOAL, risk, beyond_chance=beyond_chance)


HARD = Finding("constant", ("a",), Kind.HARD, 2.0, "a holds one value.")


def test_a_likely_miss_pages_and_an_unlikely_one_does_not() -> None:
    assert [f.severity for f in findings_at(0.66)] == [Severity.PAGE]
    assert findings_at(0.82) == []


def test_values_that_cannot_be_right_make_a_possible_miss_a_page() -> None:
    assert [f.severity for f in findings_at(0.715)] == [Severity.RECORD]
    assert [f.severity for f in findings_at(0.715, HARD)] == [Severity.PAGE, Severity.NOTIFY]
    assert [f.severity for f in findings_at(0.85, HARD)] == [Severity.NOTIFY]


def test_a_miss_of_few_rows_calls_nobody_unless_values_that_cannot_be_right_explain_it() -> None:
    held = findings_at(0.66, beyond_chance=False)
    assert [f.severity for f in held] == [Severity.RECORD]
    assert "So few rows differ as much by chance" in held[0].reason
    explained = findings_at(0.66, HARD, beyond_chance=False)
    assert [f.severity for f in explained] == [Severity.PAGE, Severity.NOTIFY]
    assert "by chance" not in explained[0].reason
    assert [f.severity for f in findings_at(0.715, HARD, beyond_chance=False)] == [
        Severity.RECORD,
        Severity.NOTIFY,
    ]


@given(st.floats(0, 1), st.floats(0.001, 0.5))
def test_the_risk_falls_as_the_estimate_rises(value: float, scale: float) -> None:
    low, high = risk_of(estimate(value, scale), GOAL), risk_of(estimate(min(1.0, value + 0.1), scale), GOAL)
    assert low is not None
    assert high is not None
    assert 0 <= high <= low <= 1


def test_at_most_metrics_are_missed_from_above() -> None:
    goal = parse_objective("<=3.2", MAE)
    assert (goal.missed_by(3.3), goal.missed_by(3.2), goal.missed_by(1.0)) == (True, False, False)


def test_what_was_given_is_written_as_it_was_and_what_is_learned_as_any_figure() -> None:
    assert parse_objective(">=0.6525", ACCURACY).bound == "at least 65.25%"
    learned = learned_objective(ACCURACY, [0.7021, 0.7023, 0.7027])
    assert learned is not None
    assert (learned.bound, learned.goal.bound) == ("at least 65.2%", "at least 65.2%")


def test_the_learned_objective_is_the_lower_of_two() -> None:
    calm = learned_objective(ACCURACY, [0.80, 0.81, 0.79])
    wild = learned_objective(ACCURACY, [0.7, 0.9])
    assert calm is not None
    assert wild is not None
    assert calm.value == pytest.approx(0.75)
    assert wild.value == pytest.approx(0.8 - 2 * 0.1 * 2**0.5)
    assert learned_objective(ACCURACY, []) is None
    assert "No label of the history" in why_none(ACCURACY, [])
    swinging = [0.0, 1.0, 0.5, 0.0]
    assert learned_objective(Metric.RECALL, swinging) is None, "it could never be missed"
    assert "recall is 37.5% on average, with a standard deviation of 47.9%" in why_none(Metric.RECALL, swinging)
    above = learned_objective(MAE, [2.0])
    assert above is not None
    assert above.value == pytest.approx(2.05)


@pytest.mark.parametrize(("text", "value"), [(">=0.75", 0.75), (" >= 75% ", 0.75), ("≥.5", 0.5)])
def test_objectives_as_people_write_them(text: str, value: float) -> None:
    assert parse_objective(text, ACCURACY).value == pytest.approx(value)


def windows(*cases: tuple[str, float | None]) -> list[WalkedWindow]:
    """(p for a page, n for a notification, c for a page that goes on, . for nothing; realized)"""
    kinds = {
        "p": replace(told(""), kind="performance", severity=Severity.PAGE),
        "n": told(),
        "c": replace(told(""), kind="performance", severity=Severity.RECORD, continues=True),
    }
    return [
        WalkedWindow(
            BEGIN + i * DAY,
            BEGIN + (i + 1) * DAY,
            BEGIN + (i + 1) * DAY,
            100,
            (kinds[sign],) if sign in kinds else (),
            realized=None if value is None else Realized(value, 90),
        )
        for i, (sign, value) in enumerate(cases)
    ]


def test_a_page_is_right_by_its_window_or_the_next() -> None:
    walked = windows(("p", 0.6), (".", 0.8), ("p", 0.8), (".", 0.6), ("p", 0.9), (".", 0.9), ("p", None))
    summary = summarise(walked, GOAL, DAY)
    assert (summary.pages, summary.precision, summary.false_alarms_per_week) == (4, 2 / 3, 1.0)


def test_recall_counts_what_people_knew() -> None:
    walked = windows(("p", 0.6), ("c", 0.6), (".", 0.9), ("n", 0.6), ("p", 0.9), (".", 0.6))
    assert summarise(walked, GOAL, DAY).recall == 3 / 4


def test_nothing_to_judge_is_none_not_zero() -> None:
    summary = summarise(windows((".", 0.9)), GOAL, DAY)
    assert (summary.precision, summary.recall, summary.estimate_mae, summary.coverage) == (None, None, None, None)
    assert summarise([], None, DAY).false_alarms_per_week == 0.0


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 400), st.integers(1, 90_000))
def test_windows_tile_the_log(before: int, after: int, seconds: int) -> None:
    """Each instant lies in exactly one window, and no window lies wholly outside of the log."""
    length, until = timedelta(seconds=seconds), BEGIN
    first, last = until - timedelta(minutes=before), until + timedelta(minutes=after)
    spans = windows_before(until, first, length) + windows_from(until, last, length)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert spans[0][0] <= first
    assert spans[0][1] > first
    assert spans[-1][0] <= last < spans[-1][1]


def facts(*keys: str, whole: bool = True, low: float = 0, high: float = 1) -> ValueFacts:
    numeric = all(key.replace(".", "").lstrip("-").isdigit() for key in keys)
    return ValueFacts(frozenset(keys), numeric, whole and numeric, low, high)


@pytest.mark.parametrize(
    ("prediction", "label", "task"),
    [
        (facts("0", "1"), facts("0", "1"), Task.BINARY),
        (facts("yes", "no"), facts("no"), Task.BINARY),
        (facts("0.5", whole=False), facts("0", "1"), Task.BINARY),
        (facts("a", "b", "c"), facts("a", "b"), Task.MULTICLASS),
        (facts("1", "2", "3"), facts("1", "2"), Task.MULTICLASS),
        (facts("0.5", "1.5", "2.5", whole=False, high=9), facts("0.5", whole=False), Task.REGRESSION),
        (facts(*map(str, range(40))), facts("1"), Task.REGRESSION),
    ],
)
def test_the_task_is_told_by_the_values(prediction: ValueFacts, label: ValueFacts, task: Task) -> None:
    assert read_outcomes(None, prediction, label).task is task


def test_the_classes_of_a_binary_log() -> None:
    by_name = read_outcomes(None, facts("no", "yes"), facts("no"))
    by_score = read_outcomes(
        None, facts("left", "right"), None, [Leaning("left", 0.8, 0.1), Leaning("right", 0.2, 0.9)]
    )
    by_size = read_outcomes(None, facts("-1", "1"), facts("-1"))
    assert (by_name.classes, by_score.classes, by_size.classes) == (("no", "yes"), ("right", "left"), ("-1", "1"))
    assert by_name.values(pd.Series(["yes", "no", None])).tolist()[:2] == [1.0, 0.0]


def test_scores_of_the_predicted_class_are_turned() -> None:
    outcomes = read_outcomes(
        None, facts("0", "1"), facts("0", "1"), [Leaning("0", 0.8, 0.0), Leaning("1", 0.9, 0.01)]
    )
    scores = outcomes.scores(pd.Series([0.8, 0.9, 7.0]), pd.Series([0.0, 1.0, 1.0]))
    assert scores.round(6).tolist()[:2] == [0.2, 0.9]
    assert scores.isna().tolist() == [False, False, True]


def rows(label: list[float], prediction: list[float], score: list[float]) -> Rows:
    at = pd.Series(pd.to_datetime([BEGIN] * len(label)))
    return Rows(Task.BINARY, at, pd.Series(prediction), pd.Series(label), at, pd.DataFrame(), pd.Series(score))


def test_metrics_agree_with_the_textbook() -> None:
    from sklearn import metrics

    label, prediction, score = [0, 0, 1, 1, 1, 0], [0, 1, 1, 0, 1, 0], [0.1, 0.7, 0.7, 0.3, 0.9, 0.2]
    given_rows = rows([float(v) for v in label], [float(v) for v in prediction], score)
    expected = {
        "accuracy": metrics.accuracy_score(label, prediction),
        "auc": metrics.roc_auc_score(label, score),
        "f1": metrics.f1_score(label, prediction),
        "precision": metrics.precision_score(label, prediction),
        "recall": metrics.recall_score(label, prediction),
        "log_loss": metrics.log_loss(label, score),
        "brier": metrics.brier_score_loss(label, score),
        "mae": metrics.mean_absolute_error(label, prediction),
        "rmse": metrics.root_mean_squared_error(label, prediction),
        "r2": metrics.r2_score(label, prediction),
    }
    assert {metric.value: value_of(metric, given_rows)[0] for metric in Metric} == pytest.approx(expected)


def test_spans_and_names_as_people_write_them() -> None:
    assert parse_span("--evaluate-after", "-8h", negative=True) == -timedelta(hours=8)
    assert parse_span("--window", "1d12h") == timedelta(hours=36)
    assert parse_names("--features", 'a, "b,c" ,a') == ("a", "b,c")


def test_what_all_labels_say_is_no_estimate() -> None:
    seen = Estimated("accuracy", 0.5, 0.5, 0.5, 1.0)
    (said,) = tell([], [], seen, GOAL, 1.0)
    assert said.reason == f"Accuracy was 50.0%; the objective is {GOAL.bound}."
