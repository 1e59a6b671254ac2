"""The alerting policy in force decides what an evaluation tells and calls, on every database."""

import pytest
from sqlalchemy import select

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion
from tests.tuning_support import DRIFT, START, evaluated


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


async def test_the_policy_in_force_decides_what_is_told_and_calls(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    strict = AlertingPolicy(page_from=0.8, record_from=0.3, notify_from={"drift": 2.0})
    _force(database, strict)
    quiet = evaluated(database, config, 1, risk=0.7, findings=[DRIFT | {"score": 1.5}])
    assert quiet == ([], {"policy": 2, "kept": [0], "at_risk": True})
    loud = evaluated(database, config, 2, risk=0.85, findings=[DRIFT | {"score": 2.5}])
    assert loud == (["SloBreached"], {"policy": 2, "kept": [], "at_risk": False})


async def test_broken_data_is_always_told_and_calls_from_half_the_risk(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    _force(database, AlertingPolicy(page_from=0.8, notify_from={"drift": 50.0}))
    evaluated(database, config, 1, risk=0.39, findings=[DRIFT | {"kind": "hard"}])
    with database.read() as session:
        (group,) = session.scalars(select(AlertGroup))
        assert group.severity == "warning"
    evaluated(database, config, 2, risk=0.41, findings=[DRIFT | {"kind": "hard"}])
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
