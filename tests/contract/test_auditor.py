"""Rows are deleted and corrupted behind everybody's back; the auditor finds it, repairs it and says so."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus
from core.audit.tables import AuditEntry
from core.db.database import Database
from core.oncall.auditing import LATE, Finding
from core.oncall.tables import Notification, Page, PageCall, PageStatus
from core.outbox.store import LEASE
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.oncall_support import T0, add_group, config, minutes, outbox_rows
from workflows.auditor import inspect, suspicious
from workflows.escalate import open_page
from workflows.step_pages import step_due

NOW = T0 + minutes(5)
Damage = Callable[[Session], object]


@pytest.fixture
def group_id(database: Database) -> int:
    """A group that people heard of at T0, paged then, with its first messages sent."""
    with database.write() as session:
        group = add_group(session, revision=1, told_at=T0)
        open_page(session, config(), group, T0)
        session.execute(update(OutboxRow).values(status=OutboxStatus.SENT, sent_at=T0))
    return group.id


def damage(database: Database, *statements: object) -> None:
    with database.write() as session:
        for statement in statements:
            session.execute(statement)  # type: ignore[call-overload]


def audit(database: Database, at: object = NOW) -> int:
    with database.read() as session:
        expected = suspicious(session, config(), at)  # type: ignore[arg-type]
    with database.write() as session:
        found = inspect(session, config(), at)  # type: ignore[arg-type]
    assert bool(found) == expected, "the cheap look and the inspection agree"
    return found


def repairs(database: Database) -> list[str]:
    with database.read() as session:
        query = select(AuditEntry.reason).where(AuditEntry.action.in_(("page.repair", "message.repair")))
        return list(session.scalars(query.order_by(AuditEntry.id)))


def page(database: Database, group_id: int) -> Page:
    with database.read() as session:
        return session.scalars(select(Page).where(Page.group_id == group_id)).one()


def told(database: Database) -> list[AlertGroup]:
    """The alerts that Goldilocks raised about itself."""
    with database.read() as session:
        named = AlertGroup.title.startswith("Goldilocks found something of its own")
        return list(session.scalars(select(AlertGroup).where(named)))


def test_where_nothing_is_wrong_nothing_is_found(database: Database, group_id: int) -> None:
    assert audit(database) == 0
    with database.write() as session:
        step_due(session, config(), T0 + minutes(15))
    assert audit(database, T0 + minutes(16)) == 0
    assert audit(database, T0 + minutes(15) + minutes(15) + LATE - timedelta(seconds=1)) == 0
    assert repairs(database) == []
    assert told(database) == []


PAGE_DAMAGE: dict[str, tuple[Finding, object]] = {
    "overdue": (Finding.LATE, update(Page).values(due_at=NOW - LATE)),
    "never due": (Finding.FAR, update(Page).values(due_at=NOW + timedelta(days=400))),
    "status is none": (Finding.GARBLED, update(Page).values(status="opne")),
    "step is none": (Finding.GARBLED, update(Page).values(step=-7)),
    "line in the thread gone": (Finding.NO_MESSAGE, delete(OutboxRow).where(OutboxRow.kind == "page")),
    "direct message gone": (Finding.NO_MESSAGE, delete(OutboxRow).where(OutboxRow.channel == "@amina")),
    "withdrawn": (Finding.NO_PAGE, update(Page).values(status=PageStatus.WITHDRAWN)),
    "answered by nobody": (Finding.NO_PAGE, update(Page).values(status=PageStatus.ANSWERED)),
}


@pytest.mark.parametrize("name", PAGE_DAMAGE)
def test_a_damaged_page_calls_people_again(database: Database, group_id: int, name: str) -> None:
    finding, statement = PAGE_DAMAGE[name]
    damage(database, statement)
    assert audit(database) == 1
    assert repairs(database) == [finding]
    found = page(database, group_id)
    assert found.status == PageStatus.OPEN
    assert NOW <= found.due_at <= NOW + minutes(30) or finding is Finding.NO_MESSAGE
    fresh = [row for row in outbox_rows(database) if row.status == OutboxStatus.PENDING]
    assert any(row.kind in ("page", "page_call") for row in fresh), "somebody is called"
    (alert,) = told(database)
    assert (alert.severity, alert.channel) == ("warning", "oncall")
    assert audit(database) == 0, "once is enough"


def test_a_page_whose_rows_are_gone_is_opened_again(database: Database, group_id: int) -> None:
    damage(database, delete(PageCall), delete(Notification), delete(Page))
    assert audit(database) == 1
    assert repairs(database) == [Finding.NO_PAGE]
    assert page(database, group_id).status == PageStatus.OPEN


def test_a_step_that_left_nothing_is_taken_again(database: Database, group_id: int) -> None:
    damage(database, delete(PageCall), delete(Notification), delete(OutboxRow))
    assert audit(database) == 1
    assert repairs(database) == [Finding.NO_STEP]
    assert {row.channel for row in outbox_rows(database)} >= {"@amina", "@leo", "flights"}


def test_a_page_that_goes_on_after_its_group_ended_is_withdrawn(database: Database, group_id: int) -> None:
    damage(database, update(AlertGroup).values(status=GroupStatus.RESOLVED, resolved_at=NOW))
    assert audit(database) == 1
    assert repairs(database) == [Finding.NOT_NEEDED]
    assert page(database, group_id).status == PageStatus.WITHDRAWN


def test_an_exhausted_page_that_reminds_nobody_does_again(database: Database, group_id: int) -> None:
    damage(database, update(Page).values(status=PageStatus.EXHAUSTED, step=5, due_at=NOW + timedelta(days=9)))
    assert audit(database) == 1
    assert repairs(database) == [Finding.FAR]
    assert page(database, group_id).reminders == 1


@pytest.mark.parametrize(
    ("values", "finding", "becomes"),
    [
        (
            {"status": OutboxStatus.SENDING, "claimed_by": "x", "claimed_at": NOW - LEASE - LATE},
            Finding.STUCK,
            OutboxStatus.UNKNOWN,
        ),
        ({"status": OutboxStatus.SENDING, "claimed_at": None}, Finding.STUCK, OutboxStatus.UNKNOWN),
        ({"status": "sendign"}, Finding.GARBLED_MESSAGE, OutboxStatus.UNKNOWN),
        (
            {"status": OutboxStatus.PENDING, "due_at": NOW + timedelta(days=300)},
            Finding.STUCK,
            OutboxStatus.PENDING,
        ),
    ],
)
def test_a_message_that_stands_still_moves_again(
    database: Database, group_id: int, values: dict[str, object], finding: Finding, becomes: OutboxStatus
) -> None:
    damage(database, update(OutboxRow).where(OutboxRow.channel == "@amina").values(**values))
    assert audit(database) == 1
    assert repairs(database) == [finding]
    (row,) = [row for row in outbox_rows(database) if row.channel == "@amina"]
    assert (row.status, row.due_at) == (becomes, NOW)


def test_groups_that_nobody_was_to_be_called_for_are_left_alone(database: Database) -> None:
    with database.write() as session:
        add_group(session, key="a", severity="warning", revision=1, told_at=T0)
        add_group(session, key="b", revision=0, told_at=None)
        add_group(session, key="c", status=GroupStatus.ACKNOWLEDGED, revision=1, told_at=T0)
        add_group(session, key="d", revision=1, told_at=NOW)
        storm = add_group(session, key="storm", revision=1, told_at=NOW)
        add_group(session, key="e", revision=1, told_at=T0, storm_id=storm.id)
    assert audit(database) == 0


BREAKS: tuple[object, ...] = (
    *(statement for _, statement in PAGE_DAMAGE.values()),
    delete(OutboxRow),
    update(OutboxRow).values(status="lost"),
    update(OutboxRow).values(status=OutboxStatus.SENDING, claimed_at=None),
    update(Page).values(first=40),
    update(Page).values(due_at=NOW + timedelta(days=4_000), step=3),
    update(Page).values(policy="gone", rotation="gone"),
    update(Page).values(status=PageStatus.EXHAUSTED, due_at=NOW - timedelta(days=1)),
)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_broken_is_repaired_within_a_few_passes(database: Database, group_id: int, seed: int) -> None:
    dice = random.Random(seed)
    damage(database, *dice.sample(BREAKS, dice.randint(2, 6)))
    for passes in range(4):
        found = audit(database, NOW + timedelta(seconds=30 * passes))
        if not found:
            break
    assert found == 0
    repaired = page(database, group_id)
    assert repaired.status in (PageStatus.OPEN, PageStatus.EXHAUSTED)
    assert repaired.due_at <= NOW + timedelta(hours=9)
    waiting = [row for row in outbox_rows(database) if row.status in (OutboxStatus.PENDING, OutboxStatus.UNKNOWN)]
    assert any(row.kind in ("page", "page_call", "note") and row.due_at <= NOW + minutes(2) for row in waiting)
