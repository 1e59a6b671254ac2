"""`python -m core.db.new_migration "what changes"`: writes the migration from the newest schema to the tables."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from core.db.database import Database
from core.db.migrate import alembic_config, upgrade


def main(message: str) -> None:
    """Compare the tables with a fresh database that has every migration so far, and write down the difference."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'now.db'}")
        upgrade(database)
        with database.engine.begin() as connection:
            command.revision(alembic_config(connection), message=message, autogenerate=True)
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
