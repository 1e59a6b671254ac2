"""What is due is taken each second, whatever breaks on the way."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import Page
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.runtime_support import Book, DirectEngine, runtime_of
from workflows.runtime import Runtime


class Stepping:
    """A pass that always has something to do, and notes when."""

    def __init__(self) -> None:
        self.stepped: list[datetime] = []

    def __call__(self, _session: Session, _config: Config, now: datetime) -> int:
        self.stepped.append(now)
        return 1


async def test_a_database_that_is_away_does_not_end_the_pulse(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    runtime, _ = runtime_of(sqlite_database, config, clock, tmp_path, Book())
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

    pages, workshop = Stepping(), workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    runtime = Runtime(workshop, {}, DirectEngine(), takes=(broken, pages))
    await runtime.tick()
    with database.read() as session:
        assert not session.scalars(select(AlertGroup)).all(), "another replica may have been quicker"
    await runtime.tick()
    assert len(pages.stepped) == 2, "what comes after it is taken all the same"
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

    pages, workshop = Stepping(), workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    await Runtime(workshop, {}, DirectEngine(), takes=(broken, pages)).tick()
    assert pages.stepped == [clock.now()]


async def test_what_is_due_is_taken_although_nobody_can_tell_what_is_due_next(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    class Confused(Runtime):
        async def next_due(self) -> datetime | None:
            raise ZeroDivisionError

    pages, workshop = Stepping(), workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    await Confused(workshop, {}, DirectEngine(), takes=(pages,)).pulse()
    assert pages.stepped == [clock.now()]
