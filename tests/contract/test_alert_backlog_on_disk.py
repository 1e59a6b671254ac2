"""Rows of alerts that wait are written beside the requests, without waiting for the disk: nothing is lost by it."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.alerts import backlog
from core.clock import SimulatedClock
from core.config.load import Config
from core.db import checkpoints
from core.db.database import Database
from tests.backlog_support import SOURCE, Process, begun, told_later
from workflows.receiver import Writer


@pytest.fixture
def process(sqlite_database: Database, config: Config, clock: SimulatedClock) -> Process:
    return begun(sqlite_database, told_later(config), clock)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99, 1.0])
def test_a_machine_that_stops_while_the_rows_are_written_loses_nothing(
    process: Process, tmp_path: Path, share: float
) -> None:
    """Writing the rows does not wait for the disk, so any later part of the log may be missing after it."""
    process.post([process.alert("A", 1)], [process.alert("A", 2), process.alert("A", 0, ended=True)])
    path = Path(process.database.url.database or "")
    log = path.with_name(f"{path.name}-wal")
    before = log.stat().st_size
    process.database.do(process.receiver.settle, durable=False)
    written = log.stat().st_size - before
    assert written > 0
    (tmp_path / "left.db").write_bytes(path.read_bytes())
    (tmp_path / "left.db-wal").write_bytes(log.read_bytes()[: before + int(written * share)])
    left = Database(f"sqlite:///{tmp_path / 'left.db'}")
    again = Process(left, process.config, process.clock)
    assert again.waits() == (0 if share == 1 else 1)
    again.settle()
    assert (again.waits(), again.firing()) == (0, {("A", "1"), ("A", "2")})
    left.dispose()


def test_what_follows_is_durable_again(process: Process) -> None:
    def synchronous(session: Session) -> int:
        return int(session.connection().exec_driver_sql("PRAGMA synchronous").scalar_one())

    assert process.database.do(synchronous, durable=False) == 1
    with pytest.raises(ZeroDivisionError):
        process.database.do(lambda _: 1 // 0, durable=False)
    assert process.database.do(synchronous) == 2, "FULL"


async def test_much_is_settled_while_more_is_gathered(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "ASIDE_AFTER_ALERTS", 2)
    monkeypatch.setattr("core.alerts.writer.REST_S", 1_000)
    async with Writer(process.database, process.clock, process.receiver) as writer, asyncio.TaskGroup() as tasks:
        for number in (1, 2):
            request = process.api.read(json.dumps([process.alert("A", number)]).encode(), SOURCE)[0]
            known = process.api.read(json.dumps([process.alert("known", number - 1)]).encode(), SOURCE)[0]
            tasks.create_task(writer.put([*known, *request]))
        async with asyncio.timeout(60):
            while process.firing() != {("A", "0"), ("A", "1"), ("A", "2")}:  # noqa: ASYNC110 - by another thread
                await asyncio.sleep(0.001)
        assert process.waits() == 0


def test_the_log_is_copied_beside_those_who_write(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 1)
    path = Path(process.database.url.database or "")
    before = path.read_bytes()
    process.post([process.alert("A", 1)], [])
    deadline = time.monotonic() + 60
    while path.read_bytes() == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.read_bytes() != before
    assert process.waits() == 1
