"""The durable engine's own database hangs or is away: pages go on, people hear of it, and runs begin later."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import Notification
from core.runs import store
from core.runs.tables import Run, RunStatus
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.oncall_support import add_group
from tests.oncall_support import config as team
from tests.runtime_support import Book, DirectEngine
from tests.steps_support import DirectSteps
from workflows import escalate
from workflows.durable import DbosEngine
from workflows.engine_watch import TELL_AFTER, URGENT_AFTER, EngineWatch
from workflows.own_alerts import RUNS
from workflows.ports import Workshop
from workflows.runtime import Runtime

PULSES_S = 10


class Hanging:
    """An engine whose database hangs until `answers` is set, and is away while it is `lost`."""

    def __init__(self) -> None:
        self.answers, self.lost, self.launched = threading.Event(), False, False
        self.begun, self.started, self.adopted = 0, list[str](), list[str]()
        self.perform: Any = None

    def ping(self) -> None:
        if self.lost:
            raise OperationalError("SELECT 1", {}, ConnectionError("connection refused"))
        self.answers.wait(30)

    async def begin(self) -> None:
        self.begun, self.launched = self.begun + 1, True

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
        self.started.append(run_id)
        await asyncio.to_thread(self.answers.wait, 30)
        await self.perform(DirectSteps(), run_id, kind, args)

    async def adopt(self, replicas: Sequence[str]) -> int:
        self.adopted += replicas
        return len(replicas)


@pytest.fixture
def engine() -> Hanging:
    return Hanging()


@pytest.fixture
def workshop(database: Database, clock: SimulatedClock, tmp_path: Path) -> Workshop:
    return workshop_with(database, team(), clock, tmp_path, FakeRegistry(), FakeTarget("1"))


def ask(workshop: Workshop, run_id: str) -> None:
    now = workshop.clock.now()
    workshop.database.do(lambda session: store.request(session, run_id, "evaluate", {}, now))


def alerts(workshop: Workshop) -> list[tuple[str, str, str]]:
    with workshop.database.read() as session:
        found = session.scalars(select(AlertGroup).order_by(AlertGroup.id)).all()
    return [(each.labels["alertname"], each.severity, each.status) for each in found]


async def test_pages_go_on_while_the_engine_does_not_take_a_run(
    workshop: Workshop, engine: Hanging, clock: SimulatedClock
) -> None:
    runtime = Runtime(workshop, Book().catalog(), engine)
    engine.perform = runtime.perform
    ask(workshop, "stuck")
    await asyncio.wait_for(runtime.pulse(), PULSES_S)
    with workshop.database.write() as session:
        group = add_group(session, opened_at=clock.now())
        escalate.open_page(session, workshop.config, group, clock.now())
    clock.advance(timedelta(hours=1))
    await asyncio.wait_for(runtime.pulse(), PULSES_S)
    ask(workshop, "later")
    runtime.wake()
    with workshop.database.read() as session:
        assert len(session.scalars(select(Notification)).all()) > 1
    assert engine.started == ["stuck"], "one look at a time: no thread for each"
    engine.answers.set()
    await runtime.dispatch()
    await asyncio.wait_for(runtime.settled(), PULSES_S)
    assert engine.started == ["stuck", "later"]


async def test_a_run_that_the_engine_did_not_take_is_tried_again(
    workshop: Workshop, clock: SimulatedClock
) -> None:
    class Refusing(DirectEngine):
        refuses = True

        async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
            if self.refuses:
                raise OperationalError("INSERT", {}, ConnectionError("connection refused"))
            await super().start(run_id, kind, args)

    engine = Refusing()
    runtime = Runtime(workshop, Book().catalog(), engine)
    engine.perform = runtime.perform
    ask(workshop, "again")
    await runtime.pulse()
    assert engine.started == []
    engine.refuses = False
    await runtime.pulse()
    assert engine.started == ["again"]


@pytest.mark.parametrize("lost", [False, True], ids=["hangs", "is away"])
async def test_people_hear_of_it_then_are_called_and_hear_that_it_is_over(
    workshop: Workshop, engine: Hanging, clock: SimulatedClock, lost: bool
) -> None:
    engine.lost = lost
    watch = EngineWatch(workshop, engine, "a", answers_s=0.02)
    await watch.begin()
    assert (engine.begun, watch.problem != "") == (0, True), "the start does not wait for it"
    ask(workshop, "waits")
    await watch.look()
    assert alerts(workshop) == []
    clock.advance(TELL_AFTER)
    await watch.look()
    assert alerts(workshop) == [(RUNS, "warning", "firing")]
    with workshop.database.read() as session:
        (said,) = session.scalars(select(AlertGroup.summary))
    assert "Replica a cannot use the database of durable runs (GOLDILOCKS_RUNS_URL)" in said
    assert ("connection refused" if lost else "no answer") in said
    assert "1 run waited for it" in said
    clock.advance(URGENT_AFTER)
    await watch.look()
    assert alerts(workshop) == [(RUNS, "critical", "firing")]
    engine.lost = False
    engine.answers.set()
    await asyncio.sleep(0.1)
    await watch.look()
    assert (engine.begun, watch.problem) == (1, "")
    assert alerts(workshop) == [(RUNS, "critical", "resolved")]
    await watch.look()
    assert engine.begun == 1


async def test_what_was_told_before_a_restart_is_over_after_it(
    workshop: Workshop, engine: Hanging, clock: SimulatedClock
) -> None:
    engine.lost = True
    before = EngineWatch(workshop, engine, "a")
    await before.look()
    clock.advance(TELL_AFTER)
    await before.look()
    engine.lost = False
    engine.answers.set()
    await EngineWatch(workshop, engine, "b").look()
    assert alerts(workshop) == [(RUNS, "warning", "firing")], "another replica's"
    await EngineWatch(workshop, engine, "a").look()
    assert alerts(workshop) == [(RUNS, "warning", "resolved")]


async def test_the_durable_engine_begins_when_its_database_is_there(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    workshop = workshop_with(sqlite_database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    engine, book = DbosEngine(f"sqlite:///{tmp_path}/away/runs.db", "test"), Book()
    runtime, watch = Runtime(workshop, book.catalog(), engine), EngineWatch(workshop, engine, "test")
    engine.will(runtime.perform)
    await watch.begin()
    ask(workshop, "early")
    await runtime.pulse()
    assert (engine.launched, book.ran) == (False, [])
    (tmp_path / "away").mkdir()
    try:
        await watch.look()
        await runtime.pulse()
        await asyncio.wait_for(runtime.settled(), 20)
    finally:
        await engine.stop()
    assert book.ran == [("evaluate", {})]
    with sqlite_database.read() as session:
        assert session.scalars(select(Run.status)).all() == [RunStatus.FINISHED]
