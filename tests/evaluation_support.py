"""The evaluation run against a log in memory: days of flights, a workshop, and what came of it."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation import store
from core.evaluation.tables import Evaluation
from core.outbox.tables import OutboxRow
from tests.fakes_log import Arrived, FakeLog, Made
from tests.fakes_models import FakeRegistry
from tests.steps_support import DirectSteps
from workflows.evaluate import evaluate
from workflows.ports import Workshop

MIDNIGHT = datetime(2013, 2, 8, 5, tzinfo=UTC)
"""Friday, 8 February 2013 in New York."""
DAY = timedelta(days=1)


def flights_log(
    config: Config, shares: dict[int, float], each: int = 200, waits: timedelta = timedelta(hours=8)
) -> FakeLog:
    """Days from MIDNIGHT on with this share of right predictions, whose labels come after `waits`."""
    rng = random.Random(3)
    features = config.pipeline("flights").predictions.features
    made, arrived = [], []
    for day, share in shares.items():
        for i in range(each):
            at = MIDNIGHT + day * DAY + timedelta(minutes=5 * i)
            row: dict[str, Any] = dict.fromkeys(features, 1.0)
            row |= {"carrier": rng.choice(["EV", "UA"]), "origin": rng.choice(["EWR", "LGA"]), "dest": "ORD"}
            made.append(Made(f"{day}-{i}", at, "1", 0.2, 0, row))
            arrived.append(Arrived(f"{day}-{i}", int(i >= share * each), at + waits))
    return FakeLog(made, arrived, features)


def workshop(database: Database, config: Config, data: Path, log: FakeLog) -> Workshop:
    registry = FakeRegistry()
    return Workshop(
        database, config, SimulatedClock(MIDNIGHT), data, registry, log=lambda _: log, target=lambda _: None
    )


async def run(tools: Workshop, day: int) -> Evaluation:
    """Evaluate that day at 08:00 of the next, in New York."""
    midnight = MIDNIGHT.astimezone(ZoneInfo("America/New_York"))
    start, at = ((midnight + wall).astimezone(UTC) for wall in (day * DAY, (day + 1) * DAY + timedelta(hours=8)))
    tools.clock.advance_to(at)  # type: ignore[attr-defined]
    await evaluate(DirectSteps(), tools, {"pipeline": "flights", "at": at.isoformat()})
    with tools.database.read() as session:
        found = store.of_window(session, "flights", start, at)
    assert found is not None
    return found


def groups(session: Session) -> list[AlertGroup]:
    return list(session.scalars(select(AlertGroup).order_by(AlertGroup.id)))


def posts(session: Session, kind: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))
