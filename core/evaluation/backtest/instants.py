"""Columns of instants, whatever type a log gives them: ISO 8601 texts, dates, timestamps with and without a zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.evaluation.backtest.errors import BacktestError

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - bounds in UTC, with and without a zone
"""Outside of these an instant is taken for a mistake, such as a zero or an “infinity” that a program wrote."""
ISO_8601 = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|z| ?[+-]\d{2}(:?\d{2})?)?)?$"
COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}(?::?\d{2})?)?)?$"


@dataclass(frozen=True)
class InstantColumn:
    """`utc` is the column as timestamps in UTC, null where it holds none; `raw` what filters are put on.

    `zoned` is False when the offset is missing and UTC is assumed, None when it may differ from value to value.
    """

    raw: Any
    utc: Any
    zoned: bool | None

    @property
    def is_text(self) -> bool:
        return self.zoned is None


def read_instants(table: Any, name: str, option: str) -> InstantColumn:
    """The column `name` as instants. BacktestError when its type cannot hold any."""
    column = table[name]
    kind = column.type()
    if kind.is_timestamp():
        return InstantColumn(column, _within(column.cast("timestamp('UTC', 6)")), kind.timezone is not None)
    if kind.is_date():
        return InstantColumn(column, _within(column.cast("timestamp(6)").cast("timestamp('UTC', 6)")), False)
    if kind.is_string():
        return InstantColumn(column, _within(_parsed(column)), None)
    raise BacktestError(
        f"{option} {name}: its values are of type {kind}; instants are needed: a timestamp, a date, or texts in "
        "ISO 8601 such as 2024-03-01T08:00:00Z (what numbers count is not guessed at: convert them first)"
    )


def _parsed(column: Any) -> Any:
    """ISO 8601 texts, extended or compact, as timestamps; null for others."""
    import ibis

    text = column.strip()
    compact = text.re_search(COMPACT)
    spread = text.re_replace(COMPACT, r"\1-\2-\3T\4:\5:\6\7")
    spread = spread.re_replace(r"T::$", "").re_replace(r":($|Z|[+-])", r"\1")
    whole = ibis.cases((text.re_search(ISO_8601), text.replace(",", ".")), (compact, spread))
    return whole.try_cast("timestamp('UTC', 6)")


def _within(utc: Any) -> Any:
    import ibis

    low, high = (ibis.literal(f"{at.isoformat()}+00:00").cast("timestamp('UTC', 6)") for at in (EARLIEST, LATEST))
    return ibis.ifelse((utc >= low) & (utc < high), utc, ibis.null("timestamp('UTC', 6)"))


def literal(at: datetime) -> Any:
    """An instant that every engine reads alike."""
    import ibis

    return ibis.literal(at, type="timestamp('UTC', 6)")
