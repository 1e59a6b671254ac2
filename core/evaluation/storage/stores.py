"""Connections to what tables lie in: DuckDB files, PostgreSQL databases, warehouses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.config.log_address import Address, DuckdbTable, PostgresTable, WarehouseTable
from core.evaluation.log.prediction_log import LogError
from core.evaluation.storage.warehouses import IDLE, warehouse_errors

PATIENCE = "10min"
"""How long PostgreSQL may take for one question."""

CONNECT_S = 10
"""How long a server that does not answer is waited for, unless the address says another `connect_timeout`."""


@contextmanager
def connected(address: Address, threads: int = 1) -> Iterator[Any]:
    """An Ibis connection to the store of a table, which thinks in UTC; LogError when it cannot be made.

    A DuckDB file is let go of at once, so that others can write; what it takes seconds to connect to is kept for the
    next question.
    """
    if isinstance(address, WarehouseTable):
        with IDLE.connection(address) as warehouse:
            yield warehouse
        return
    try:
        connection = _duckdb(address, threads) if isinstance(address, DuckdbTable) else _postgres(address)
    except engine_errors(address) as error:
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
    except (IbisError, TableNotFound, *engine_errors(address)) as error:
        raise LogError(f"{address}: there is no table “{address.table}”, or it may not be read") from error


def said_of(name: str, error: Exception) -> str:
    """What people read of an error of the engine."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"{name}: it cannot be read: {first.rstrip('.')} ({_advice(name)})"


def engine_errors(address: Address | None = None) -> tuple[type[Exception], ...]:
    """What the engines raise themselves that are always there, and that of an address."""
    import duckdb
    import psycopg

    of_address = warehouse_errors(address.kind) if isinstance(address, WarehouseTable) else ()
    return (duckdb.Error, psycopg.Error, *of_address)


def _advice(name: str) -> str:
    if name.startswith("duckdb"):
        return "it must be a DuckDB file that no other process holds open to write"
    if name.startswith("postgres"):
        return "look at the address, the server, and the user's rights: SELECT on the tables, TEMPORARY on the database"
    return "look at the address, and the user's rights: to read the tables, and to make temporary ones"


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
