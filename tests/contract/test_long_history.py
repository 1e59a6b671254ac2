"""What runs every second or twice a minute must not take longer with every year: no look through all there ever was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from core.alerts.tables import AlertCold, AlertHot, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.retention import Retention
from core.db.database import Database
from core.outbox import claim_store
from tests.oncall_support import add_group
from workflows import auditor, runtime
from workflows.deadlines import next_deadline

GROWING = {
    "alert_group",
    "alert_cold",
    "alert_hot",
    "page",
    "notification",
    "page_call",
    "outbox",
    "audit",
    "change",
}
"""Tables with a row and more for every alert there ever was."""

ALERTS = 3_000
"""Past ones: whoever looked at each would take several steps for it."""

Pass = Callable[[Session, Config, datetime], object]


def sender(session: Session, _config: Config, _now: datetime) -> object:
    return claim_store.next_due(session)


KEEPS = Retention(alerts=timedelta(days=400), messages=timedelta(days=90))


@pytest.fixture
def config(config: Config) -> Config:
    """A team that does not keep all."""
    return replace(config, team=config.team.model_copy(update={"retention": KEEPS}))


PASSES: list[Pass] = [next_deadline, auditor.suspicious, sender, *runtime.TAKES]


@contextmanager
def asked(database: Database) -> Iterator[set[str]]:
    """Every statement of the block, as SQLite runs it."""
    found: set[str] = set()

    def listen(connection: Any, _record: object) -> None:
        connection.set_trace_callback(found.add)

    database.dispose()
    event.listen(database.engine, "connect", listen)
    yield found
    event.remove(database.engine, "connect", listen)
    database.dispose()


def looked_through(database: Database, statement: str) -> list[str]:
    """The growing tables that SQLite reads from end to end. It decides without looking at how much they hold."""
    if not statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
        return []
    with database.engine.connect() as connection:
        plan = [row[3].split() for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    return [step[1] for step in plan if step[0] == "SCAN" and step[1] in GROWING and "USING" not in step]


@pytest.mark.parametrize("taken", PASSES, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_what_is_due_is_found_by_an_index(
    sqlite_database: Database, config: Config, clock: SimulatedClock, taken: Pass
) -> None:
    with asked(sqlite_database) as statements:
        sqlite_database.do(partial(_take, taken, config, clock.now()))
    assert statements
    assert {each: found for each in statements if (found := looked_through(sqlite_database, each))} == {}


def effort(database: Database, work: Callable[[Session], object]) -> int:
    """How many thousand steps SQLite takes for it."""
    steps: list[int] = []
    with database.read() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: steps.append(1), 1_000)
        work(session)
        driver.set_progress_handler(None, 0)
    return len(steps)


@pytest.mark.parametrize("taken", PASSES[:3], ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_the_past_costs_nothing(
    sqlite_database: Database, config: Config, clock: SimulatedClock, taken: Pass
) -> None:
    work = partial(_take, taken, config, clock.now())
    before = effort(sqlite_database, work)
    with sqlite_database.write() as session:
        group = add_group(session, status=GroupStatus.RESOLVED).id
        session.execute(insert(AlertCold), [_cold(number, group, clock.now()) for number in range(ALERTS)])
        session.execute(insert(AlertHot), [_hot(number, clock.now()) for number in range(ALERTS)])
    assert effort(sqlite_database, work) <= before + 2


def _cold(number: int, group: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "fingerprint": f"{number:016x}",
        "is_open": False,
        "source": "alertmanager",
        "labels": {"alertname": "Past"},
        "group_id": group,
        "first_seen": at,
    }


def _hot(number: int, at: datetime) -> dict[str, Any]:
    times = {"starts_at": at, "ends_at": at, "last_seen": at}
    return {"id": number, "ends_explicit": True, "resolved": True, "counted": 1, **times}


def _take(taken: Pass, config: Config, now: datetime, session: Session) -> object:
    return taken(session, config, now)
