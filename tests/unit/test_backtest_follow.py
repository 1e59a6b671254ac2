"""What goes on from window to window, and whether people knew: the rules of telling and of scoring, at their edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.config.metric import Metric
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.objective import Objective, learned_objective, metric_for, parse_objective
from core.evaluation.backtest.outcome import (
    AT_RISK,
    PERFORMANCE,
    Estimated,
    Realized,
    Severity,
    Told,
    WalkedWindow,
)
from core.evaluation.backtest.score import rights, summarise, told_of
from core.evaluation.backtest.severity import Follower
from core.evaluation.backtest.verdict import risk_of, tell
from core.evaluation.estimate.answer import Estimate, Measure, Unknown, spread_of
from core.evaluation.finding import Finding, Kind
from core.evaluation.rows import Task

START, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)
GOAL = Objective(Metric.ACCURACY, 0.7, True, "")
ROWS = Told("drift", (), Severity.NOTIFY, 1.0, "", "rows", "up", 1.0)
METRIC = Told(PERFORMANCE, (), Severity.PAGE, 1.0, "", PERFORMANCE, "below", 0.1)


def follow(*windows: list[Told]) -> list[list[str]]:
    follower = Follower()
    return [[each.severity.value for each in follower.follow(window)] for window in windows]


def test_of_findings_about_the_whole_window_only_the_same_check_goes_on() -> None:
    profile, columns = replace(ROWS, check="profile"), replace(ROWS, columns=("a",))
    assert follow([ROWS], [profile], [columns], [ROWS], [ROWS]) == [
        ["notify"],
        ["notify"],
        ["notify"],
        ["notify"],
        ["record"],
    ]


def test_what_goes_on_is_held_against_the_largest_that_it_may_continue() -> None:
    groups = [
        replace(ROWS, columns=("a", "b"), magnitude=1.0),
        replace(ROWS, columns=("a", "c"), magnitude=3.0),
    ]
    assert follow(groups, [replace(ROWS, columns=("a",), magnitude=4.0)]) == [["notify", "notify"], ["record"]]


def test_only_what_people_are_told_of_is_told_again_when_it_doubles() -> None:
    def grown(before: float, now: float, severity: Severity) -> Told:
        follower = Follower()
        follower.follow([replace(ROWS, magnitude=before)])
        (found,) = follower.follow([replace(ROWS, magnitude=now, severity=severity)])
        assert found.continues
        return found

    assert grown(1.0, 2.0, Severity.PAGE).severity is Severity.NOTIFY
    assert grown(1.0, 2.0, Severity.RECORD).severity is Severity.RECORD
    assert grown(1.0, 1.9, Severity.NOTIFY).severity is Severity.RECORD
    assert grown(0.0, 2.0, Severity.NOTIFY).severity is Severity.RECORD, "nothing has no double"


def window(
    day: int, value: float | None, *found: Told, estimate: Estimated | None = None, rows: int = 10
) -> WalkedWindow:
    realized = None if value is None else Realized(value, 10)
    start = START + day * DAY
    return WalkedWindow(start, start + DAY, start + DAY, rows, found, estimate, realized)


def test_people_know_by_a_page_of_the_day_or_the_day_before_or_one_that_goes_on() -> None:
    goes_on = replace(METRIC, severity=Severity.RECORD, continues=True)
    cases = [
        (METRIC,),
        (),
        (),
        (goes_on,),
        (replace(goes_on, direction=AT_RISK),),
        (replace(goes_on, continues=False),),
    ]
    cases += [(replace(goes_on, kind="drift"),)]
    windows = [window(day, 0.5, *found) for day, found in enumerate(cases)]
    assert told_of(windows) == [True, True, False, True, False, False, False]
    assert told_of([window(0, 0.5), window(1, 0.5, METRIC)]) == [False, True], "the last is not before the first"


def test_a_page_is_judged_once_its_window_and_the_next_are_known() -> None:
    paged = [window(0, 0.9, METRIC), window(1, None, METRIC), window(2, 0.9, METRIC), window(3, 0.9, METRIC)]
    assert rights(paged, [False, None, False, False]) == [None, None, False, False]
    assert rights(paged[:2], [False, True]) == [True, True], "the next to last has one that follows, too"


def test_an_interval_holds_its_ends() -> None:
    seen = Estimated("accuracy", 0.75, 0.7, 0.8, 0.4)
    walked = [window(day, value, estimate=seen) for day, value in enumerate((0.7, 0.8, 0.69, 0.81))]
    assert summarise(walked, GOAL, DAY).coverage == 0.5


def test_a_walk_is_counted_and_its_estimates_are_held_against_what_came() -> None:
    """Two weeks: one page of four was right, and three notices were sent; a window without rows lacks no estimate."""
    seen = Estimated("accuracy", 0.75, 0.7, 0.8, 0.4)
    walked = [
        window(0, 0.5, METRIC, ROWS, estimate=seen),
        *(window(day, 0.9, METRIC) for day in (2, 4, 6)),
        window(8, 0.8, ROWS, ROWS, estimate=seen),
        replace(window(9, None), estimate=seen),
        replace(window(10, None), unestimated="few-labels"),
        replace(window(11, None, rows=0), unestimated="few-labels"),
    ]
    quiet = [window(12 + day, 0.9) for day in range(6)]
    found = summarise([*walked, *quiet], GOAL, DAY)
    assert (found.pages, found.notifications, found.false_alarms_per_week) == (4, 3, 1.5)
    assert (found.precision, found.recall) == (1 / 4, 1.0)
    assert (found.estimate_mae, found.unestimated) == (pytest.approx((0.25 + 0.05) / 2), 1)


def test_a_risk_needs_an_estimate_and_an_objective_and_lies_on_the_side_that_is_worse() -> None:
    errors = [each / 10 for each in range(-20, 21)]
    seen = Estimate(0.65, 0.6, 0.7, 0.4, "test", "", spread_of(0.65, 0.05, errors, Measure.ACCURACY))
    below = risk_of(seen, GOAL)
    assert below is not None
    assert below > 0.5
    assert risk_of(seen, replace(GOAL, at_least=False)) == pytest.approx(1 - below)
    assert risk_of(seen, None) is None
    assert risk_of(Unknown("few-labels", "", 0.0), GOAL) is None


HARD = Finding("constant", ("a",), Kind.HARD, 2.0, "a holds one value.")
SEEN = Estimated("accuracy", 0.65, 0.6, 0.7, 0.4)


@pytest.mark.parametrize(
    ("risk", "found", "beyond_chance", "said"),
    [
        (0.25, (), True, (Severity.RECORD, 0.5, "")),
        (0.5, (), True, (Severity.PAGE, 1.0, "")),
        (0.5, (), False, (Severity.RECORD, 1.0, "So few rows differ as much by chance, so nobody is called.")),
        (0.49, (), False, (Severity.RECORD, 0.98, "")),
        (0.25, (HARD,), True, (Severity.PAGE, 0.5, "Values that cannot be right make one likelier than that.")),
        (0.5, (HARD,), False, (Severity.PAGE, 1.0, "")),
        (
            0.49,
            (HARD,),
            False,
            (Severity.RECORD, 0.98, "So few rows differ as much by chance, so nobody is called."),
        ),
    ],
)
def test_what_is_said_of_a_miss_by_how_likely_it_is(
    risk: float, found: tuple[Finding, ...], beyond_chance: bool, said: tuple[Severity, float, str]
) -> None:
    told = tell(found, [], SEEN, GOAL, risk, beyond_chance=beyond_chance)[0]
    severity, score, more = said
    assert (told.severity, told.score) == (severity, pytest.approx(score))
    assert told.direction == ("below" if severity is Severity.PAGE else AT_RISK)
    assert told.reason.startswith("Accuracy is estimated at 65")
    assert told.reason.endswith(more or "%.")
    assert told.magnitude == pytest.approx(0.05)


def test_too_unlikely_a_miss_is_not_spoken_of_and_one_of_a_cost_lies_above() -> None:
    assert tell([], [], SEEN, GOAL, 0.24) == []
    assert tell([], [], None, GOAL, 0.9) == tell([], [], SEEN, None, 0.9) == tell([], [], SEEN, GOAL, None) == []
    minutes = Objective(Metric.MAE, 3.0, False, "")
    assert tell([], [], replace(SEEN, value=4.0), minutes, 0.9)[0].direction == "above"


@pytest.mark.parametrize(
    ("text", "metric", "problem"),
    [
        (">=", Metric.ACCURACY, "is no objective"),
        (">=inf", Metric.ACCURACY, "is no objective"),
        ("<=0.7", Metric.ACCURACY, 'is better when higher; write ">=0.7"'),
        (">=3", Metric.MAE, 'is better when lower; write "<=3"'),
        (">=1.01", Metric.ACCURACY, "cannot be"),
        (">=-0.01", Metric.ACCURACY, "cannot be"),
    ],
)
def test_objectives_that_cannot_be_are_refused(text: str, metric: Metric, problem: str) -> None:
    with pytest.raises(BacktestError, match=problem):
        parse_objective(text, metric)


def test_an_objective_may_be_all_or_nothing() -> None:
    assert [parse_objective(text, Metric.ACCURACY).value for text in (">=0", ">=100%")] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "task", "has_score", "problem"),
    [
        ("mae", Task.MULTICLASS, False, "does not fit"),
        ("auc", Task.BINARY, False, "name their column with --score"),
        ("beauty", Task.BINARY, True, "there is no “beauty”"),
    ],
)
def test_metrics_that_do_not_fit_are_refused(name: str, task: Task, has_score: bool, problem: str) -> None:
    with pytest.raises(BacktestError, match=problem):
        metric_for(name, task, has_score=has_score)


def test_a_metric_that_reads_a_score_is_there_with_one() -> None:
    assert metric_for(" AUC ", Task.BINARY, has_score=True) is Metric.AUC
    assert metric_for("accuracy", Task.BINARY, has_score=False) is Metric.ACCURACY
    assert metric_for(None, Task.REGRESSION, has_score=False) in Metric


def test_a_learned_objective_says_where_it_comes_from() -> None:
    def origin(metric: Metric, *history: float) -> str:
        found = learned_objective(metric, history)
        assert found is not None
        return found.origin

    assert "5 points below the mean of 80.0% over 1 window of history" in origin(Metric.ACCURACY, 0.8)
    assert "over 2 windows" in origin(Metric.ACCURACY, 0.8, 0.8)
    assert "two standard deviations of" in origin(Metric.ACCURACY, 0.7, 0.9)
    assert "5 points" not in origin(Metric.MAE, 2.0)
    assert "over 1 window of" in origin(Metric.ACCURACY, 0.8, float("nan"))


def test_a_metric_right_on_its_objective_keeps_it() -> None:
    assert [GOAL.missed_by(value) for value in (0.69, 0.7)] == [True, False]
