"""Alert groups and their alerts: reading and locking."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union
from sqlalchemy.orm import Session

from core.alerts import backlog_store, label_store
from core.alerts import journal_store as journal
from core.alerts.asking import Asked
from core.alerts.mirror import Pending
from core.alerts.severity import Severity
from core.alerts.silence_tables import Silence, SilenceState
from core.alerts.tables import AlertCold, AlertGroup, AlertHot, GroupStatus, Verdict
from core.db.times import to_datetime

_OPEN = AlertGroup.status != GroupStatus.RESOLVED
_WORST_FIRST = case({severity: rank for rank, severity in enumerate(Severity)}, value=AlertGroup.severity, else_=0)
_URGENT_FIRST = case({GroupStatus.FIRING: 0, GroupStatus.ACKNOWLEDGED: 1}, value=AlertGroup.status, else_=2)
_ORDER = (_URGENT_FIRST, _WORST_FIRST, AlertGroup.opened_at.desc(), AlertGroup.id.desc())


class AlertRow(NamedTuple):
    """One alert of a group, as lists show it."""

    id: int
    fingerprint: str
    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str
    starts_at: datetime
    ends_at: datetime | None
    resolved: bool
    last_seen: datetime
    counted: int


class AlertCount(NamedTuple):
    """How many alerts a group has, how many of them fire, and how often they were delivered in all."""

    firing: int
    total: int
    delivered: int


def lock(session: Session, group_id: int) -> AlertGroup | None:
    """The group, held against a second decision at the same instant until the transaction ends."""
    backlog_store.settle(session)
    query = select(AlertGroup).where(AlertGroup.id == group_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def lock_groups(session: Session, group_ids: Iterable[int]) -> Sequence[AlertGroup]:
    """These groups, held; always in the order of their ids, so that two holders cannot wait for each other."""
    backlog_store.settle(session)
    query = select(AlertGroup).where(AlertGroup.id.in_(set(group_ids))).order_by(AlertGroup.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def get(session: Session, group_id: int) -> AlertGroup | None:
    return session.get(AlertGroup, group_id)


def get_one(session: Session, group_id: int) -> AlertGroup:
    """A group that something refers to; raises NoResultFound."""
    return session.get_one(AlertGroup, group_id)


def group_of_alert(session: Session, alert_id: int) -> AlertGroup | None:
    """The group that an alert belongs to."""
    query = select(AlertGroup).join(AlertCold, AlertCold.group_id == AlertGroup.id).where(AlertCold.id == alert_id)
    return session.scalars(query).one_or_none()


def open_by_key(session: Session, key: str) -> AlertGroup | None:
    """The group of this key that is not resolved; there is at most one."""
    return session.scalars(select(AlertGroup).where(AlertGroup.key == key, _OPEN)).one_or_none()


def open_groups(session: Session, pipeline: str | None = None, limit: int = 50) -> Sequence[AlertGroup]:
    """What is going on: unanswered first, then the most severe, then the newest."""
    query = select(AlertGroup).where(_OPEN)
    if pipeline is not None:
        query = query.where(AlertGroup.pipeline == pipeline)
    return session.scalars(query.order_by(*_ORDER).limit(limit)).all()


def find_groups(
    session: Session, asked: Asked, person: str, rotations: Collection[str], now: datetime, limit: int
) -> tuple[Sequence[AlertGroup], int]:
    """One page of the groups that are asked for, and how many there are in all; unanswered first, then the most severe,
    then the newest. Where neither a state nor a label is asked for, a storm stands for its groups. `rotations` are
    those of which `person` is on call: what nobody holds there is theirs."""
    theirs = (AlertGroup.status == GroupStatus.FIRING) & AlertGroup.rotation.in_(rotations)
    conditions = (
        (AlertGroup.status.in_(asked.statuses), bool(asked.statuses)),
        (_OPEN, not asked.statuses and not asked.everything),
        ((AlertGroup.acknowledged_by == person) | theirs, asked.mine),
        (AlertGroup.pipeline == asked.pipeline, asked.pipeline is not None),
        (AlertGroup.severity == asked.severity, asked.severity is not None),
        (AlertGroup.storm_id == asked.storm, asked.storm is not None),
        (AlertGroup.storm_id.is_(None), not (asked.storm or asked.statuses or asked.everything or asked.labels)),
        (AlertGroup.acknowledged_by == asked.holder, asked.holder is not None),
        (AlertGroup.opened_at <= now - (asked.older or timedelta()), asked.older is not None),
        (AlertGroup.opened_at >= now - (asked.newer or timedelta()), asked.newer is not None),
    )
    titles = [func.lower(AlertGroup.title).contains(word.lower(), autoescape=True) for word in asked.named]
    where = [*titles, *(condition for condition, wanted in conditions if wanted)]
    if asked.labels:
        where.append(
            AlertGroup.id.in_(label_store.groups_having(session, [each.stored() for each in asked.labels]))
        )
    total = session.scalar(select(func.count()).select_from(AlertGroup).where(*where)) or 0
    query = select(AlertGroup).where(*where).order_by(*_ORDER).limit(limit).offset((asked.page - 1) * limit)
    return session.scalars(query).all(), total


def count_open(session: Session) -> tuple[int, int]:
    """How many alerts are open, a storm as one, and how many of them nobody has answered."""
    unanswered = func.sum(case((AlertGroup.status == GroupStatus.FIRING, 1), else_=0))
    query = select(func.count(), unanswered).where(_OPEN, AlertGroup.storm_id.is_(None))
    total, firing = session.execute(query).one()
    return int(total), int(firing or 0)


def calling(
    session: Session, rotations: Collection[str], ids: Collection[int], limit: int
) -> tuple[Sequence[AlertGroup], int]:
    """What nobody has answered of these rotations, or of these groups, the most severe first, and how many there are in
    all; a storm stands for its groups."""
    theirs = AlertGroup.rotation.in_(rotations) | AlertGroup.id.in_(ids)
    return _first(session, [AlertGroup.status == GroupStatus.FIRING, theirs, AlertGroup.storm_id.is_(None)], limit)


def held(session: Session, person: str, limit: int) -> tuple[Sequence[AlertGroup], int]:
    """What this person has acknowledged and is still open, the most severe first, and how many there are in all."""
    mine = [_OPEN, AlertGroup.acknowledged_by == person, AlertGroup.storm_id.is_(None)]
    return _first(session, mine, limit)


def _first(session: Session, where: Sequence[ColumnElement[bool]], limit: int) -> tuple[Sequence[AlertGroup], int]:
    total = session.scalar(select(func.count()).select_from(AlertGroup).where(*where)) or 0
    return session.scalars(select(AlertGroup).where(*where).order_by(*_ORDER).limit(limit)).all(), total


def verdict(session: Session, group_id: int) -> Verdict | None:
    """What stands about a group."""
    query = select(Verdict).where(Verdict.group_id == group_id, Verdict.withdrawn_at.is_(None))
    return session.scalars(query).one_or_none()


def ids_of(session: Session, *statuses: GroupStatus) -> Sequence[int]:
    """The ids of the groups in these states."""
    return session.scalars(
        select(AlertGroup.id).where(AlertGroup.status.in_(statuses)).order_by(AlertGroup.id)
    ).all()


def between(session: Session, start: datetime, end: datetime, rotation: str | None = None) -> Sequence[AlertGroup]:
    """Groups that were open at some time in `[start, end)`, oldest first; a storm stands for its groups."""
    query = select(AlertGroup).where(AlertGroup.opened_at < end, _ends_after(start), AlertGroup.storm_id.is_(None))
    if rotation is not None:
        query = query.where(AlertGroup.rotation == rotation)
    return session.scalars(query.order_by(AlertGroup.opened_at, AlertGroup.id)).all()


def _ends_after(start: datetime) -> ColumnElement[bool]:
    return AlertGroup.resolved_at.is_(None) | (AlertGroup.resolved_at >= start)


def alerts_of(session: Session, group_id: int, limit: int = 20, start: int = 0) -> list[AlertRow]:
    """The alerts of a group from number `start` on: those that fire first, then by their start."""
    query = _alert_rows().where(AlertCold.group_id == group_id)
    query = query.order_by(AlertHot.resolved, AlertHot.starts_at, AlertCold.id)
    rows = session.execute(query.limit(limit).offset(start)).all()
    heard = journal.pending(session)
    return [_with(AlertRow._make(row), heard) for row in rows]


def _with(row: AlertRow, heard: Mapping[int, Pending]) -> AlertRow:
    """The row, with what the journal says of it since it was written."""
    news = heard.get(row.id)
    if news is None:
        return row
    ends_at = None if row.ends_at is None else max(row.ends_at, to_datetime(news.end))
    seen = max(row.last_seen, to_datetime(news.seen))
    return row._replace(ends_at=ends_at, last_seen=seen, counted=row.counted + news.counted)


def count_alerts(session: Session, group_id: int) -> AlertCount:
    firing = func.coalesce(func.sum(case((AlertHot.resolved, 0), else_=1)), 0)
    delivered = func.coalesce(func.sum(AlertHot.counted), 0)
    query = (
        select(firing, func.count(), delivered).select_from(AlertCold).join(AlertHot, AlertHot.id == AlertCold.id)
    )
    found = AlertCount(*session.execute(query.where(AlertCold.group_id == group_id)).one())
    heard = journal.pending(session)
    if not heard:
        return found
    ids = session.scalars(select(AlertCold.id).where(AlertCold.group_id == group_id))
    return found._replace(delivered=found.delivered + sum(heard[i].counted for i in ids if i in heard))


def firing_alerts(session: Session, limit: int = 10_000) -> list[tuple[AlertRow, AlertGroup]]:
    """Every alert that fires, with its group, oldest first."""
    query = _alert_rows().add_columns(AlertGroup).join(AlertGroup, AlertGroup.id == AlertCold.group_id)
    query = query.where(AlertHot.resolved.is_(False), AlertCold.is_open).order_by(AlertHot.starts_at, AlertCold.id)
    rows = session.execute(query.limit(limit)).all()
    heard = journal.pending(session)
    return [(_with(AlertRow._make(row[:-1]), heard), row[-1]) for row in rows]


def _alert_rows() -> Select[*tuple[Any, ...]]:
    columns = (
        AlertCold.id,
        AlertCold.fingerprint,
        AlertCold.labels,
        AlertCold.annotations,
        AlertCold.generator_url,
        AlertHot.starts_at,
        AlertHot.ends_at,
        AlertHot.resolved,
        AlertHot.last_seen,
        AlertHot.counted,
    )
    return select(*columns).join(AlertHot, AlertHot.id == AlertCold.id)


def due_groups(session: Session, now: datetime) -> Sequence[AlertGroup]:
    """Groups of which people are to hear by now, or be reminded, held. Each kind is found by its own index: asked for
    both at once and in order, SQLite would look through all groups there ever were."""
    backlog_store.settle(session)
    kinds = AlertGroup.due_at <= now, AlertGroup.remind_at <= now
    found = union(*(select(AlertGroup.id).where(kind) for kind in kinds))
    query = (
        select(AlertGroup).where(AlertGroup.id.in_(found), or_(*kinds)).order_by(AlertGroup.id).with_for_update()
    )
    return session.scalars(query.execution_options(populate_existing=True)).all()


def next_due(session: Session) -> datetime | None:
    """When the next alert expires, the next silence begins, ends or is near its end, or people are to hear of a group;
    None when nothing waits."""
    waits = (
        select(func.min(AlertGroup.due_at)).where(AlertGroup.due_at.is_not(None)),
        select(func.min(AlertGroup.remind_at)).where(AlertGroup.remind_at.is_not(None)),
        select(func.min(Silence.warn_at)).where(Silence.applied == SilenceState.ACTIVE),
        select(func.min(AlertHot.ends_at)).where(AlertHot.resolved.is_(False)),
        select(func.min(Silence.starts_at)).where(Silence.applied == SilenceState.PENDING),
        select(func.min(Silence.ends_at)).where(Silence.applied == SilenceState.ACTIVE),
    )
    return min((at for at in map(session.scalar, waits) if at is not None), default=None)
