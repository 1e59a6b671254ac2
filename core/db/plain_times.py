"""Instants as numbers, as texts and as objects, in plain Python. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(at: int, /) -> datetime:
    """From microseconds since 1970, in UTC; raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=at)


def micros(at: datetime, /) -> int:
    """Microseconds since 1970; raises TypeError for what has no zone."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def as_text(at: datetime | None, /) -> str | None:
    """A UTC instant as SQLAlchemy writes it to SQLite: `2026-01-02 03:04:05.000006`; None stays None."""
    return None if at is None else at.isoformat(" ", "microseconds")[:26]


def micros_text(at: int, /) -> str:
    """`as_text` of microseconds since 1970; raises OverflowError as `to_datetime` does."""
    return to_datetime(at).isoformat(" ", "microseconds")[:26]
