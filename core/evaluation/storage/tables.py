"""A log in tables of a DuckDB file, a PostgreSQL database or a warehouse, asked where they lie."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from core.config.log_address import Address
from core.evaluation.storage.storage import MARGIN, Asked, Opened, instant
from core.evaluation.storage.stores import connected, engine_errors, said_of, table_of
from core.evaluation.windows import Window


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
        return engine_errors(self._predictions[0])

    def explained(self, error: Exception) -> str:
        return said_of(self.name, error)


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
