"""When the objective is kept, missed, or cannot be judged, and what is raised."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.config.metric import Metric
from core.evaluation.estimate.answer import Estimate, Unknown, spread_of
from core.evaluation.estimate.answer import Measure as EstimatedMeasure
from core.evaluation.goal import Goal
from core.evaluation.metric import Measured
from core.evaluation.tables import SloState
from core.evaluation.verdict import alert, day_name, judge

GOAL = Goal(Metric.ACCURACY, 0.7, minimum_labels=100)
NOBODY = Unknown("few-labels", "Nobody knows.", 0.5)


def measured(value: float, labels: int = 500) -> Measured:
    return Measured(value, value - 0.04, value + 0.04, labels)


@pytest.mark.parametrize(
    ("found", "rows", "state", "reason"),
    [
        (None, 0, SloState.UNKNOWN, "Nothing was predicted in this window."),
        (None, 900, SloState.UNKNOWN, "0 of 900 labels are in; 100 are needed to judge."),
        (measured(0.1, 99), 900, SloState.UNKNOWN, "99 of 900 labels are in; 100 are needed to judge."),
        (
            measured(0.1, 100),
            900,
            SloState.BREACHED,
            "Accuracy was 10.0%, 60.0 points below the objective of 70.0%.",
        ),
        (measured(0.7), 900, SloState.MET, "Accuracy was 70.0%; the objective is 70.0%."),
        (measured(0.83), 900, SloState.MET, "Accuracy was 83.0%; the objective is 70.0%."),
    ],
)
def test_the_state_and_its_reason(found: Measured | None, rows: int, state: SloState, reason: str) -> None:
    verdict = judge(found, rows, GOAL)
    assert (verdict.state, verdict.reason) == (state, reason)


def coming(low: float, value: float, high: float) -> Estimate:
    spread = spread_of(value, 0.1, [0.0], EstimatedMeasure.ACCURACY)
    return Estimate(value, low, high, 0.5, "labels", "From the labels that are in.", spread)


@pytest.mark.parametrize(
    ("estimate", "state", "said"),
    [
        (coming(0.50, 0.60, 0.68), SloState.BREACHED, "Accuracy is estimated at 60.0% (50.0% to 68.0%) with all"),
        (coming(0.72, 0.80, 0.85), SloState.MET, "Accuracy is estimated at 80.0% (72.0% to 85.0%) with all"),
        (
            coming(0.60, 0.68, 0.80),
            SloState.UNKNOWN,
            "more likely missed than kept. 400 of 900 labels",
        ),
        (coming(0.60, 0.75, 0.80), SloState.UNKNOWN, "more likely kept than missed. 400 of 900 labels are in"),
        (
            Unknown("concept-drift", "It drifts.", 0.4),
            SloState.UNKNOWN,
            "unlike late ones. It drifts.",
        ),
    ],
)
def test_while_labels_are_to_come_the_estimate_is_judged(
    estimate: Estimate | Unknown, state: SloState, said: str
) -> None:
    verdict = judge(measured(0.5, 400), 900, GOAL, estimate)
    assert verdict.state is state
    assert said in verdict.reason
    assert verdict.estimated is isinstance(estimate, Estimate)


def test_what_labels_to_come_cannot_change_is_a_fact() -> None:
    """Of 900 predictions 560 are wrong already, or 640 right, whatever the estimate says."""
    missed, kept = (
        judge(measured(0.2, 700), 900, GOAL, coming(0.8, 0.9, 1)),
        judge(measured(0.8, 800), 900, GOAL, NOBODY),
    )
    assert (missed.state, missed.estimated) == (SloState.BREACHED, False)
    assert missed.reason.startswith("Accuracy will be 37.8% at best: 700 of 900 labels are in")
    assert (kept.state, kept.estimated) == (SloState.MET, False)
    ranked = Goal(Metric.AUC, 0.7, minimum_labels=50)
    assert judge(measured(0.2, 700), 900, ranked, NOBODY).state is SloState.UNKNOWN, "an AUC cannot be counted out"


def test_only_a_breach_is_raised() -> None:
    breach = alert(judge(measured(0.6), 900, GOAL), "Flight delays", GOAL, "Fri 8 Feb", "carrier EV, origin EWR")
    assert breach is not None
    assert breach.title == "Flight delays: accuracy below objective on Fri 8 Feb"
    assert breach.summary.endswith("objective of 70.0%. Worst where carrier EV, origin EWR.")
    assert alert(judge(measured(0.8), 900, GOAL), "Flight delays", GOAL, "Fri 8 Feb", None) is None
    assert alert(judge(None, 900, GOAL), "Flight delays", GOAL, "Fri 8 Feb", None) is None


def test_auc_is_named_as_people_write_it() -> None:
    verdict = judge(measured(0.6), 900, Goal(Metric.AUC, 0.7, minimum_labels=50))
    assert verdict.reason.startswith("AUC was 60.0%")


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (timedelta(hours=1), "Fri 8 Feb 05:00"),
        *((timedelta(hours=hours), "Fri 8 Feb") for hours in (23, 24, 25)),
        (timedelta(hours=22.99), "Fri 8 Feb 05:00"),
        (timedelta(hours=25.01), "Fri 8 Feb to Sat 9 Feb"),
        (timedelta(days=7), "Fri 8 Feb to Fri 15 Feb"),
    ],
)
def test_windows_have_the_names_that_people_use(length: timedelta, name: str) -> None:
    start = datetime(2013, 2, 8, 5, tzinfo=ZoneInfo("America/New_York"))
    assert day_name(start, start + length) == name
