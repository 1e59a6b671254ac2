"""The journal of the intake: what was heard of alerts that fire on, and which alerts were written in another way.

An alert's state is its row, and the beats of the journal since. Each transaction of the intake adds one entry; now and
then all of them are folded into the rows. Whoever writes alerts holds the journal first, before any alert or group.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from core.alerts.mirror import Mirror, Pending, micros, new_mirror
from core.alerts.tables import AlertJournal

Entry = tuple[int, datetime, bool, str, bytes]
"""Its number, when it was made, whether all was folded then, the alerts written otherwise, and the beats."""

_LOG = cast(Table, AlertJournal.__table__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCK = text("SELECT pg_advisory_xact_lock(7205114263)")
"""The number means nothing; everybody who holds the journal uses it."""

_FOLD_SQLITE = """
    UPDATE alert_hot SET ends_at = max(ends_at, ?), last_seen = max(last_seen, ?), counted = counted + ? WHERE id = ?"""
_FOLD_POSTGRES = text("""
    UPDATE alert_hot SET counted = counted + beat.counted,
           ends_at = CASE WHEN ends_at IS NULL THEN NULL
                          ELSE greatest(ends_at, timestamptz 'epoch' + beat.ends * interval '1 microsecond') END,
           last_seen = greatest(last_seen, timestamptz 'epoch' + beat.seen * interval '1 microsecond')
    FROM unnest(CAST(:ids AS bigint[]), CAST(:ends AS bigint[]), CAST(:counted AS bigint[]), CAST(:seen AS bigint[]))
         AS beat(id, ends, counted, seen)
    WHERE alert_hot.id = beat.id""")


def hold(session: Session) -> None:
    """Be the only one to write alerts until the transaction ends; on SQLite every writer is."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK)


def after(session: Session, last: int) -> Sequence[Entry] | None:
    """The entries after `last`, in order; None when some of them are gone."""
    rows = _read(session, last)
    if rows and session.connection().execute(_EXISTS, {"last": last}).first() is None:
        return None
    return rows


_AFTER = select(_LOG.c.id, _LOG.c.at, _LOG.c.folded, _LOG.c.changed, _LOG.c.beats)
_AFTER = _AFTER.where(_LOG.c.id > text(":last")).order_by(_LOG.c.id)
_EXISTS = select(_LOG.c.id).where(_LOG.c.id == text(":last"))


def replay(mirror: Mirror, rows: Iterable[Entry]) -> set[int]:
    """Let a mirror know what the entries say, in order; the alerts that were written in another way."""
    dropped: set[int] = set()
    for _, at, folded, changed, beats in rows:
        mirror.hear(beats, micros(at))
        ids = msgspec.json.decode(changed, type=list[int]) if changed else []
        mirror.drop(ids)
        dropped.update(ids)
        if folded:
            mirror.folded()
    return dropped


def add(session: Session, beats: bytes, changed: Collection[int], now: datetime, folded: bool = False) -> int:
    """Add an entry, which says: first these beats were heard, then these alerts were written, and then perhaps all
    was folded. Returns its number."""
    ids = msgspec.json.encode(list(changed)).decode() if changed else ""
    values = {"at": now, "folded": folded, "changed": ids, "beats": beats}
    return int(session.connection().execute(_ADD, values).scalar_one())


_ADD = insert(_LOG).returning(_LOG.c.id)


def note(session: Session, changed: Collection[int], now: datetime) -> None:
    """These alerts were written; whoever remembers them must read them again."""
    if changed:
        add(session, b"", changed, now)


def fold(session: Session, now: datetime) -> int:
    """Write what was heard into the rows, so that they say all there is to say; the number of the last entry.

    Holds the journal. Entries are kept until the next fold, for those who have not read them yet.
    """
    hold(session)
    last, rows = _unfolded(session)
    if last is not None and not rows:
        return last
    mirror = new_mirror()
    replay(mirror, rows)
    write(session, cast(Sequence[Pending], mirror.pending(None)))
    return close(session, b"", (), now)


def close(session: Session, beats: bytes, changed: Collection[int], now: datetime) -> int:
    """Add an entry after which all is folded, and forget those before the last such entry."""
    before = session.scalar(select(func.max(_LOG.c.id)).where(_LOG.c.folded))
    if before is not None:
        session.execute(delete(_LOG).where(_LOG.c.id < before))
    return add(session, beats, changed, now, folded=True)


def _unfolded(session: Session) -> tuple[int | None, Sequence[Entry]]:
    """The number of the last fold, and the entries since."""
    last = session.scalar(select(func.max(_LOG.c.id)).where(_LOG.c.folded))
    return last, _read(session, last or 0)


def _read(session: Session, last: int) -> Sequence[Entry]:
    return cast(Sequence[Entry], session.connection().execute(_AFTER, {"last": last}).all())


def write(session: Session, heard: Sequence[Pending | tuple[int, int, int, int]]) -> None:
    """Move ends and counts of rows by what was heard."""
    if not heard:
        return
    if session.get_bind().dialect.name == "sqlite":
        rows = [(_text(end), _text(seen), counted, alert_id) for alert_id, end, counted, seen in sorted(heard)]
        session.connection().exec_driver_sql(_FOLD_SQLITE, rows)
        return
    ids, ends, counted, seen = zip(*sorted(heard), strict=True)
    values = {"ids": list(ids), "ends": list(ends), "counted": list(counted), "seen": list(seen)}
    session.connection().execute(_FOLD_POSTGRES, values)


def pending(session: Session) -> Mapping[int, Pending]:
    """What was heard since the last fold, by alert: readers add it to the rows."""
    _, rows = _unfolded(session)
    if not any(row[4] for row in rows):
        return {}
    mirror = new_mirror()
    replay(mirror, rows)
    return {heard[0]: Pending(*heard) for heard in cast(Sequence[Pending], mirror.pending(None))}


def to_datetime(at: int) -> datetime:
    """From microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def _text(at: int) -> str:
    """An instant as SQLAlchemy writes it to SQLite."""
    return to_datetime(at).isoformat(" ", "microseconds")[:26]
