"""An ingest application on a test's own database, and a sender for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from bot.http.ingest.app import Ingest
from bot.http.ingest.exchange import Receive, Scope, Send
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from tests.senders_support import read_secret
from workflows.receiver import Receiver, Writer

TOKEN = {"authorization": "Bearer demo-alertmanager"}


async def elsewhere(scope: Scope, _receive: Receive, send: Send) -> None:
    """The application behind the ingest: answers 418 to everything."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@asynccontextmanager
async def application(
    config: Config, database: Database, clock: Clock, *, max_waiting: int = 20_000
) -> AsyncIterator[Ingest]:
    """The ingest with its writer at work."""
    writer = Writer(database, clock, Receiver(config), max_waiting)
    async with writer:
        yield Ingest(config, database, clock, writer, elsewhere, read_secret)


@asynccontextmanager
async def sender(
    config: Config, database: Database, clock: Clock, *, max_waiting: int = 20_000
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that knows the token, in front of a running writer."""
    async with application(config, database, clock, max_waiting=max_waiting) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=TOKEN) as client:
            yield client


def notification(alerts: list[dict[str, Any]], status: str = "firing") -> dict[str, Any]:
    """A webhook as Alertmanager 0.25 writes it."""
    return {
        "receiver": "goldilocks",
        "status": status,
        "alerts": alerts,
        "groupLabels": {"alertname": "HighLatency"},
        "commonLabels": {"alertname": "HighLatency"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}:{alertname="HighLatency"}',
        "truncatedAlerts": 0,
    }


def notified(status: str, starts_at: datetime, ends_at: datetime | None = None, **labels: str) -> dict[str, Any]:
    """One alert of a webhook; the end is Go's zero time while it fires."""
    return {
        "status": status,
        "labels": {"alertname": "HighLatency", "severity": "critical", **labels},
        "annotations": {"summary": "slow"},
        "startsAt": starts_at.isoformat(),
        "endsAt": ends_at.isoformat() if ends_at else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=x",
        "fingerprint": "0123456789abcdef",
    }


INHIBIT = {
    "id": "down",
    "source": ['alertname="TableDown"'],
    "target": ['alertname=~"Late|Nulls"'],
    "equal": ["table"],
}


def inhibiting(config: Config) -> Config:
    """The same team with one inhibition."""
    alerts = type(config.team.alerts).model_validate(
        {**config.team.alerts.model_dump(exclude={"routes", "causes", "storm"}), "inhibit": [INHIBIT]}
    )
    return Config(config.team.model_copy(update={"alerts": alerts}), config.pipelines)
