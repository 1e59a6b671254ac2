"""The migrations build exactly the tables that the code declares."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from core.db import migrate
from core.db.database import Database
from core.db.schema import metadata
from core.inbound import store
from tests.oncall_support import at_once


def check(database: Database) -> None:
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    assert set(metadata.tables) < set(inspect(database.engine).get_table_names())


def test_requests_recorded_before_they_had_owners_belong_to_whoever_looks_first(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    with database.engine.begin() as connection:
        command.upgrade(migrate.alembic_config(connection), "2aa5c8a0f455")
        connection.exec_driver_sql(
            "INSERT INTO inbound (key, kind, body, status, received_at) "
            "VALUES ('action:1', 'action', '{}', 'received', '2026-11-24 12:00:00.000000')"
        )
    migrate.upgrade(database)
    with database.write() as session:
        claimed = store.claim_abandoned(session, "a", 0, (), datetime(2026, 11, 24, 12, 1, tzinfo=UTC))
        assert claimed is not None
        assert claimed.key == "action:1"
    database.dispose()


def test_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    check(database)
    database.dispose()


@pytest.mark.postgres
def test_on_postgres(postgres_url: str) -> None:
    admin = create_engine(f"{postgres_url}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    database = Database(f"{postgres_url}/migrated")
    check(database)
    database.dispose()
    admin.dispose()


@pytest.mark.postgres
def test_replicas_that_start_at_once_migrate_an_empty_database_once(postgres_url: str) -> None:
    admin = create_engine(f"{postgres_url}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE started_at_once"))
    databases = [Database(f"{postgres_url}/started_at_once") for _ in range(4)]
    failed: list[Exception] = []

    def start(database: Database) -> None:
        try:
            migrate.upgrade(database)
        except DBAPIError as error:
            failed.append(error)

    at_once(*(partial(start, database) for database in databases))
    assert failed == []
    assert migrate.differences(databases[0]) == []
    for database in databases:
        database.dispose()
    admin.dispose()
