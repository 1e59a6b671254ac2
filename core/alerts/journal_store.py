"""The journal of the intake: what was heard of alerts that fire on, and which alerts were written in another way.

An alert's state is its row, and the beats of the journal since. Each transaction of the intake adds one entry; now and
then all of them are folded into the rows. Whoever writes alerts holds the journal first, before any alert or group.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy.orm import Session

from core.alerts import backlog_store
from core.alerts.mirror import Mirror, Pending
from core.alerts.mirrors import new_mirror
from core.db.direct import Bulk, Statement, from_driver, is_sqlite, micros_to_driver, to_driver
from core.db.times import micros

Entry = tuple[int, datetime, bool, str, bytes, bytes | None]
"""Its number, when it was made, whether all was folded then, the alerts written otherwise, the beats, and what alerts
are known by since."""


_FOLD = Bulk(
    """UPDATE alert_hot SET ends_at = max(ends_at, {ends}), last_seen = max(last_seen, {seen}),
       counted = counted + {counted} WHERE id = {id}""",
    """UPDATE alert_hot SET ends_at = CASE WHEN ends_at IS NULL THEN NULL ELSE greatest(ends_at, new.ends) END,
       last_seen = greatest(last_seen, new.seen), counted = alert_hot.counted + new.counted
       FROM {new} WHERE alert_hot.id = new.id""",
    ["ends", "seen", "counted", "id"],
    {"ends": "timestamptz", "seen": "timestamptz", "counted": "integer", "id": "bigint"},
)
"""An alert that never ends goes on never ending."""


def hold(session: Session) -> None:
    """Be the only one to write alerts until the transaction ends; on SQLite every writer is."""
    if not is_sqlite(session):
        _LOCK.send(session)


_LOCK = Statement("SELECT 1", "SELECT pg_advisory_xact_lock(7205114263)")
"""The number means nothing; everybody who holds the journal uses it."""


def after(session: Session, last: int) -> Sequence[Entry] | None:
    """The entries after `last`, in order; None when some of them are gone."""
    rows = _SINCE.run(session, last=last)
    if not rows or rows[0][0] != last:
        return None
    return [_entry(row) for row in rows[1:]]


_AFTER = Statement(
    "SELECT id, at, folded, changed, beats, learned FROM alert_journal WHERE id > {last} ORDER BY id"
)
_SINCE = Statement("""
    SELECT id, at, folded, changed, CASE WHEN id > {last} THEN beats END, CASE WHEN id > {last} THEN learned END
    FROM alert_journal WHERE id >= {last} ORDER BY id""")


def replay(mirror: Mirror, rows: Iterable[Entry]) -> None:
    """Let a mirror know what the entries say, in order."""
    for _, at, folded, changed, beats, learned in rows:
        mirror.hear(beats, micros(at))
        if changed:
            mirror.drop(msgspec.json.decode(changed, type=list[int]))
        if folded:
            mirror.folded()
        if learned:
            mirror.learn(learned)


def secret(session: Session, offered: bytes) -> bytes:
    """The secret of all mirrors of this database: the first that was offered. Whoever asks holds the journal."""
    known = _SECRET.run(session)
    if known:
        return bytes(known[0][0])
    _KEEP_SECRET.run(session, value=offered)
    return offered


_SECRET = Statement("SELECT value FROM alert_secret WHERE id = 1")
_KEEP_SECRET = Statement("INSERT INTO alert_secret (id, value) VALUES (1, {value})")


def add(
    session: Session,
    beats: bytes,
    changed: Collection[int],
    now: datetime,
    folded: bool = False,
    learned: bytes = b"",
) -> int:
    """Add an entry, which says: first these beats were heard, then these alerts were written, then perhaps all was
    folded, and since then alerts are known by what was `learned`. Returns its number."""
    ids = msgspec.json.encode(list(changed)).decode() if changed else ""
    when = to_driver(session, now)
    values = {"at": when, "folded": folded, "changed": ids, "beats": beats, "learned": learned or None}
    return int(_ADD.run(session, **values)[0][0])


_ADD = Statement(
    """INSERT INTO alert_journal (at, folded, changed, beats, learned)
    VALUES ({at}, {folded}, {changed}, {beats}, {learned}) RETURNING id"""
)


def note(session: Session, changed: Collection[int], now: datetime) -> None:
    """These alerts were written; whoever remembers them must read them again."""
    if changed:
        add(session, b"", changed, now)


def fold(session: Session, now: datetime) -> int:
    """Write what was heard into the rows, so that they say all there is to say; the number of the last entry.

    Holds the journal. Entries are kept until the next fold, for those who have not read them yet.
    """
    hold(session)
    backlog_store.settle(session)
    last, rows = _unfolded(session)
    if last is not None and not rows:
        return last
    mirror = new_mirror()
    replay(mirror, rows)
    write(session, cast(Sequence[Pending], mirror.pending(None)))
    return close(session, b"", (), now)


def close(session: Session, beats: bytes, changed: Collection[int], now: datetime, learned: bytes = b"") -> int:
    """Add an entry after which all is folded, and forget those before the last such entry."""
    before = _last_fold(session)
    if before is not None:
        _FORGET.run(session, before=before)
    return add(session, beats, changed, now, folded=True, learned=learned)


def _unfolded(session: Session) -> tuple[int | None, Sequence[Entry]]:
    """The number of the last fold, and the entries since."""
    last = _last_fold(session)
    return last, _read(session, last or 0)


def _read(session: Session, last: int) -> Sequence[Entry]:
    return [_entry(row) for row in _AFTER.run(session, last=last)]


def _entry(row: Sequence[Any]) -> Entry:
    number, at, *said = row
    return (number, from_driver(at), *said)


def _last_fold(session: Session) -> int | None:
    found: int | None = _LAST_FOLD.run(session)[0][0]
    return found


_LAST_FOLD = Statement("SELECT max(id) FROM alert_journal WHERE folded")
_FORGET = Statement("DELETE FROM alert_journal WHERE id < {before}")


def write(session: Session, heard: Sequence[Pending | tuple[int, int, int, int]]) -> None:
    """Move ends and counts of rows by what was heard."""
    time = micros_to_driver(session)
    rows = [(time(end), time(seen), counted, alert_id) for alert_id, end, counted, seen in sorted(heard)]
    _FOLD.run(session, rows)


def pending(session: Session) -> Mapping[int, Pending]:
    """What was heard since the last fold, by alert: readers add it to the rows."""
    _, rows = _unfolded(session)
    if not any(row[4] for row in rows):
        return {}
    mirror = new_mirror()
    replay(mirror, rows)
    return {heard[0]: Pending(*heard) for heard in cast(Sequence[Pending], mirror.pending(None))}
