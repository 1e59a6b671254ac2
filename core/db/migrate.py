"""Brings a database to the newest schema, and tells whether the tables and the migrations agree."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from core.db.database import Database
from core.db.schema import metadata

MIGRATIONS = Path(__file__).parent / "migrations"


TURN = 0x601D1
"""The number of PostgreSQL's lock under which one process at a time migrates; SQLite has one writer anyway."""


def upgrade(database: Database) -> None:
    """Apply every migration that is missing, in one transaction; nothing happens when there is none. Of replicas that
    start at once one migrates, and the others find it done."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # another one's migration may take long
            connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for our migrations on this connection; files are named by date and message."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def differences(database: Database) -> list[object]:
    """What the tables have and the database has not, or the other way round; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))
