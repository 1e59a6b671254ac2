"""Where an objective stands, and product metrics from files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.config.pipeline import RollingSlo
from core.evaluation.labels.settled import Wait
from core.evaluation.live.turnouts import settled
from core.evaluation.log.prediction_log import LogError
from core.evaluation.slo.budget import Objective, Reading
from core.evaluation.slo.series import read_series
from core.evaluation.slo.state import Standing, State, Words, stand
from core.evaluation.windows import Window

GOAL = Objective(0.8)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def standing(*values: float | None, labels: int = 100) -> Standing:
    return stand([Reading(value, labels if value is not None else 0) for value in values], GOAL, 200, "day")


def test_within_budget() -> None:
    found = standing(*[0.85] * 28)
    assert (found.state, found.cause) == (State.MET, "within-budget")
    assert found.reason == "85.0% over 28 days, objective at least 80.0%: 25% of the error budget is left."


def test_an_objective_that_is_reached_exactly_is_kept() -> None:
    assert standing(*[0.8] * 28).cause == "within-budget"
    assert standing(*[0.8] * 28).reason.endswith("0% of the error budget is left.")


def test_as_many_labels_as_are_needed_are_enough() -> None:
    assert standing(0.85, 0.85).cause == "within-budget"
    assert standing(0.85, 0.85, labels=99).cause == "few-labels"


def test_a_period_is_unknown_once_half_of_what_there_is_was_left_out() -> None:
    causes = [stand([Reading(0.85, 100)] * 4, GOAL, 1, "day", left_out).cause for left_out in (3, 4)]
    assert causes == ["within-budget", "early-labels"]


@pytest.mark.parametrize(("value", "written"), [(0, "0.0%"), (1, "100.0%"), (1.5, "1.5"), (-0.1, "-0.1")])
def test_shares_are_told_in_percent_and_other_figures_as_they_are(value: float, written: str) -> None:
    assert Words().written(value) == written


def test_a_sudden_fall_is_a_fast_burn() -> None:
    found = standing(*[0.82] * 26, 0.6, 0.6)
    assert (found.state, found.cause) == (State.AT_RISK, "fast-burn")
    assert found.windows_left == 1
    assert "the last 2 days burned 2.0 times what is allowed" in found.reason


def test_a_slow_fall_is_a_slow_burn() -> None:
    found = standing(*[0.85] * 21, *[0.79] * 7)
    assert (found.state, found.cause) == (State.AT_RISK, "slow-burn")
    assert found.windows_left == 17


def test_a_spent_budget_is_a_breach() -> None:
    found = standing(*[0.85] * 10, *[0.75] * 18)
    assert (found.state, found.cause, found.windows_left) == (State.BREACHED, "spent", 0)


def test_a_bad_day_that_is_over_is_no_risk() -> None:
    assert standing(*[0.85] * 20, 0.5, *[0.85] * 7).state is State.MET


def test_without_labels_nothing_is_known() -> None:
    assert standing(None, None).cause == "no-labels"
    few = standing(0.2, None)
    assert (few.state, few.cause) == (State.UNKNOWN, "few-labels")
    assert few.reason == "100 labels of the last 2 days are in; 200 are needed."


def test_windows_whose_labels_are_not_in_yet_wait() -> None:
    assert standing(*[0.85] * 26, None, None).state is State.MET


def test_less_can_be_better() -> None:
    series = [Reading(1.2, 1)] * 7
    assert stand(series, Objective(1.5, at_least=False), 1).state is State.MET
    assert stand(series, Objective(1.1, at_least=False), 1).state is State.BREACHED


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_an_objective_without_a_budget_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no error budget"):
        Objective(value)


def test_the_metric_is_named_in_the_sentence_of_a_budget() -> None:
    words = Words("MAE", lambda value: f"{value:g} minutes", lambda value: f"{value:g} minutes")
    found = stand([Reading(8.0, 100)] * 7, Objective(9.0, at_least=False), 1, "day", 0, words)
    assert found.reason.startswith(
        "MAE 8 minutes over 7 days, objective at most 9 minutes: 11% of the error budget"
    )


def estimated(value: float, low: float, high: float, arrived: int = 30) -> Reading:
    return Reading(value, 100, low, high, arrived)


FULL = [Reading(0.82, 100)] * 10


def test_an_estimate_breaches_only_with_its_whole_interval() -> None:
    worst = estimated(0.1, 0.05, 0.15)
    assert stand([*FULL[:2], worst, worst], GOAL, 100, "day").state is State.BREACHED
    wide = estimated(0.7, 0.4, 0.95)
    found = stand([*FULL[:1], wide, wide], GOAL, 100, "day")
    assert (found.state, found.cause) == (State.AT_RISK, "likely-spent")
    assert found.reason.startswith(
        "74.0% (54.0% to 90.7%) over 3 days, objective at least 80.0%: the error budget is probably"
    )
    assert "2 days of them estimated, since labels are still to come." in found.reason


def test_a_burn_that_an_estimate_is_not_sure_of_is_no_risk() -> None:
    sure, unsure = estimated(0.7, 0.6, 0.75), estimated(0.7, 0.3, 0.95)
    assert stand([*FULL, *FULL, sure, sure], GOAL, 100, "day").cause == "fast-burn"
    assert stand([*FULL, *FULL, unsure, unsure], GOAL, 100, "day").state is State.MET


def test_a_period_of_early_labels_is_not_judged() -> None:
    gone = [Reading(None, 0)] * 5
    found = stand([*FULL[:4], *gone], GOAL, 100, "day", left_out=5)
    assert (found.state, found.cause) == (State.UNKNOWN, "early-labels")
    some = stand([*FULL, *gone[:2]], GOAL, 100, "day", left_out=2)
    assert some.state is State.MET
    assert some.reason.endswith("2 days left out: only the early labels are in.")


def waits(*hours: float, missing: int = 0, age: float = 24.0) -> list[Wait]:
    return [*(Wait(each, True, 10) for each in hours), *([Wait(age, False, 10)] * missing)]


def test_labels_are_in_once_no_more_will_come() -> None:
    """For six days the labels of half an hour and of thirty; in one day a third never came."""
    full, storm, today = waits(0.5, 30.0), waits(0.5, 30.0, missing=1, age=200.0), waits(0.5, missing=1)
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(7)]
    assert settled(days, [full] * 5 + [storm, today]) == {day.start for day in days[:6]}
    assert settled(days[:2], [storm, full]) == {days[1].start}, "two days do not say what is usual"


def test_a_storm_in_the_first_week_is_judged_by_the_labels_that_came() -> None:
    """Half of the fourth day's labels never come, and are overdue; of the first three days nearly all came in hours."""
    full, storm = waits(2.0, 5.0, 9.0), [Wait(5.0, True, 490), Wait(20.0, False, 510)]
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(4)]
    assert settled(days, [full, full, full, storm]) == {day.start for day in days}


