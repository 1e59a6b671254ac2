"""A small team with one pipeline, and the rows that on-call and ticket tests start from."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.config.declared import Person
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.evaluation.tables import Evaluation
from core.oncall import rota_store
from core.oncall.tables import ShiftHandoff
from core.outbox.tables import OutboxRow
from workflows import hand_off

TEAM: dict[str, Any] = {
    "team": "flights",
    "people": [
        {"id": "maya", "name": "Maya Chen", "slack": "U0MAYA"},
        {"id": "jonas", "name": "Jonas Weber", "slack": "U0JONAS", "roles": ["responder", "approver"]},
        {"id": "amina", "name": "Amina Diallo", "slack": "U0AMINA", "roles": ["responder", "approver"]},
        {"id": "leo", "name": "Leo Rossi", "slack": "U0LEO"},
        {"id": "sofia", "name": "Sofia Lund", "slack": "U0SOFIA", "roles": []},
    ],
    "channels": [
        {"id": "flights", "name": "flights-model", "slack": "C0FLIGHTS"},
        {"id": "oncall", "name": "ml-oncall", "slack": "C0ONCALL"},
    ],
    "rotations": [
        {
            "id": "flights",
            "title": "Flights on-call",
            "timezone": "America/New_York",
            "handoff": {"on": "monday", "at": "09:00"},
            "starts": "2013-01-28",
            "members": ["jonas", "amina", "maya"],
            "shadows": ["leo"],
            "channel": "oncall",
        }
    ],
    "escalation": [
        {
            "id": "page",
            "repeat": 1,
            "steps": [
                {"notify": "primary", "wait": "15m"},
                {"notify": "next", "wait": "15m"},
                {"notify": "everyone", "wait": "30m"},
            ],
        }
    ],
    "approvals": {"roll_back": {"deadline": "4h"}, "promote": {"deadline": "3d"}},
    "alerts": {"channel": "oncall", "rotation": "flights", "policy": "page"},
}

PIPELINE: dict[str, Any] = {
    "pipeline": "flights",
    "title": "Flight delays",
    "rotation": "flights",
    "channel": "flights",
    "escalation": "page",
    "runbook": "https://wiki.example.com/flights",
    "predictions": {
        "path": "/data/predictions",
        "id": "flight",
        "predicted_at": "predicted_at",
        "version": "version",
        "score": "score",
        "prediction": "prediction",
        "features": ["origin"],
    },
    "labels": {"path": "/data/labels", "id": "flight", "label": "late", "label_at": "landed_at"},
    "slo": {"metric": "accuracy", "objective": 0.7},
    "evaluation": {"every": "day", "at": "06:00"},
    "retraining": {
        "schedule": {"every": "week"},
        "trainer": {"command": ["python", "train.py"], "directory": ".", "timeout": "10m"},
        "history": "60d",
        "holdout": "14d",
    },
    "deployment": {"version_url": "http://127.0.0.1:8090/version", "timeout": "30s"},
    "review": {"schedule": {"every": "week"}},
}

T0 = datetime(2013, 2, 5, 12, 0, tzinfo=UTC)
"""A Tuesday in amina's shift."""

HANDOFF = datetime(2013, 2, 11, 14, 0, tzinfo=UTC)
"""Monday 09:00 in New York: amina hands over to maya."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def config(**changes: Any) -> Config:
    """The team and its pipeline, with changes to `team.yaml`."""
    return Config(Team.model_validate({**TEAM, **changes}), {"flights": Pipeline.model_validate(PIPELINE)})


def person(person_id: str) -> Person:
    found = config().team.person(person_id)
    assert found is not None
    return found


def add_group(session: Session, **changes: Any) -> AlertGroup:
    values: dict[str, Any] = {
        "key": "flights/accuracy",
        "labels": {"alertname": "AccuracyLow", "pipeline": "flights"},
        "title": "Accuracy below its objective",
        "summary": "Accuracy was 0.58 on 8 February.",
        "severity": "critical",
        "pipeline": "flights",
        "channel": "flights",
        "rotation": "flights",
        "policy": "page",
        "opened_at": T0,
    }
    group = AlertGroup(**{**values, **changes})
    session.add(group)
    session.flush()
    return group


def add_evaluation(session: Session, **changes: Any) -> Evaluation:
    values: dict[str, Any] = {
        "pipeline": "flights",
        "window_start": T0 - timedelta(days=1),
        "window_end": T0,
        "known_at": T0,
        "versions": ["1"],
        "rows": 800,
        "labels": 780,
        "metric": "accuracy",
        "value": 0.58,
        "low": 0.55,
        "high": 0.61,
        "objective": 0.7,
        "state": "breached",
        "reason": "below_objective",
    }
    evaluation = Evaluation(**{**values, **changes})
    session.add(evaluation)
    session.flush()
    return evaluation


def audit_rows(database: Database) -> list[tuple[str, str, bool, str]]:
    """Who did what, whether it was allowed, and the named reason, in order."""
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.actor, row.action, row.allowed, row.reason) for row in rows]


def outbox_rows(database: Database) -> list[OutboxRow]:
    with database.read() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def messages(database: Database, kind: str) -> list[str]:
    return [row.channel for row in outbox_rows(database) if row.kind == kind]


def at_once(*works: Callable[[], None]) -> None:
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)


def draft_due(session: Session, team: Config, now: datetime) -> int:
    """Draft what is due in an installation that has looked after these rotations for long."""
    for rotation in team.team.rotations:
        held = rota_store.lock_plan(session, rotation.id)
        held.planned_until, held.seen_since = held.planned_until or now, None
    return hand_off.draft_due(session, team, now)


def handoffs(database: Database) -> list[ShiftHandoff]:
    with database.read() as session:
        return list(session.scalars(select(ShiftHandoff).order_by(ShiftHandoff.id)))
