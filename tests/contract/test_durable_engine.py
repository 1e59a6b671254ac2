"""Runs that outlive their process: each id is performed once, and a survivor finishes what another began."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, select

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.runs import store
from core.runs.tables import Run, RunStatus
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.runtime_support import Book
from workflows.durable import DbosEngine
from workflows.retention import runs
from workflows.runtime import Runtime
from workflows.steps import Steps


async def test_the_durable_engine_performs_each_id_once_and_resumes(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    book = Book()
    workshop = workshop_with(sqlite_database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    for _ in range(2):
        engine = DbosEngine(f"sqlite:///{tmp_path / 'runs.db'}", "test")
        runtime = Runtime(workshop, book.catalog(), engine)
        engine.launch(runtime.perform)
        with sqlite_database.write() as session:
            store.request(session, "evaluate:flights:now", "evaluate", {"pipeline": "flights"}, clock.now())
        await runtime.dispatch()
        await engine.start("evaluate:flights:now", "evaluate", {"pipeline": "flights"})
        await asyncio.wait_for(runtime.settled(), 20)
        await engine.stop()
    assert book.ran == [("evaluate", {"pipeline": "flights"})]
    with sqlite_database.read() as session:
        assert session.scalars(select(Run.status)).all() == [RunStatus.FINISHED]


async def test_a_run_that_ended_long_ago_is_forgotten_with_its_steps(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    book = Book()
    workshop = workshop_with(sqlite_database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    engine = DbosEngine(f"sqlite:///{tmp_path / 'runs.db'}", "test")
    runtime = Runtime(workshop, book.catalog(), engine)
    engine.launch(runtime.perform)
    try:
        for name in ("old", "young"):
            with sqlite_database.write() as session:
                store.request(session, name, "evaluate", {"pipeline": "flights"}, clock.now())
            await runtime.dispatch()
            await asyncio.wait_for(runtime.settled(), 20)
            clock.advance(runs.KEPT / 2)
        with sqlite_database.write() as session:
            store.request(session, "open", "evaluate", {}, clock.now() - 2 * runs.KEPT)
        clock.advance(timedelta(seconds=1))
        assert await runs.forget_runs(workshop, engine) == 1
        assert await runs.forget_runs(workshop, engine) == 0
    finally:
        await engine.stop()
    with sqlite_database.read() as session:
        assert set(session.scalars(select(Run.id))) == {"young", "open"}
    kept = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    with kept.connect() as connection:
        for table in ("workflow_status", "operation_outputs"):
            found = connection.exec_driver_sql(f"SELECT DISTINCT workflow_uuid FROM {table}").scalars().all()  # noqa: S608
            assert found == ["young"]
    kept.dispose()


async def test_a_survivor_finishes_what_another_replica_began(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    begun, done, stuck = asyncio.Event(), asyncio.Event(), True

    async def perform(steps: Steps, *_: object) -> None:
        async def work() -> None:
            begun.set()
            if stuck:
                await asyncio.sleep(3600)
            done.set()

        await steps("work", work)

    url = f"sqlite:///{tmp_path / 'runs.db'}"
    dead = DbosEngine(url, "a")
    dead.launch(perform)
    await dead.start("evaluate:flights:now", "evaluate", {})
    await asyncio.wait_for(begun.wait(), 20)
    await dead.stop()
    stuck = False
    survivor = DbosEngine(url, "b")
    survivor.launch(perform)
    assert await survivor.adopt(["b"]) == 0
    assert await survivor.adopt(["a"]) == 1
    await asyncio.wait_for(done.wait(), 20)
    await survivor.stop()