def test_labels_that_take_longer_than_anybody_watched_are_waited_for() -> None:
    """Of ten days three in ten labels came, all in two hours; what the others take nobody knows yet."""
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(10)]
    young = [[Wait(2.0, True, 30), Wait(24.0 * (10 - i), False, 70)] for i in range(10)]
    assert settled(days, young) == set()


def test_a_series_is_read_by_windows(tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(
        "at,value,weight\n2024-01-01T08:00:00Z,2.0,1\n2024-01-01 20:00:00,5.0,2\n2024-01-03,,1\n2024-01-03,inf,1\n"
        "2024-01-03,2.0,inf\n2024-01-03,2.0,-1\n"
    )
    days = [Window(BEGIN + timedelta(days=i), BEGIN + timedelta(days=i + 1)) for i in range(3)]
    assert read_series(path, days) == [Reading(4.0, 3.0), Reading(None, 0.0), Reading(None, 0.0)]


@pytest.mark.parametrize(
    "text", ["", "when,value\n1,2\n", "at,value\nyesterday,2\n", "at,value\n2024-01-01,much\n"]
)
def test_a_series_that_cannot_be_read_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(text)
    with pytest.raises(LogError, match=r"revenue.csv: this series cannot be read"):
        read_series(path, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"objective": 1.0, "series": "x.csv"}, "below 1"),
        ({"objective": 0.8, "where": {"a": 1}, "series": "x.csv"}, "does not go with"),
        ({"objective": 0.0, "at_least": False, "series": "x.csv"}, "above 0"),
        ({"objective": 0.8, "windows": 29}, "less than or equal to 28"),
    ],
)
def test_objectives_that_make_no_sense_are_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RollingSlo.model_validate({"name": "x"} | asked)
