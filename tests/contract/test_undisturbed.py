"""What was read in one's last transaction is trusted in the next one only if nobody has written in between."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.db.database import Database
from core.db.undisturbed import Undisturbed

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def write(session: Session) -> None:
    journal.add(session, b"", [1], NOW)


def keep(database: Database, known: Undisturbed) -> bool:
    """A transaction that writes and keeps what it knows; whether it could still trust the one before."""
    with database.write() as session:
        held = known.holds(session)
        write(session)
        known.keep(session)
    return held


@pytest.fixture
def known(sqlite_database: Database) -> Undisturbed:
    made = Undisturbed()
    assert not keep(sqlite_database, made), "there was none before"
    assert keep(sqlite_database, made)
    return made


def _fails(database: Database, known: Undisturbed) -> None:
    def fail(session: Session) -> None:
        known.keep(session)
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        database.do(fail)


def _somebody_else_writes(database: Database, known: Undisturbed) -> None:
    database.do(write)


def _another_process_writes(database: Database, known: Undisturbed) -> None:
    other = Database(database.url.render_as_string())
    other.do(write)
    other.dispose()


@pytest.mark.parametrize("event", [_fails, _somebody_else_writes, _another_process_writes])
def test_it_ends_with_whatever_may_have_changed_it(
    sqlite_database: Database, known: Undisturbed, event: Callable[[Database, Undisturbed], None]
) -> None:
    event(sqlite_database, known)
    assert not keep(sqlite_database, known)
    assert keep(sqlite_database, known)


def test_a_transaction_that_does_not_keep_it_ends_it(sqlite_database: Database, known: Undisturbed) -> None:
    with sqlite_database.write() as session:
        assert known.holds(session)
    assert not keep(sqlite_database, known)


def test_who_only_reads_disturbs_nobody(sqlite_database: Database, known: Undisturbed) -> None:
    sqlite_database.ping()
    assert keep(sqlite_database, known)


def test_on_postgresql_somebody_always_may_have_written(postgres_database: Database) -> None:
    known = Undisturbed()
    assert not any(keep(postgres_database, known) for _ in range(3))
