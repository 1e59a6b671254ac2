"""Killed without warning under load: what was answered with a 2xx is on disk."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.alerts import backlog_store
from core.alerts.labels import fingerprint
from core.alerts.store import firing_alerts
from core.db.database import Database
from tests.ingest_support import TOKEN
from tests.loopback import free_port

ROOT = Path(__file__).parents[2]


def labels(number: int) -> dict[str, str]:
    return {"alertname": f"A{number % 7}", "severity": "warning", "number": str(number)}


async def post_until_it_dies(base: str, process: subprocess.Popen[bytes]) -> set[str]:
    """Ten senders at once, new alerts and repeated ones; killed in the middle. The acknowledged fingerprints."""
    acknowledged: set[str] = set()

    async def one(client: httpx.AsyncClient, first: int) -> None:
        for number in range(first, first + 10_000):
            batch = [labels(number), labels(first)]
            try:
                reply = await client.post("/api/v2/alerts", json=[{"labels": item} for item in batch])
            except httpx.TransportError:
                return
            assert reply.status_code == 200
            acknowledged.update(map(fingerprint, batch))
            if len(acknowledged) > 300:
                process.send_signal(signal.SIGKILL)

    async with httpx.AsyncClient(base_url=base, headers=TOKEN) as client:
        await asyncio.gather(*(one(client, sender * 100_000) for sender in range(10)))
    return acknowledged


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@pytest.fixture
def server(sqlite_database: Database) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The ingest in a process of its own, and its address."""
    port = free_port()
    command = [sys.executable, str(ROOT / "bench" / "ingest.py"), "--serve", str(port), str(sqlite_database.url)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


async def test_what_was_acknowledged_survives_sigkill(
    sqlite_database: Database, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    acknowledged = await post_until_it_dies(*server)
    with sqlite_database.write() as session:
        backlog_store.settle(session)  # as a start does
    with sqlite_database.read() as session:
        stored = {row.fingerprint for row, _ in firing_alerts(session)}
    assert len(acknowledged) > 300
    assert acknowledged <= stored
