"""What is due is taken once, what was asked for is run once, and what fails is said."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.log.prediction_log import LogError
from core.oncall.tables import Page
from core.runs import store
from core.runs.tables import Run, RunStatus
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.steps_support import DirectSteps
from workflows.durable import DbosEngine
from workflows.failures import in_words
from workflows.ports import Workshop
from workflows.replicas import LEASE, watch
from workflows.runtime import Runtime
from workflows.steps import Steps

EIGHT = datetime(2013, 2, 12, 13, tzinfo=UTC)
"""08:00 in New York on a Tuesday: the evaluation is due, the retraining at 10:00."""


class DirectEngine:
    """Performs at once, in the same loop."""

    def __init__(self) -> None:
        self.perform: Callable[..., Any] | None = None
        self.started: list[str] = []

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
        assert self.perform is not None
        self.started.append(run_id)
        await self.perform(DirectSteps(), run_id, kind, args)


class Book:
    """Workflows that only note that they ran, or fail while `broken`."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.broken = False
        self.problem: Exception = ConnectionError("the warehouse does not answer")

    def workflow(self, kind: str) -> Any:
        async def run(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
            async def work() -> None:
                self.ran.append((kind, args))
                if self.broken:
                    raise self.problem

            await steps("work", work)

        return run

    def catalog(self) -> dict[str, Any]:
        return {kind: self.workflow(kind) for kind in ("evaluate", "retrain", "review", "change_champion")}


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(EIGHT - timedelta(minutes=1))


@pytest.fixture
def book() -> Book:
    return Book()


def runtime_of(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> tuple[Runtime, DirectEngine]:
    engine = DirectEngine()
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    runtime = Runtime(workshop, book.catalog(), engine)
    engine.perform = runtime.perform
    return runtime, engine


async def test_schedules_fire_once_and_in_order(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    runtime, engine = runtime_of(database, config, clock, tmp_path, book)
    await runtime.tick()
    assert engine.started == [], "a job that is seen for the first time counts from now"
    assert await runtime.next_due() == EIGHT
    clock.advance_to(EIGHT)
    await runtime.pulse()
    await runtime.pulse()
    await runtime.settled()
    assert engine.started == ["evaluate:flights:2013-02-12T13:00"]
    assert book.ran == [("evaluate", {"pipeline": "flights", "at": EIGHT.isoformat()})]


async def test_days_of_downtime_are_caught_up_as_the_yaml_says(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    runtime, engine = runtime_of(database, config, clock, tmp_path, book)
    await runtime.tick()
    clock.advance(timedelta(days=15))
    await runtime.tick()
    kinds = [run_id.partition(":")[0] for run_id in engine.started]
    assert kinds.count("evaluate") == 15, "every day is evaluated"
    assert kinds.count("retrain") == 1, "only the newest retraining is worth its time"


async def test_two_replicas_ask_for_a_run_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    replicas = [runtime_of(database, config, clock, tmp_path, book)[0] for _ in range(2)]
    await replicas[0].tick()
    clock.advance_to(EIGHT)
    await asyncio.gather(*(replica.tick() for replica in replicas), return_exceptions=True)
    with database.read() as session:
        assert [run.id for run in session.scalars(select(Run))] == ["evaluate:flights:2013-02-12T13:00"]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (LogError("/logs: there is no such folder"), "/logs: there is no such folder"),
        (KeyError("score"), "KeyError: 'score'"),
    ],
)
async def test_only_what_does_not_speak_for_itself_is_logged_with_its_stack(
    database: Database,
    config: Config,
    clock: SimulatedClock,
    tmp_path: Path,
    book: Book,
    problem: Exception,
    said: str,
) -> None:
    runtime, _ = runtime_of(database, config, clock, tmp_path, book)
    await runtime.tick()
    book.broken, book.problem = True, problem
    clock.advance_to(EIGHT)
    with capture_logs() as logged:
        await runtime.tick()
    (failed,) = [each for each in logged if each["event"] == "run failed"]
    assert (failed["why"], bool(failed["exc_info"])) == (said, not isinstance(problem, LogError))


async def test_a_failed_run_is_told_in_the_channel_until_one_succeeds(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    runtime, _ = runtime_of(database, config, clock, tmp_path, book)
    await runtime.tick()
    book.broken = True
    clock.advance_to(EIGHT)
    await runtime.tick()
    with database.read() as session:
        run = session.scalars(select(Run)).one()
        group = session.scalars(select(AlertGroup)).one()
        assert (run.status, run.error) == (RunStatus.FAILED, "ConnectionError: the warehouse does not answer")
        assert group.title == "Flight delays: the evaluation failed"
        assert "the warehouse does not answer" in group.summary
        assert not session.scalars(select(Page)).all(), "it can wait for the morning"
    book.broken = False
    clock.advance(timedelta(days=1))
    await runtime.tick()
    with database.read() as session:
        assert session.scalars(select(AlertGroup.status)).all() == [GroupStatus.RESOLVED]


def test_errors_of_ours_speak_for_themselves() -> None:
    assert in_words(LogError("the log is away")) == "the log is away"
    assert in_words(KeyError("price")) == "KeyError: 'price'"
    assert in_words(LogError("")) == "LogError: "


async def test_a_change_of_the_champion_that_breaks_off_pages(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    runtime, _ = runtime_of(database, config, clock, tmp_path, book)
    book.broken = True
    with database.write() as session:
        store.request(session, "roll_back:flights:1", "change_champion", {"pipeline": "flights"}, clock.now())
    runtime.wake()
    await asyncio.sleep(0)
    await runtime.dispatch()
    await runtime.settled()
    with database.read() as session:
        assert session.scalars(select(Page)).one()


async def test_a_database_that_is_away_does_not_end_the_pulse(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
    runtime, _ = runtime_of(sqlite_database, config, clock, tmp_path, book)
    with sqlite_database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE run RENAME TO gone")
    with pytest.raises(OperationalError):
        await runtime.tick()
    await runtime.pulse()
    with sqlite_database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO run")
    await runtime.pulse()


async def test_a_pass_that_breaks_keeps_no_page_waiting_and_is_told(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    def broken(_session: Session, _config: Config, _now: datetime) -> int:
        raise KeyError("a rotation that is gone")

    stepped: list[datetime] = []

    def pages(_session: Session, _config: Config, now: datetime) -> int:
        stepped.append(now)
        return 1

    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    runtime = Runtime(workshop, {}, DirectEngine(), takes=(broken, pages))
    await runtime.tick()
    with database.read() as session:
        assert not session.scalars(select(AlertGroup)).all(), "another replica may have been quicker"
    await runtime.tick()
    assert len(stepped) == 2, "what comes after it is taken all the same"
    with database.read() as session:
        told = session.scalars(select(AlertGroup)).one()
    assert told.title == "Goldilocks failed at something that was due, and tries again every second"
    assert "KeyError: 'a rotation that is gone'" in told.summary


async def test_a_row_that_a_pass_cannot_write_is_no_lost_database(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    def broken(session: Session, _config: Config, now: datetime) -> int:
        session.add(Page(group_id=404, policy="page", step=0, due_at=now))
        session.flush()
        return 1

    stepped: list[datetime] = []

    def pages(_session: Session, _config: Config, now: datetime) -> int:
        stepped.append(now)
        return 1

    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    await Runtime(workshop, {}, DirectEngine(), takes=(broken, pages)).tick()
    assert stepped == [clock.now()]


async def test_what_is_due_is_taken_although_nobody_can_tell_what_is_due_next(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    class Confused(Runtime):
        async def next_due(self) -> datetime | None:
            raise ZeroDivisionError

    stepped: list[datetime] = []

    def pages(_session: Session, _config: Config, now: datetime) -> int:
        stepped.append(now)
        return 1

    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    await Confused(workshop, {}, DirectEngine(), takes=(pages,)).pulse()
    assert stepped == [clock.now()]


async def test_the_durable_engine_performs_each_id_once_and_resumes(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> None:
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


class Will:
    """An engine that notes whose runs it was given."""

    def __init__(self) -> None:
        self.adopted: list[str] = []

    async def adopt(self, replicas: Sequence[str]) -> int:
        self.adopted += replicas
        return len(replicas)


async def test_a_replica_that_went_silent_is_taken_over_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    will = Will()
    await watch(workshop, will, "a")
    clock.advance(LEASE)
    assert await watch(workshop, will, "b") == 0, "it may only be slow"
    clock.advance(timedelta(seconds=1))
    assert await watch(workshop, will, "b") == 1
    assert await watch(workshop, will, "b") == 0
    assert will.adopted == ["a"]


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
