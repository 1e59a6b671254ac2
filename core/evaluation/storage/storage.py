"""The port to where a log lies: its tables as they are, for as long as one question takes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from core.evaluation.windows import Window

MARGIN = timedelta(days=1)
"""Beyond the stretch of time that is asked about: a writer may cut its days a little differently."""


@dataclass(frozen=True)
class Asked:
    """What is to be opened: at least the predictions of `[start, end)`, or those of `parts`, and the labels that had
    arrived by `known_at`. `careful` matches columns by name where parts of a log differ in them."""

    start: datetime
    end: datetime
    known_at: datetime
    parts: Sequence[str] | None = None
    careful: bool = False


@dataclass(frozen=True)
class Opened:
    """The Ibis tables of a log, with the columns that they have; `labels` is None where none has arrived."""

    connection: Any
    predictions: Any
    labels: Any


class Storage(Protocol):
    """Where the predictions and labels of one pipeline lie. Whatever goes wrong is a LogError."""

    name: str
    """Of the predictions, as people read it; without a password."""
    uneven: bool
    """Whether parts of one log may differ in their columns, so that one is better `careful` after an error."""

    def parts(self, windows: Sequence[Window], /) -> list[tuple[str, ...]] | None:
        """Of each window the names of the closed parts that may hold its predictions; None where rows lie in tables
        without parts."""
        ...

    def open(self, asked: Asked) -> AbstractContextManager[Opened | None]:
        """The tables. None where there is no such part of the log, although others are there."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the engine raises itself."""
        ...

    def explained(self, error: Exception) -> str:
        """What people read of such an error."""
        ...


def instant(at: datetime) -> Any:
    """A literal that is the same instant in every engine."""
    import ibis

    return ibis.literal(at.astimezone(UTC), type="timestamp('UTC', 6)")
