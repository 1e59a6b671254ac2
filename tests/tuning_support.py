"""A past whose labels have come: evaluations with what was expected, and the log that says what turned out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.pipeline import Alerting
from core.db.database import Database
from core.evaluation.tables import Evaluation
from tests.fakes_log import Arrived, FakeLog, Made
from tests.fakes_models import FakeRegistry
from tests.steps_support import DirectSteps
from workflows.evaluate import save
from workflows.ports import Workshop
from workflows.tune import tune

START = datetime(2013, 3, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 90
DRIFT = {"check": "drift", "kind": "drift", "score": 1.4, "reason": "dest differs", "column": "dest"}


def drops(day: int) -> bool:
    return day % 15 == 7


def risk(day: int) -> float:
    """Every third day is feared, and those that drop more."""
    return 0.9 if drops(day) else 0.6 if day % 3 == 0 else 0.1


def evaluations(config: Config, days: int = DAYS) -> list[Evaluation]:
    """Each day, evaluated when no label was in."""
    objective = config.pipeline("flights").slo.objective
    return [
        Evaluation(
            pipeline="flights",
            window_start=START + day * DAY,
            window_end=START + (day + 1) * DAY,
            known_at=START + (day + 1) * DAY,
            versions=["1"],
            rows=10,
            labels=0,
            metric="accuracy",
            objective=objective,
            state="unknown",
            reason="0 of 10 labels are in",
            findings=[DRIFT] if day % 5 == 0 else [],
            slices=[],
            summary={"day": f"day {day}", "estimate": {"value": 0.7, "low": 0.6, "high": 0.8, "risk": risk(day)}},
        )
        for day in range(days)
    ]


def evaluated(
    database: Database,
    config: Config,
    day: int,
    *,
    risk: float,
    findings: Sequence[dict[str, Any]] = (),
    hour: int = 0,
    summary: Mapping[str, object] | None = None,
    **computed: object,
) -> tuple[list[str], dict[str, object]]:
    """The names of the alerts that are open after the evaluation of a day, some hours later, whose labels are to come,
    and what it says of its policy."""
    end = START + (day + 1) * DAY
    at = end + timedelta(hours=hour)
    made = {
        "pipeline": "flights",
        "window_start": (end - DAY).isoformat(),
        "window_end": end.isoformat(),
        "known_at": at.isoformat(),
        "versions": ["1"],
        "rows": 10,
        "labels": 0,
        "metric": "accuracy",
        "objective": 0.65,
        "state": "unknown",
        "reason": "0 of 10 labels are in",
        "findings": list(findings),
        "slices": [],
        "summary": {
            "day": f"day {day}",
            "estimate": {"value": 0.6, "low": 0.5, "high": 0.7, "risk": risk, "coverage": 0.0, "reason": ""},
            **(summary or {}),
        },
        **computed,
    }
    with database.write() as session:
        number = save(session, config, made, at)
    with database.read() as session:
        groups = session.scalars(select(AlertGroup).where(AlertGroup.status != GroupStatus.RESOLVED))
        names = sorted(group.labels["alertname"] for group in groups)
        return names, session.get_one(Evaluation, number).summary["alerting"]


def log(config: Config, days: int = DAYS, *, labelled: int = DAYS) -> FakeLog:
    """Ten predictions a day, all right or (on the days that drop) half of them; labels of the first days only."""
    features = config.pipeline("flights").predictions.features
    made, arrived = [], []
    for day in range(days):
        for i in range(10):
            at = START + day * DAY + timedelta(hours=i)
            made.append(Made(f"{day}-{i}", at, "1", 0.2, 0, dict.fromkeys(features, 1.0)))
            if day < labelled:
                arrived.append(Arrived(f"{day}-{i}", int(drops(day) and i < 5), at + timedelta(days=2)))
    return FakeLog(made, arrived, features)


def with_alerting(config: Config, alerting: Alerting) -> Config:
    flights = config.pipeline("flights").model_copy(update={"alerting": alerting})
    return Config(config.team, {**config.pipelines, "flights": flights})


def workshop(database: Database, config: Config, clock: SimulatedClock, data: Path, found: FakeLog) -> Workshop:
    return Workshop(
        database,
        config,
        clock,
        data,
        FakeRegistry(),
        log=lambda _: found,
        target=lambda _: None,  # type: ignore[arg-type,return-value]
    )


def remember(database: Database, config: Config, days: int = DAYS) -> None:
    with database.write() as session:
        session.add_all(evaluations(config, days))


async def run(tools: Workshop, at: datetime) -> None:
    """The weekly run at an instant."""
    tools.clock.advance_to(at)  # type: ignore[attr-defined]
    await tune(DirectSteps(), tools, {"pipeline": "flights", "at": at.isoformat()})
