"""One team under two YAMLs: what fires under the old one, and what is said and called when the new one acts."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.team import Team
from core.db.database import Database
from core.oncall.tables import Notification, ShiftHandoff
from tests.alerts_support import webhook
from tests.oncall_support import PIPELINE, T0, TEAM
from workflows import respond
from workflows.runtime import TAKES

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FLIGHTS = TEAM["rotations"][0]
DATA = {
    **FLIGHTS,
    "id": "data",
    "title": "Data on-call",
    "members": ["leo", "maya"],
    "shadows": [],
    "channel": "flights",
}
PAGE = TEAM["escalation"][0]
LONG = {"id": "long", "steps": [{"notify": "primary", "wait": "1h"}] * 4}
ALERTS = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["alertname"]}


def routed(**place: str) -> dict[str, Any]:
    return {**ALERTS, "routes": [{"id": "db", "match": ['alertname="DbDown"'], **place}]}


def yaml(digest: str, **changes: Any) -> Config:
    values = {
        "rotations": [FLIGHTS, DATA],
        "escalation": [PAGE, LONG],
        "alerts": routed(rotation="data", policy="long", channel="flights"),
    }
    team = Team.model_validate({**TEAM, **values, **changes})
    return Config(team, {"flights": Pipeline.model_validate(PIPELINE)}, {}, digest)


def without(who: str) -> dict[str, Any]:
    """The team after somebody left."""
    rotations: list[dict[str, Any]] = [
        {**each, "members": [m for m in each["members"] if m != who], "shadows": []} for each in (FLIGHTS, DATA)
    ]
    return {"people": [each for each in TEAM["people"] if each["id"] != who], "rotations": rotations}


OLD = yaml("old")


def tick(database: Database, config: Config, now: datetime) -> None:
    """Everything that is due, as the runtime takes it."""
    for take in TAKES:
        with database.write() as session:
            take(session, config, now)


def fire(database: Database, name: str, now: datetime = T0) -> None:
    tick(database, OLD, now - MINUTE)
    with database.write() as session:
        labels = {"alertname": name, "severity": "critical"}
        respond.receive(session, OLD, [webhook(labels, starts_at=now)], now)


def called(database: Database) -> list[tuple[str, list[str]]]:
    with database.read() as session:
        rows = session.scalars(select(Notification).order_by(Notification.id))
        return [(row.reason, row.people) for row in rows]


def said(database: Database, action: str) -> list[str]:
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [row.detail for row in rows]


def group(database: Database) -> AlertGroup:
    with database.read() as session:
        return session.get_one(AlertGroup, 1)


def handoff(database: Database) -> ShiftHandoff:
    with database.read() as session:
        return session.scalars(select(ShiftHandoff).where(ShiftHandoff.rotation == "flights")).one()
