"""A log in tables of a DuckDB file or a PostgreSQL database, asked where they lie."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from core.config.log_address import Address, DuckdbTable, PostgresTable
from core.evaluation.prediction_log import LogError
from core.evaluation.storage.storage import MARGIN, Asked, Opened, instant
from core.evaluation.windows import Window

PATIENCE = "10min"
"""How long PostgreSQL may take for one question."""

CONNECT_S = 10
"""How long a server that does not answer is waited for, unless the address says another `connect_timeout`."""


class Tables:
    """A `Storage` of two tables of one store, each with the column of its instants.

    These columns should be indexed: only their stretch of time is read. Instants without a zone are UTC.
    """

    uneven = False

    def __init__(self, predictions: tuple[Address, str], labels: tuple[Address, str], threads: int = 1) -> None:
        self._predictions, self._labels, self._threads = predictions, labels, threads
        self.name = str(predictions[0])

    def parts(self, _windows: Sequence[Window], /) -> None:
        return None

    @contextmanager
    def open(self, asked: Asked) -> Iterator[Opened]:
        """Parts are not told apart: the rows of the stretch of time are there."""
        with connected(self._predictions[0], self._threads) as connection:
            made = table_of(connection, self._predictions[0])
            arrived = table_of(connection, self._labels[0])
            yield Opened(
                connection,
                _between(made, self._predictions[1], asked.start, asked.end),
                _between(arrived, self._labels[1], asked.start - MARGIN, asked.known_at + MARGIN),
            )

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return engine_errors()

    def explained(self, error: Exception) -> str:
        return said_of(self.name, error)


@contextmanager
def connected(address: Address, threads: int = 1) -> Iterator[Any]:
    """An Ibis connection to the store of a table, which thinks in UTC; LogError when it cannot be made."""
    try:
        connection = _duckdb(address, threads) if isinstance(address, DuckdbTable) else _postgres(address)
    except engine_errors() as error:
        raise LogError(said_of(str(address), error)) from error
    try:
        yield connection
    finally:
        connection.disconnect()


def table_of(connection: Any, address: Address) -> Any:
    """The table of an address, whose store is connected; LogError when there is none."""
    from ibis.common.exceptions import IbisError, TableNotFound

    schema, dot, bare = address.table.rpartition(".")
    try:
        return connection.table(bare, database=schema) if dot else connection.table(bare)
    except (IbisError, TableNotFound, *engine_errors()) as error:
        raise LogError(f"{address}: there is no table “{address.table}”, or it may not be read") from error


def said_of(name: str, error: Exception) -> str:
    """What people read of an error of the engine."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"{name}: it cannot be read: {first.rstrip('.')} ({_advice(name)})"


def engine_errors() -> tuple[type[Exception], ...]:
    """What the engines raise themselves."""
    import duckdb
    import psycopg

    return (duckdb.Error, psycopg.Error)


def _advice(name: str) -> str:
    if name.startswith("duckdb"):
        return "it must be a DuckDB file that no other process holds open to write"
    return (
        "look at the address, the server, and the user's rights: SELECT on the tables, TEMPORARY on the database"
    )


def _duckdb(address: DuckdbTable, threads: int) -> Any:
    import ibis

    if not address.file.is_file():
        raise LogError(f"{address.file}: there is no such DuckDB file")
    connection = ibis.duckdb.connect(
        str(address.file),
        read_only=True,
        threads=threads,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def _postgres(address: PostgresTable) -> Any:
    import ibis

    connection = ibis.postgres.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        **{"connect_timeout": CONNECT_S, **dict(address.options)},
    )
    connection.raw_sql(f"SET TIME ZONE 'UTC'; SET statement_timeout = '{PATIENCE}'").close()
    return connection


def _between(table: Any, column: str, start: datetime, end: datetime) -> Any:
    """The rows of a stretch of time, told by the column as it lies, so that an index of it serves. All of them where
    it has no instants: what is asked tells them apart."""
    import ibis

    if column not in table.columns or not table[column].type().is_timestamp():
        return table
    if table[column].type().timezone is None:
        first, last = (ibis.literal(at.astimezone(UTC).replace(tzinfo=None)) for at in (start, end))
    else:
        first, last = instant(start), instant(end)
    return table.filter(table[column] >= first, table[column] < last)
