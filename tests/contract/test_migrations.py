"""The migrations build exactly the tables that the code declares."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from core.db import migrate
from core.db.database import Database
from core.db.schema import metadata


def check(database: Database) -> None:
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    assert set(metadata.tables) < set(inspect(database.engine).get_table_names())


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
