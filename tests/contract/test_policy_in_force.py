"""The alerting policy in force decides what an evaluation tells and calls, on every database."""

import pytest
from sqlalchemy import select

from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.tables import Evaluation
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion
from tests.tuning_support import DAY, START
from workflows.evaluate import save


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


async def test_the_policy_in_force_decides_what_is_told_and_calls(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    strict = AlertingPolicy(page_from=0.8, record_from=0.3, notify_from={"drift": 2.0})
    _force(database, strict)
    quiet = _evaluated(database, config, 1, risk=0.7, score=1.5)
    assert quiet == ([], {"policy": 2, "kept": [0], "at_risk": True})
    loud = _evaluated(database, config, 2, risk=0.85, score=2.5)
    assert loud == (["DataCheck", "SloBreached"], {"policy": 2, "kept": [], "at_risk": False})


async def test_broken_data_is_always_told_and_calls_from_half_the_risk(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    _force(database, AlertingPolicy(page_from=0.8, notify_from={"drift": 50.0}))
    _evaluated(database, config, 1, risk=0.39, score=1.5, kind="hard")
    with database.read() as session:
        (group,) = session.scalars(select(AlertGroup))
        assert group.severity == "warning"
    _evaluated(database, config, 2, risk=0.41, score=1.5, kind="hard")
    with database.read() as session:
        assert session.scalars(select(AlertGroup)).one().severity == "error"


def _force(database: Database, policy: AlertingPolicy) -> None:
    with database.write() as session:
        session.add(
            PolicyVersion(
                pipeline="flights",
                version=2,
                thresholds=policy.as_json(),
                status=PolicyStatus.ACTIVE,
                why="",
                made_at=START,
            )
        )


def _evaluated(
    database: Database, config: Config, day: int, *, risk: float, score: float, kind: str = "drift"
) -> tuple[list[str], dict[str, object]]:
    """The names of the alerts that are open after an evaluation, and what it says of its policy."""
    at = START + (day + 1) * DAY
    finding = {"check": "drift", "kind": kind, "score": score, "reason": "dest differs", "column": "dest"}
    estimate = {"value": 0.6, "low": 0.5, "high": 0.7, "risk": risk, "coverage": 0.0, "reason": ""}
    computed = {
        "pipeline": "flights",
        "window_start": (START + day * DAY).isoformat(),
        "window_end": at.isoformat(),
        "known_at": at.isoformat(),
        "versions": ["1"],
        "rows": 10,
        "labels": 0,
        "metric": "accuracy",
        "objective": 0.65,
        "state": "unknown",
        "reason": "0 of 10 labels are in",
        "findings": [finding],
        "slices": [],
        "summary": {"day": f"day {day}", "estimate": estimate},
    }
    with database.write() as session:
        number = save(session, config, computed, at)
    with database.read() as session:
        groups = session.scalars(select(AlertGroup).where(AlertGroup.status != GroupStatus.RESOLVED))
        names = sorted(group.labels["alertname"] for group in groups)
        return names, session.get_one(Evaluation, number).summary["alerting"]
