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
from core.outbox import claim_store
from core.outbox import store as outbox


def routes(database: Database, clock: Clock) -> list[Route]:
    """`/healthz` (the process answers), `/readyz` (so does its database), `/metrics` (Prometheus)."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        try:
            await asyncio.to_thread(database.ping)
        except SQLAlchemyError as error:
            return JSONResponse(
                {"status": "database_unavailable", "detail": type(error).__name__}, status_code=503
            )
        return JSONResponse({"status": "ok"})

    async def metrics(_: Request) -> Response:
        numbers = await database.fetch(lambda session: _numbers(session, clock.now()))
        registry = CollectorRegistry()
        registry.register(_Gauges(numbers))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


class _Gauges(Collector):
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        return self._families


def _numbers(session: Session, now: datetime) -> list[GaugeMetricFamily]:
    messages = GaugeMetricFamily("goldilocks_outbox_messages", "Messages by status", labels=["status"])
    for status, count in outbox.count_by_status(session).items():
        messages.add_metric([status], count)
    due = claim_store.next_due(session)
    late = max(0.0, (now - due).total_seconds()) if due else 0.0
    return [
        messages,
        GaugeMetricFamily("goldilocks_outbox_lag_seconds", "Age of the oldest due message", value=late),
    ]
