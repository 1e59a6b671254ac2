"""Databases with the schema and nothing in them: on SQLite a copy of one file, on PostgreSQL one that is emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import Dialect, Engine, create_engine, text

from core.db.database import Database
from core.db.schema import metadata

WIPE = """
DO $$
DECLARE name text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        IF pg_relation_size(name::regclass) > 500000 THEN
            EXECUTE 'TRUNCATE ' || name || ' CASCADE';
        ELSE
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
"""Who is left is sent away, what is left goes (in any order: foreign keys have to sleep), and ids begin at one."""

SHAPE = """
SELECT (SELECT md5(string_agg(format('%s %s %s %s', relnamespace, relname, relkind, relnatts), ',' ORDER BY oid))
        FROM pg_class WHERE oid >= 16384),
    (SELECT md5(string_agg(format('%s %s %s %s %s', attrelid, attname, atttypid, attnotnull, atthasdef), ','
        ORDER BY attrelid, attnum)) FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc),
    (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'), (SELECT count(*) FROM pg_db_role_setting)
"""
"""What a test may have changed besides rows."""


@cache
def _sqlite_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        database = Database(f"sqlite:///{path}")
        metadata.create_all(database.engine)
        database.dispose()
        return path.read_bytes()


def fresh_sqlite(path: Path) -> Database:
    """A SQLite database with the schema at `path`, where no file may be yet."""
    with path.open("xb") as file:
        file.write(_sqlite_file())
    return _knowing(Database(f"sqlite:///{path}"))


_KNOWN: dict[str, tuple[Dialect, Any]] = {}


def _knowing(database: Database) -> Database:
    """It takes over what SQL was compiled for those before it: that is a fifth of what most tests do."""
    engine = database.engine
    if engine.dialect.name not in _KNOWN:
        with engine.connect():  # the dialect learns which version it speaks to
            _KNOWN[engine.dialect.name] = engine.dialect, engine._compiled_cache
    for each in (engine, database._readers.kw["bind"]):
        each.dialect, each._compiled_cache = _KNOWN[engine.dialect.name]
    return database


@dataclass(frozen=True)
class _Kept:
    """A database, a way to it that stays when its tests have gone, and its shape when it was new."""

    name: str
    keeper: Engine
    shape: tuple[Any, ...]


@dataclass
class Lender:
    """Lends databases of the PostgreSQL server at `url`; one that comes back is emptied for whoever is next.

    Making and dropping a database for each test takes longer than most of the tests.
    """

    url: str
    _idle: list[_Kept] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[Database]:
        """A database as good as new; if it comes back in another shape it is dropped."""
        kept = self._idle.pop() if self._idle else self._made()
        database = _knowing(Database(f"{self.url}/{kept.name}"))
        try:
            yield database
        finally:
            database.dispose()
            self._take_back(kept)

    def close(self) -> None:
        """Let go of the server."""
        for kept in self._idle:
            kept.keeper.dispose()

    def _made(self) -> _Kept:
        name = f"test_{uuid4().hex}"
        self._administer(f"CREATE DATABASE {name}")
        keeper = create_engine(f"{self.url}/{name}", isolation_level="AUTOCOMMIT")
        metadata.create_all(keeper)
        with keeper.connect() as connection:
            return _Kept(name, keeper, tuple(connection.execute(text(SHAPE)).one()))

    def _take_back(self, kept: _Kept) -> None:
        with kept.keeper.connect() as connection:
            connection.execute(text(WIPE))
            shape = tuple(connection.execute(text(SHAPE)).one())
        if shape == kept.shape:
            self._idle.append(kept)
            return
        kept.keeper.dispose()
        self._administer(f"DROP DATABASE {kept.name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        admin = create_engine(f"{self.url}/postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()
