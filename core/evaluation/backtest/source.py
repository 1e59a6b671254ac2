"""Where a log lies, opened as an Ibis table: Parquet and DuckDB in place, CSV and PostgreSQL read once.

Nothing is downloaded, and nothing is written beside the log; what has to be unpacked goes to a folder of the run.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from core.evaluation.backtest.csv_text import begins, insist_on_text, skipped, twins
from core.evaluation.backtest.errors import BacktestError

NOTHING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "NaT", "<NA>")
"""What a CSV file writes for a missing value."""
READ_CSV = (
    "CREATE TABLE log AS SELECT * FROM read_csv($path, header=true, sample_size=-1, nullstr=$nothing, "
    "ignore_errors=true, store_rejects=true, types=$types)"
)
"""Types are told by the whole file, and lines that do not fit are counted instead of ending it."""
CSV_ENDS = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz")
CHUNK = 100_000
PARQUET_ENDS = (".parquet", ".pq", ".parq")


@dataclass(frozen=True)
class Source:
    """An open log: `in_place` is False when it had to be unpacked, `notes` what was skipped while reading."""

    connection: Any
    table: Any
    name: str
    in_place: bool = True
    notes: list[str] = field(default_factory=list)


@contextmanager
def open_source(log: str, scratch: Path, as_text: Sequence[str]) -> Iterator[Source]:
    """Open a file, a folder or pattern of Parquet files, or a table's URL; closed when the block ends.

    Columns `as_text` (the instants) of a CSV are left as they are written. BacktestError names what is wrong.
    """
    source = _opener(log)(log, scratch, as_text)
    try:
        yield source
    finally:
        gc.collect()  # what was cached on the connection is let go of before it closes
        source.connection.disconnect()


def _opener(log: str) -> Callable[[str, Path, Sequence[str]], Source]:
    if log.startswith("duckdb://"):
        return _open_duckdb
    if log.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return _open_postgres
    if "://" in log:
        raise BacktestError(
            f"LOG: {_without_password(log)}: this kind of address is not known; give Parquet, CSV, "
            "duckdb:///file?table or postgresql://user@host/database/table"
        )
    return _open_files


def _open_files(log: str, scratch: Path, as_text: Sequence[str]) -> Source:
    path = Path(log)
    if any(sign in log for sign in "*?[") and not path.exists():
        return _open_parquet(log, log, scratch)
    if path.is_dir():
        if not any(path.rglob("*.parquet")):
            raise BacktestError(f"LOG: {log}: no Parquet file lies in this folder")
        return _open_parquet(str(path / "**" / "*.parquet"), log, scratch)
    if not path.exists():
        raise BacktestError(f"LOG: {log}: there is no such file")
    name = path.name.lower()
    if path.stat().st_size == 0:
        raise BacktestError(f"LOG: {log}: this file is empty")
    if name.endswith(CSV_ENDS):
        return _open_csv(path, scratch, as_text)
    if name.endswith(PARQUET_ENDS) or begins(path, b"PAR1"):
        return _open_parquet(log, log, scratch)
    raise BacktestError(f"LOG: {log}: neither Parquet nor CSV, by its name and its first bytes")


def _open_parquet(files: str, name: str, scratch: Path) -> Source:
    connection = _duckdb(scratch)
    with explained(name, "a log must be closed Parquet; files that are broken or still being written, move away"):
        table = connection.read_parquet(files, union_by_name=True)
    return Source(connection, table, name)


def _open_csv(path: Path, scratch: Path, as_text: Sequence[str]) -> Source:
    """Parsed once, into a DuckDB file of this run, however often it is read afterwards."""
    insist_on_text(path)
    connection = _duckdb(scratch, scratch / "log.duckdb")
    name = str(path)
    with explained(name, "a CSV needs a line of column names, and UTF-8"):
        header = connection.con.execute(
            "SELECT column_name FROM (DESCRIBE SELECT * FROM read_csv(?, header=true, all_varchar=true, "
            "ignore_errors=true))",
            [name],
        ).fetchall()
        known = {str(column) for (column,) in header}
        types = {column: "VARCHAR" for column in as_text if column in known}
        values = {"path": name, "nothing": list(NOTHING)} | ({"types": types} if types else {})
        connection.con.execute(
            READ_CSV if types else READ_CSV.replace(", types=$types", ""),
            values,
        )
        bad, first = connection.con.execute("SELECT count(DISTINCT line), min(line) FROM reject_errors").fetchone()
        reason = connection.con.execute("SELECT any_value(error_type) FROM reject_errors").fetchone()[0]
    notes = [skipped(bad, first, str(reason))] if bad else []
    return Source(connection, connection.table("log"), name, in_place=False, notes=[*notes, *twins(path, known)])


def _open_duckdb(log: str, scratch: Path, _: Sequence[str]) -> Source:
    parts = urlsplit(log)
    file, table = Path(unquote(parts.path)), unquote(parts.query)
    if parts.netloc:  # duckdb://relative/file
        file = Path(parts.netloc + parts.path)
    if not table:
        raise BacktestError(f"LOG: {log}: name the table after a question mark, duckdb:///file?table")
    if not file.is_file():
        raise BacktestError(f"LOG: {file}: there is no such DuckDB file")
    with explained(str(file), "it must be a DuckDB file that no other process holds open"):
        connection = _duckdb(scratch, file, read_only=True)
    return Source(connection, _table(connection, table, log), log)


def _open_postgres(log: str, scratch: Path, _: Sequence[str]) -> Source:
    """Read once, in batches, by a backend of its own: a walk would ask a database that others use hundreds of times."""
    import ibis

    parts = urlsplit(log)
    database, _slash, table = parts.path.lstrip("/").partition("/")
    table = unquote(table or parts.query)
    if not database or not table:
        raise BacktestError(
            f"LOG: {_without_password(log)}: name the table, postgresql://user@host/database/table"
        )
    name = _without_password(log)
    with explained(name, "look at the address, the user and the server"):
        server = ibis.postgres.connect(
            host=parts.hostname,
            port=parts.port or 5432,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            database=unquote(database),
        )
        server.raw_sql("SET TIME ZONE 'UTC'").close()
    connection = _duckdb(scratch, scratch / "log.duckdb")
    try:
        there = _table(server, table, name)
        with explained(name, "look at the rights of the user"):
            connection.con.register("batches", there.to_pyarrow_batches(chunk_size=CHUNK))
            connection.con.execute("CREATE TABLE log AS SELECT * FROM batches")
    finally:
        server.disconnect()
    return Source(connection, connection.table("log"), name, in_place=False)


def _table(connection: Any, name: str, log: str) -> Any:
    from ibis.common.exceptions import IbisError

    schema, dot, bare = name.rpartition(".")
    try:
        return connection.table(bare, database=schema) if dot else connection.table(bare)
    except (IbisError, *_engine_errors()) as error:
        raise BacktestError(f"LOG: {_without_password(log)}: there is no table “{name}”") from error


def _duckdb(scratch: Path, file: Path | None = None, *, read_only: bool = False) -> Any:
    """A DuckDB that loads nothing from anywhere and thinks in UTC."""
    import ibis

    connection = ibis.duckdb.connect(
        ":memory:" if file is None else str(file),
        read_only=read_only,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql(f"SET temp_directory = '{scratch}'")  # what does not fit into memory stays with the run
    return connection


@contextmanager
def explained(name: str, advice: str = "look at the values of the columns that are named") -> Iterator[None]:
    """Let the engine's own errors say which log, and what to do."""
    try:
        yield
    except _engine_errors() as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BacktestError(f"LOG: {name}: it cannot be read: {first.rstrip('.')} ({advice})") from error


def _engine_errors() -> tuple[type[Exception], ...]:
    import duckdb
    import psycopg

    return (duckdb.Error, psycopg.Error)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{host}{port}"))
