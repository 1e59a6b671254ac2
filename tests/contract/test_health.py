"""What probes and Prometheus are told, on both databases."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import httpx
from starlette.applications import Starlette

from bot.http import health
from core.asking import Asking
from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox.store import Post, enqueue
from core.runs import store as runs
from core.runs import sweep_store
from tests.conftest import ROOT
from tests.oncall_support import add_group, config
from workflows import escalate


def client(database: Database, clock: SimulatedClock) -> httpx.AsyncClient:
    app = Starlette(routes=health.routes(database, clock))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://goldilocks")


async def test_a_process_with_its_database_is_ready(database: Database, clock: SimulatedClock) -> None:
    async with client(database, clock) as probe:
        assert (await probe.get("/healthz")).json() == {"status": "ok"}
        assert (await probe.get("/readyz")).status_code == 200


async def test_without_its_database_it_lives_and_is_not_ready(tmp_path: Path, clock: SimulatedClock) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no such folder' / 'goldilocks.db'}")
    async with client(gone, clock) as probe:
        assert (await probe.get("/healthz")).status_code == 200
        answer = await probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "database_unavailable")


async def test_a_database_that_hangs_is_not_ready_soon_and_is_asked_once() -> None:
    asked, answer = 0, asyncio.Event()

    async def question() -> None:
        nonlocal asked
        asked += 1
        await answer.wait()

    asking = Asking(question)
    late = await asyncio.gather(*(asking.wait(0.05) for _ in range(3)), return_exceptions=True)
    assert ([type(each) for each in late], asked) == ([TimeoutError] * 3, 1)
    answer.set()
    await asking.wait(5)
    await asking.wait(5)
    assert asked == 2, "an answer is not kept"


async def test_messages_are_counted_by_status_and_the_oldest_due_one_is_timed(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        enqueue(session, Post("note", 1, "note:1", "flights"), clock.now())
        swept = sweep_store.hold(session, "messages", clock.now())
        assert swept is not None
        sweep_store.go_on(swept, 12, 40)
    clock.advance(timedelta(seconds=90))
    async with client(database, clock) as probe:
        told = (await probe.get("/metrics")).text
    assert 'goldilocks_outbox_messages{status="pending"} 1.0' in told
    assert "goldilocks_outbox_lag_seconds 90.0" in told
    assert 'goldilocks_rows_deleted_total{what="messages"} 12.0' in told


async def test_a_replica_that_cannot_write_any_more_and_a_page_that_is_not_taken_are_seen(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        runs.beat(session, "left", "yaml", clock.now())
        page = escalate.open_page(session, config(), add_group(session), clock.now())
        page.due_at = clock.now() + timedelta(seconds=20)
    clock.advance(timedelta(seconds=90))
    async with client(database, clock) as probe:
        told = (await probe.get("/metrics")).text
    assert 'goldilocks_replica_silence_seconds{replica="left"} 90.0' in told
    assert "goldilocks_page_overdue_seconds 70.0" in told


async def test_without_its_database_there_are_no_numbers_and_no_traceback(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no such folder' / 'goldilocks.db'}")
    async with client(gone, clock) as probe:
        answer = await probe.get("/metrics")
    assert (answer.status_code, answer.json()["status"]) == (503, "database_unavailable")


def test_the_rules_in_the_guide_name_numbers_that_there_are(database: Database, clock: SimulatedClock) -> None:
    guide = (ROOT / "docs" / "operations.md").read_text()
    with database.read() as session:
        known = {family.name for family in health.numbers(session, clock.now())}
    assert set(re.findall(r"goldilocks_\w+_(?:messages|seconds|deleted)", guide)) == known
