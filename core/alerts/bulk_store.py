"""The statements of the intake: many alerts at once, on plain rows, because this is where the load is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.activity import Activity, Ending
from core.alerts.tables import AlertCold, AlertHot
from core.db.direct import Statement, from_driver, to_driver

_CHUNK = 500
"""Values per IN list; both databases limit the parameters of a statement."""

_COLD, _HOT = cast(Table, AlertCold.__table__), cast(Table, AlertHot.__table__)


class Known(NamedTuple):
    """An open alert as it was stored."""

    id: int
    group_id: int
    fingerprint: str
    digest: str
    resolved: bool
    activity: Activity


def lock_open(session: Session, fingerprints: Collection[str]) -> dict[str, Known]:
    """The open alerts among these, held; alerts are always held in the order of their ids, and before groups."""
    rows = _OPEN.run(session, names=sorted(fingerprints)) if fingerprints else ()
    return {
        name: Known(
            at, group, name, digest, bool(over), Activity(from_driver(start), from_driver(end), bool(explicit))
        )
        for at, group, name, digest, over, explicit, start, end in rows
    }


_OPEN_SQL = """
    SELECT c.id, c.group_id, c.fingerprint, c.digest, h.resolved, h.ends_explicit, h.starts_at, h.ends_at
    FROM alert_cold c JOIN alert_hot h ON h.id = c.id WHERE c.fingerprint IN {names:list} AND c.is_open ORDER BY c.id"""
_OPEN = Statement(_OPEN_SQL, _OPEN_SQL.replace("IN {names:list}", "= ANY({names})") + " FOR UPDATE OF h")


def endings(session: Session, fingerprints: Collection[str], since: datetime) -> dict[str, tuple[int, Ending]]:
    """How the newest closed alert of each of these ended, with its id, where that was after `since`."""
    rows = _ENDINGS.run(session, names=sorted(fingerprints), since=to_driver(session, since))
    return {
        name: (at, Ending(from_driver(starts_at), from_driver(ended_at), bool(explicit), by is not None))
        for name, at, starts_at, ended_at, explicit, by in rows
    }


_ENDINGS = Statement("""
    SELECT c.fingerprint, c.id, h.starts_at, g.resolved_at, h.ends_explicit, g.resolved_by
    FROM alert_cold c JOIN alert_hot h ON h.id = c.id JOIN alert_group g ON g.id = c.group_id
    WHERE c.fingerprint IN {names:list} AND NOT c.is_open AND g.resolved_at > {since} ORDER BY c.id""")


_COUNT_ECHO = (
    update(_HOT)
    .where(_HOT.c.id == bindparam("b_id"))
    .values(last_seen=bindparam("b_last_seen"), counted=_HOT.c.counted + bindparam("b_counted"))
)


def count_echoes(session: Session, counts: Mapping[int, int], now: datetime) -> None:
    """Alerts that were delivered again without being anything new."""
    if counts:
        values = [{"b_id": at, "b_last_seen": now, "b_counted": n} for at, n in sorted(counts.items())]
        session.connection().execute(_COUNT_ECHO, values)


_UPDATE_TEXTS = (
    update(_COLD)
    .where(_COLD.c.id == bindparam("b_id"))
    .values(
        annotations=bindparam("b_annotations"),
        generator_url=bindparam("b_generator_url"),
        digest=bindparam("b_digest"),
    )
)


def update_texts(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Newer annotations, by id."""
    if rows:
        session.connection().execute(_UPDATE_TEXTS, [{f"b_{name}": v for name, v in row.items()} for row in rows])


_UPDATE_LABELS = update(_COLD).where(_COLD.c.id == bindparam("b_id")).values(labels=bindparam("b_labels"))


def update_labels(session: Session, labels: Mapping[int, Mapping[str, str]]) -> None:
    """Newer labels of keyed alerts, by id."""
    if labels:
        values = [{"b_id": at, "b_labels": dict(found)} for at, found in sorted(labels.items())]
        session.connection().execute(_UPDATE_LABELS, values)


def open_groups_of(session: Session, fingerprints: Collection[str]) -> dict[str, int]:
    """The ids of the groups of the open alerts among these."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(fingerprints)):
        query = select(AlertCold.fingerprint, AlertCold.group_id)
        query = query.where(AlertCold.fingerprint.in_(chunk), AlertCold.is_open)
        found.update((name, group_id) for name, group_id in session.execute(query))
    return found


class Expired(NamedTuple):
    """An alert whose end has passed without anybody saying that it is over."""

    id: int
    group_id: int
    ended_at: datetime


def lock_expired(session: Session, now: datetime) -> Sequence[Expired]:
    """Those whose end has passed, held."""
    # In the order of the index: else PostgreSQL, expecting to find one soon, reads the whole table to find none.
    late = select(AlertHot.id).where(AlertHot.resolved.is_(False), AlertHot.ends_at <= now)
    if session.scalar(late.order_by(AlertHot.ends_at).limit(1)) is None:
        return ()
    journal.fold(session, now)
    query = (
        select(AlertHot.id, AlertCold.group_id, AlertHot.ends_at)
        .join(AlertCold, AlertCold.id == AlertHot.id)
        .where(AlertHot.resolved.is_(False), AlertHot.ends_at <= now)
        .order_by(AlertHot.id)
        .with_for_update(of=AlertHot)
    )
    return [Expired(row[0], row[1], row[2] or now) for row in session.execute(query)]


def wait_for(session: Session, alert_ids: Collection[int], until: datetime, now: datetime) -> None:
    """These expire by then, unless they are heard of; the caller holds them."""
    journal.note(session, alert_ids, now)
    for chunk in _chunks(sorted(alert_ids)):
        session.execute(update(_HOT).where(_HOT.c.id.in_(chunk)).values(ends_at=until, ends_explicit=False))


def mark_ended(session: Session, alert_ids: Collection[int], now: datetime) -> None:
    """These have expired; the caller holds them."""
    journal.note(session, alert_ids, now)
    for chunk in _chunks(sorted(alert_ids)):
        session.execute(update(_HOT).where(_HOT.c.id.in_(chunk)).values(resolved=True))


def lock_firing_of(
    session: Session, group_id: int, now: datetime, source: str | None = None, name: str | None = None
) -> Sequence[int]:
    """The alerts of a group that still fire, held; only those from `source` and called `name`, if given."""
    journal.fold(session, now)
    query = select(AlertHot.id).join(AlertCold, AlertCold.id == AlertHot.id)
    query = query.where(AlertCold.group_id == group_id, AlertHot.resolved.is_(False))
    if source is not None:
        query = query.where(AlertCold.source == source)
    if name is not None:
        query = query.where(AlertCold.labels["alertname"].as_string() == name)
    return session.scalars(query.order_by(AlertHot.id).with_for_update(of=AlertHot)).all()


def end_all(session: Session, alert_ids: Collection[int], now: datetime) -> None:
    """End these alerts now, because a person said so."""
    journal.note(session, alert_ids, now)
    for chunk in _chunks(sorted(alert_ids)):
        values = {"resolved": True, "ends_at": now, "ends_explicit": True}
        session.execute(update(_HOT).where(_HOT.c.id.in_(chunk)).values(**values))


def close_alerts(session: Session, group_ids: Collection[int]) -> None:
    """These groups are over, and so are their alerts: what comes next is a new incident."""
    if group_ids:
        _CLOSE.run(session, ids=sorted(group_ids))


_CLOSE = Statement("UPDATE alert_cold SET is_open = false WHERE group_id IN {ids:list}")


def _chunks(values: Sequence[Any]) -> Iterable[list[Any]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
