"""Is this process alive, can it do its work, and what do its numbers say."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.asking import Asking
from core.clock import Clock
from core.db.database import Database
from core.oncall import store as oncall
from core.outbox import claim_store
from core.outbox import store as outbox
from core.runs import store as runs
from core.runs import sweep_store

ANSWERS_S = 5.0
"""How long a database may take to answer `/readyz`: probes rarely wait longer."""


@dataclass
class Standing:
    """Whether a load balancer is to send requests here: not where nothing can be written, nor where it is `leaving`.
    `without` says why durable runs stand still, which keeps no request away: it is told, and no more."""

    writes: Callable[[], bool] = lambda: True
    without: Callable[[], str] = lambda: ""
    leaving: bool = False

    def refusal(self) -> str | None:
        if self.leaving:
            return "leaving"
        return None if self.writes() else "cannot_write"


def routes(database: Database, clock: Clock, standing: Standing | None = None) -> list[Route]:
    """`/healthz` (the process answers), `/readyz` (so does its database, and its `standing` is good), `/metrics`
    (Prometheus)."""
    standing = standing or Standing()

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    asking = Asking(lambda: asyncio.to_thread(database.ping))

    async def readyz(_: Request) -> Response:
        try:
            await asking.wait(ANSWERS_S)
        except (SQLAlchemyError, TimeoutError) as error:
            return _unavailable(error)
        if refusal := standing.refusal():
            return JSONResponse({"status": refusal}, status_code=503)
        more = {"runs": "database_unavailable"} if standing.without() else {}
        return JSONResponse({"status": "ok", **more})

    async def metrics(_: Request) -> Response:
        try:
            found = await database.fetch(lambda session: numbers(session, clock.now()))
        except SQLAlchemyError as error:
            return _unavailable(error)
        registry = CollectorRegistry()
        registry.register(_Gauges(found))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _unavailable(error: Exception) -> Response:
    return JSONResponse({"status": "database_unavailable", "detail": type(error).__name__}, status_code=503)


class _Gauges(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def numbers(session: Session, now: datetime) -> list[Metric]:
    """What Prometheus is told at the clock's `now`."""
    messages = GaugeMetricFamily("goldilocks_outbox_messages", "Messages by status", labels=["status"])
    for status, count in outbox.count_by_status(session).items():
        messages.add_metric([status], count)
    deleted = CounterMetricFamily(
        "goldilocks_rows_deleted", "Old rows deleted, by what they were (team.yaml: retention)", labels=["what"]
    )
    for name, count in sweep_store.counts(session):
        deleted.add_metric([name], count)
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
        deleted,
    ]


def _late(due: datetime | None, now: datetime) -> float:
    return max(0.0, (now - due).total_seconds()) if due else 0.0
