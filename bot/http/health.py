"""Is this process alive, can it do its work, and what do its numbers say."""

import asyncio
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.clock import Clock
from core.db.database import Database
from core.oncall import store as oncall
from core.outbox import claim_store
from core.outbox import store as outbox
from core.runs import store as runs


def routes(database: Database, clock: Clock) -> list[Route]:
    """`/healthz` (the process answers), `/readyz` (so does its database), `/metrics` (Prometheus)."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        try:
            await asyncio.to_thread(database.ping)
        except SQLAlchemyError as error:
            return _unavailable(error)
        return JSONResponse({"status": "ok"})

    async def metrics(_: Request) -> Response:
        try:
            found = await database.fetch(lambda session: numbers(session, clock.now()))
        except SQLAlchemyError as error:
            return _unavailable(error)
        registry = CollectorRegistry()
        registry.register(_Gauges(found))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _unavailable(error: SQLAlchemyError) -> Response:
    return JSONResponse({"status": "database_unavailable", "detail": type(error).__name__}, status_code=503)


class _Gauges(Collector):
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        return self._families


def numbers(session: Session, now: datetime) -> list[GaugeMetricFamily]:
    """What Prometheus is told at the clock's `now`."""
    messages = GaugeMetricFamily("goldilocks_outbox_messages", "Messages by status", labels=["status"])
    for status, count in outbox.count_by_status(session).items():
        messages.add_metric([status], count)
    silence = GaugeMetricFamily(
        "goldilocks_replica_silence_seconds",
        "Since when a replica has not written that it lives",
        labels=["replica"],
    )
    for name, seen_at in runs.last_words(session):
        silence.add_metric([name], _late(seen_at, now))
    return [
        messages,
        GaugeMetricFamily(
            "goldilocks_outbox_lag_seconds",
            "Age of the oldest due message",
            value=_late(claim_store.next_due(session), now),
        ),
        GaugeMetricFamily(
            "goldilocks_page_overdue_seconds",
            "How long the next step of a page has been due",
            value=_late(oncall.next_due(session), now),
        ),
        silence,
    ]


def _late(due: datetime | None, now: datetime) -> float:
    return max(0.0, (now - due).total_seconds()) if due else 0.0
