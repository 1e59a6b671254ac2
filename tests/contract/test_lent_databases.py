"""Tests share PostgreSQL databases one after the other; none may notice."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.db.database import Database
from core.db.schema import metadata
from tests.databases import Lender
from tests.oncall_support import T0, add_group, config
from workflows.escalate import open_page

pytestmark = pytest.mark.postgres


def fill(session: Session) -> int:
    """A group with pages, calls, messages and an audit: rows that refer to each other. Gives the group's id."""
    group = add_group(session, revision=1, told_at=T0)
    open_page(session, config(), group, T0)
    return group.id


def rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        counts = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in metadata.tables.items()
        }
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("large", [False, True])
def test_it_is_empty_again_and_counts_from_one(postgres_databases: Lender, large: bool) -> None:
    seen, names = [], []
    for _ in range(2):
        with postgres_databases.lent() as database:
            names.append(database.url.database)
            assert rows(database) == {}
            with database.write() as session:
                seen.append(fill(session))
                if large:
                    session.execute(text("UPDATE alert_group SET summary = repeat(md5(random()::text), 40000)"))
            assert len(rows(database)) > 4
    assert seen == [1, 1]
    assert names[0] == names[1]


def test_a_transaction_that_somebody_left_open_holds_nothing_up(postgres_databases: Lender) -> None:
    with postgres_databases.lent() as database:
        left = database.engine.connect()
        left.execute(text("LOCK TABLE alert_group"))
    with postgres_databases.lent() as database, database.write() as session:
        assert fill(session) == 1
    left.invalidate()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE alert_group RENAME TO gone",
        "ALTER TABLE alert_group ADD COLUMN more integer",
        "ALTER TABLE alert_group ALTER COLUMN title DROP NOT NULL",
        "CREATE SCHEMA other",
    ],
)
def test_one_whose_schema_was_changed_is_not_lent_again(postgres_databases: Lender, change: str) -> None:
    with postgres_databases.lent() as database, database.write() as session:
        name = database.url.database
        session.execute(text(change))
    with postgres_databases.lent() as database:
        assert database.url.database != name
        assert rows(database) == {}
