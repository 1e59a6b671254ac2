"""Pages whose step cannot be taken keep no other page waiting, and somebody hears of them."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.db import database as engine
from core.db.database import Database
from core.oncall.tables import Page
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.oncall_support import T0, add_group, config, minutes
from tests.runtime_support import DirectEngine
from workflows.escalate import open_page
from workflows.runtime import Runtime
from workflows.step_pages import TRY_AGAIN, step_due


def test_a_page_that_breaks_keeps_no_other_from_its_step_and_is_told(sqlite_database: Database) -> None:
    now = T0 + minutes(15)
    with sqlite_database.write() as session:
        cursed, well = (add_group(session, key=key, revision=1, told_at=T0) for key in ("one", "two"))
        for group in (cursed, well):
            open_page(session, config(), group, T0)
        session.execute(text("UPDATE alert_group SET labels = '{half a row' WHERE id = :id"), {"id": cursed.id})
    with sqlite_database.write() as session, capture_logs() as logs:
        assert step_due(session, config(), now) == 1
    with sqlite_database.read() as session:
        steps = {page.group_id: (page.step, page.due_at) for page in session.scalars(select(Page))}
        query = select(AlertGroup.severity, AlertGroup.summary).where(AlertGroup.title.contains("cannot call"))
        severity, summary = session.execute(query).one()
    assert steps[cursed.id] == (0, now + TRY_AGAIN), "it is tried again soon"
    assert steps[well.id][0] == 1
    assert severity == "critical"
    assert f"alert {cursed.id} could not be taken: JSONDecodeError" in summary
    assert [each["log_level"] for each in logs] == ["error"]


async def test_a_table_that_somebody_has_locked_keeps_no_page_from_its_step(
    postgres_database: Database, clock: SimulatedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `VACUUM FULL` does for minutes: what needs the table is tried again, and pages go first and go on."""
    monkeypatch.setattr(engine, "LOCK_TIMEOUT", "300ms")
    impatient = Database(postgres_database.url.render_as_string(hide_password=False))
    team = config()
    workshop = workshop_with(impatient, team, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    with impatient.write() as session:
        group = add_group(session, key="one", revision=1, told_at=clock.now())
        open_page(session, team, group, clock.now())
    clock.advance(minutes(15))
    with postgres_database.write() as holder:
        holder.execute(text("LOCK TABLE alert_hot IN ACCESS EXCLUSIVE MODE"))
        await asyncio.wait_for(Runtime(workshop, {}, DirectEngine()).tick(), 20)
        with impatient.read() as session:
            (page,) = session.scalars(select(Page))
            assert page.step == 1
    impatient.dispose()
