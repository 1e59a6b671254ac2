"""Where a log lies, opened as an Ibis table: Parquet and DuckDB in place, CSV and PostgreSQL read once.

Nothing is downloaded, and nothing is written beside the log; what has to be unpacked goes to a folder of the run.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any

from core.config.log_address import Address, AddressError, DuckdbTable, is_address, read_address
from core.evaluation.backtest.csv_text import (
    ENCODINGS,
    begins,
    encoding_of,
    has_decimal_commas,
    insist_on_text,
    skipped,
    twins,
)
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.log.prediction_log import LogError
from core.evaluation.storage.stores import connected, engine_errors, table_of

NOTHING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "NaT", "<NA>")
"""What a CSV file writes for a missing value."""
READ_CSV = (
    "CREATE TABLE log AS SELECT * FROM read_csv($path, header=true, sample_size=-1, nullstr=$nothing, "
    "ignore_errors=true, store_rejects=true, encoding=$encoding{more})"
)
"""Types are told by the whole file, and lines that do not fit are counted instead of ending it."""
CSV_ENDS = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz")
CHUNK = 100_000
FULL = "No space left on device"
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
    source = (_open_table if is_address(log) else _open_files)(log, scratch, as_text)
    try:
        yield source
    finally:
        gc.collect()  # what was cached on the connection is let go of before it closes
        source.connection.disconnect()


def _open_files(log: str, scratch: Path, as_text: Sequence[str]) -> Source:
    path = Path(log)
    if any(sign in log for sign in "*?[") and not path.exists():
        return _open_parquet(log, log, scratch)
    if path.is_dir():
        if not any(path.rglob("*.parquet")):
            raise BacktestError(f"LOG: {log}: no Parquet file lies in this folder")
        return _open_parquet(str(Path(escape(log)) / "**" / "*.parquet"), log, scratch)
    if not path.exists():
        raise BacktestError(f"LOG: {log}: there is no such file")
    name = path.name.lower()
    if path.stat().st_size == 0:
        raise BacktestError(f"LOG: {log}: this file is empty")
    if name.endswith(CSV_ENDS):
        return _open_csv(path, scratch, as_text)
    if name.endswith(PARQUET_ENDS) or begins(path, b"PAR1"):
        return _open_parquet(escape(log), log, scratch)
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
    with explained(name, "a CSV needs a line of column names, and UTF-8, UTF-16 or Latin-1"):
        encoding = "utf-8" if name.lower().endswith(".zst") else encoding_of(path)
        header = connection.con.execute(
            "SELECT column_name FROM (DESCRIBE SELECT * FROM read_csv(?, header=true, all_varchar=true, "
            "ignore_errors=true, encoding=?))",
            [escape(name), encoding],
        ).fetchall()
        known = {str(column) for (column,) in header}
        commas = has_decimal_commas(path, encoding)
        types = {each: "VARCHAR" for each in as_text if each in known}
        more: dict[str, Any] = {"types": types} if types else {}
        more |= {"decimal_separator": ","} if commas else {}
        connection.con.execute(
            READ_CSV.format(more="".join(f", {option}=${option}" for option in more)),
            {"path": escape(name), "nothing": list(NOTHING), "encoding": encoding, **more},
        )
        bad, first = connection.con.execute("SELECT count(DISTINCT line), min(line) FROM reject_errors").fetchone()
        reason = connection.con.execute("SELECT any_value(error_type) FROM reject_errors").fetchone()[0]
    notes = [skipped(bad, first, str(reason))] if bad else []
    if encoding != "utf-8":
        notes.append(f"The CSV is not UTF-8; it is read as {ENCODINGS[encoding]}.")
    if commas:
        notes.append("The CSV writes fractions with a comma (3,5); they are read as numbers.")
    notes += twins(path, known, encoding)
    return Source(connection, connection.table("log"), name, in_place=False, notes=notes)


def _open_table(log: str, scratch: Path, _: Sequence[str]) -> Source:
    """A DuckDB file is scanned in place. A table of PostgreSQL is read once, in batches: a walk would ask a database
    that others use hundreds of times."""
    try:
        address = read_address(log)
        if isinstance(address, DuckdbTable):
            with connected(address) as checked:  # says what is wrong with the file
                table_of(checked, address)
            connection = _duckdb(scratch, address.file, read_only=True)
            return Source(connection, table_of(connection, address), str(address))
        with connected(address) as server:
            connection = _duckdb(scratch, scratch / "log.duckdb")
            there = table_of(server, address)
            with explained(str(address), "look at the rights of the user", address):
                connection.con.register("batches", there.to_pyarrow_batches(chunk_size=CHUNK))
                connection.con.execute("CREATE TABLE log AS SELECT * FROM batches")
    except (AddressError, LogError) as error:
        raise BacktestError(f"LOG: {error}") from error
    return Source(connection, connection.table("log"), str(address), in_place=False)


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
    connection.raw_sql(
        f"SET temp_directory = {quoted(scratch)}"
    )  # what does not fit into memory stays with the run
    return connection


def quoted(path: Path) -> str:
    """A path within a statement."""
    return "'" + str(path).replace("'", "''") + "'"


@contextmanager
def explained(
    name: str, advice: str = "look at the values of the columns that are named", address: Address | None = None
) -> Iterator[None]:
    """Let the engine's own errors say which log, and what to do."""
    try:
        yield
    except engine_errors(address) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if FULL in first:
            advice = "make room there, or let TMPDIR name a folder on another disk"
        raise BacktestError(f"LOG: {name}: it cannot be read: {first.rstrip('.')} ({advice})") from error
