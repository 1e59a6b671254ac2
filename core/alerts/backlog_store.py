"""The backlog in the database: what was acknowledged of new and ended alerts, and is not in the rows yet.

Only SQLite has one: there a transaction costs as much as the pages that it touches, so many alerts are written at once.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from core.alerts import intake_store
from core.db.direct import Statement, is_sqlite

Rows = Sequence[Sequence[Any]]


def put(session: Session, cold: Rows, hot: Rows, ended: Rows) -> int:
    """Keep rows as the driver takes them; the number of this entry."""
    number = time.time_ns()
    _PUT.run(session, id=number, fresh=msgspec.msgpack.encode((cold, hot)), ended=msgspec.msgpack.encode(ended))
    return number


def last(session: Session) -> int | None:
    """The number of the last entry; None when nothing waits."""
    number: int | None = _LAST.run(session)[0][0]
    return number


def settle(session: Session) -> None:
    """Write the whole backlog into the rows. Whoever decides about alerts or groups does so first."""
    entries = _ENDED.run(session) if is_sqlite(session) else ()
    if not entries:
        return
    ends = _summed(row for _, ended in entries for row in msgspec.msgpack.decode(ended))
    for number, _ in entries:
        ((fresh,),) = _FRESH.run(session, id=number)
        cold, hot = msgspec.msgpack.decode(fresh)
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


_PUT = Statement("INSERT INTO alert_backlog (id, fresh, ended) VALUES ({id}, {fresh}, {ended})")
_LAST = Statement("SELECT max(id) FROM alert_backlog")
_ENDED = Statement("SELECT id, ended FROM alert_backlog ORDER BY id")
_FRESH = Statement("SELECT fresh FROM alert_backlog WHERE id = {id}")
_CLEAR = Statement("DELETE FROM alert_backlog")
