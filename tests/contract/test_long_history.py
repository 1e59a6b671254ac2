"""What runs every second or twice a minute must not take longer with every year: no look through all there ever was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.outbox import claim_store
from workflows import auditor, runtime
from workflows.deadlines import next_deadline

GROWING = {"alert_group", "alert_cold", "alert_hot", "page", "notification", "page_call", "outbox", "audit"}
"""Tables with a row and more for every alert there ever was."""

Pass = Callable[[Session, Config, datetime], object]


def sender(session: Session, _config: Config, _now: datetime) -> object:
    return claim_store.next_due(session)


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


def _take(taken: Pass, config: Config, now: datetime, session: Session) -> object:
    return taken(session, config, now)
