"""The backlog in the database: what was acknowledged of new and ended alerts, and is not in the rows yet.

Only SQLite has one: there a transaction costs as much as the pages that it touches, so many alerts are written at once.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from core.alerts import intake_store
from core.db.direct import Statement, is_sqlite

Rows = Sequence[Sequence[Any]]


class Entry(NamedTuple):
    """Rows as the driver takes them: of new alerts, cold and hot, and of ends."""

    cold: Rows
    hot: Rows
    ended: Rows


def put(session: Session, entry: Entry) -> int:
    """Keep an entry; its number."""
    number = time.time_ns()
    fresh, ended = _encode((entry.cold, entry.hot)), _encode(entry.ended)
    _PUT.run(session, id=number, fresh=fresh, ended=ended)
    return number


def last(session: Session) -> int | None:
    """The number of the last entry; None when nothing waits."""
    number: int | None = _LAST.run(session)[0][0]
    return number


def settle(session: Session) -> None:
    """Write the whole backlog into the rows. Whoever decides about alerts or groups does so first."""
    if not is_sqlite(session):
        return
    entries = [_entry(fresh, ended) for fresh, ended in _ALL.run(session)]
    if entries:
        write(session, entries)


def _entry(fresh: bytes, ended: bytes) -> Entry:
    cold, hot = _decode(fresh)
    return Entry(cold, hot, _decode(ended))


def write(session: Session, entries: Iterable[Entry]) -> None:
    """Write these entries, which are the whole backlog, into the rows."""
    ends = _summed(row for entry in entries for row in entry.ended)
    for cold, hot, _ in entries:
        intake_store.insert_alerts(session, cold, [_ended(row, ends.pop(row[0], None)) for row in hot])
    intake_store.write_ended(session, list(ends.values()))
    _CLEAR.run(session)


def _summed(ended: Iterable[Sequence[Any]]) -> dict[int, Sequence[Any]]:
    """Each alert once, by its id: its end may have been said again."""
    found: dict[int, Sequence[Any]] = {}
    for row in ended:
        old = found.get(row[-1])
        found[row[-1]] = (
            row if old is None else (max(old[0], row[0]), max(old[1], row[1]), old[2] + row[2], row[3])
        )
    return found


def _ended(hot: Sequence[Any], end: Sequence[Any] | None) -> Sequence[Any]:
    """A new alert that has ended since."""
    if end is None:
        return hot
    return (hot[0], hot[1], end[0], True, True, end[1], hot[6] + end[2])


_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder().decode
_PUT = Statement("INSERT INTO alert_backlog (id, fresh, ended) VALUES ({id}, {fresh}, {ended})")
_LAST = Statement("SELECT max(id) FROM alert_backlog")
_ALL = Statement("SELECT fresh, ended FROM alert_backlog ORDER BY id")
_CLEAR = Statement("DELETE FROM alert_backlog")
