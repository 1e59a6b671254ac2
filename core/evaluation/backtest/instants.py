"""Columns of instants, whatever type a log gives them: ISO 8601 texts, dates, timestamps with and without a zone,
numbers since 1970."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.evaluation.backtest.errors import BacktestError

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - bounds in UTC, with and without a zone
"""Outside of these an instant is taken for a mistake, such as a zero or an “infinity” that a program wrote."""
ISO_8601 = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|z| ?[+-]\d{2}(:?\d{2})?)?)?$"
COUNTED = {"seconds": 1e0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
"""How many of them a second has. Between 1973 and 2200 no number counts two of these since 1970."""
FIRST_COUNTED, LAST_COUNTED = 1e8, 1e10
"""In seconds since 1970."""
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
    if kind.is_numeric():
        return InstantColumn(column, _within(_counted(column.cast("float64"))), True)
    raise BacktestError(
        f"{option} {name}: its values are of type {kind}; instants are needed: a timestamp, a date, texts in "
        "ISO 8601 such as 2024-03-01T08:00:00Z, or numbers since 1970"
    )


def _parsed(column: Any) -> Any:
    """Texts in ISO 8601, extended or compact, or of numbers since 1970, as timestamps; null for others."""
    import ibis

    text = column.strip()
    compact = text.re_search(COMPACT)
    spread = text.re_replace(COMPACT, r"\1-\2-\3T\4:\5:\6\7")
    spread = spread.re_replace(r"T::$", "").re_replace(r":($|Z|[+-])", r"\1")
    whole = ibis.cases((text.re_search(ISO_8601), text.replace(",", ".")), (compact, spread))
    return ibis.coalesce(whole.try_cast("timestamp('UTC', 6)"), _counted(text.try_cast("float64")))


def _counted(number: Any) -> Any:
    """Seconds to nanoseconds since 1970 as timestamps, to the millisecond; null for numbers that may count anything."""
    import ibis

    parts = (
        ((number >= FIRST_COUNTED * a_second) & (number < LAST_COUNTED * a_second), number * (1e3 / a_second))
        for a_second in COUNTED.values()
    )
    millis = ibis.cases(*parts).round().cast("int64")
    return millis.as_timestamp("ms").cast("timestamp('UTC', 6)")


def _within(utc: Any) -> Any:
    import ibis

    low, high = (ibis.literal(f"{at.isoformat()}+00:00").cast("timestamp('UTC', 6)") for at in (EARLIEST, LATEST))
    return ibis.ifelse((utc >= low) & (utc < high), utc, ibis.null("timestamp('UTC', 6)"))


def literal(at: datetime) -> Any:
    """An instant that every engine reads alike."""
    import ibis

    return ibis.literal(at, type="timestamp('UTC', 6)")
