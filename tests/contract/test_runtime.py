"""What is due is taken once, what was asked for is run once, and what fails is said."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.log.prediction_log import LogError
from core.oncall.tables import Page
from core.runs import store
from core.runs.tables import Run, RunStatus
from tests.runtime_support import Book, runtime_of
from workflows.failures import in_words

EIGHT = datetime(2013, 2, 12, 13, tzinfo=UTC)
"""08:00 in New York on a Tuesday: the evaluation is due, the retraining at 10:00."""


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(EIGHT - timedelta(minutes=1))


@pytest.fixture
def book() -> Book:
    return Book()


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
