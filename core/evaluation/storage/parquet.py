"""A log in two folders of closed Parquet files, by day, scanned where they lie.

Every question opens an in-memory DuckDB of its own and closes it again: no file stays open, so the serving side
is never locked out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from core.evaluation.log.prediction_log import LogError
from core.evaluation.storage.files import file_of, files_between, has_files, part_names
from core.evaluation.storage.storage import Asked, Opened
from core.evaluation.windows import Window


class ParquetFolders:
    """A `Storage`; `threads` is how many DuckDB may use."""

    uneven = True

    def __init__(self, predictions: str, labels: str, threads: int = 1) -> None:
        self.name = predictions
        self._predictions, self._labels, self._threads = Path(predictions), Path(labels), threads

    def parts(self, windows: Sequence[Window]) -> list[tuple[str, ...]]:
        return part_names(self._predictions, windows)

    @contextmanager
    def open(self, asked: Asked) -> Iterator[Opened | None]:
        """To be careful reads every file's footer first, which costs as much as the question."""
        if asked.parts is None:
            predictions = files_between(self._predictions, "predictions", asked.start, asked.end)
        else:
            predictions = [str(self._predictions / file_of(part)) for part in asked.parts]
        if not predictions:
            self._insist_on_files()
            yield None
            return
        labels = files_between(self._labels, "labels", asked.start, max(asked.known_at, asked.start))
        connection = in_memory(self._threads)
        try:
            made = _read(connection, predictions, asked.careful)
            yield Opened(connection, made, _read(connection, labels, asked.careful) if labels else None)
        finally:
            connection.disconnect()

    def _insist_on_files(self) -> None:
        if not has_files(self._predictions):
            raise LogError(f"{self.name}: nothing has been logged here yet; is the serving side running?")

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        import duckdb

        return (duckdb.Error,)

    def explained(self, error: Exception) -> str:
        first = str(error).strip().splitlines()[0]
        return (
            f"{self.name}: this log cannot be read: {first} (files must be closed Parquet, renamed into place when "
            f"they are whole; move a broken one away)"
        )


def in_memory(threads: int) -> Any:
    """An in-memory DuckDB that loads nothing from anywhere and thinks in UTC."""
    import ibis

    connection = ibis.duckdb.connect(
        threads=threads, autoinstall_known_extensions=False, autoload_known_extensions=False
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def _read(connection: Any, files: list[str], by_name: bool) -> Any:
    """Files as they are called: DuckDB would take brackets for a pattern, and read another file that it fits."""
    return connection.read_parquet(
        [escape(each) for each in files], hive_partitioning=False, union_by_name=by_name
    )
