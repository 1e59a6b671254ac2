"""When the objective is kept, missed, or cannot be judged, and what is raised."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.config.pipeline import Metric, Slo
from core.evaluation.metric import Measured
from core.evaluation.tables import SloState
from core.evaluation.verdict import alert, day_name, judge

SLO = Slo(metric=Metric.ACCURACY, objective=0.7, minimum_labels=100)


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
    verdict = judge(found, rows, SLO)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_only_a_breach_is_raised() -> None:
    breach = alert(judge(measured(0.6), 900, SLO), "Flight delays", SLO, "Fri 8 Feb", "carrier EV, origin EWR")
    assert breach is not None
    assert breach.title == "Flight delays: accuracy below objective on Fri 8 Feb"
    assert breach.summary.endswith("objective of 70.0%. Worst where carrier EV, origin EWR.")
    assert alert(judge(measured(0.8), 900, SLO), "Flight delays", SLO, "Fri 8 Feb", None) is None
    assert alert(judge(None, 900, SLO), "Flight delays", SLO, "Fri 8 Feb", None) is None


def test_auc_is_named_as_people_write_it() -> None:
    verdict = judge(measured(0.6), 900, Slo(metric=Metric.AUC, objective=0.7))
    assert verdict.reason.startswith("AUC was 60.0%")


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (timedelta(hours=1), "Fri 8 Feb 05:00"),
        (timedelta(hours=24), "Fri 8 Feb"),
        (timedelta(days=7), "Fri 8 Feb to Fri 15 Feb"),
    ],
)
def test_windows_have_the_names_that_people_use(length: timedelta, name: str) -> None:
    start = datetime(2013, 2, 8, 5, tzinfo=ZoneInfo("America/New_York"))
    assert day_name(start, start + length) == name
