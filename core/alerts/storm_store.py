"""The groups of a storm, many at a time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, not_, select, update
from sqlalchemy.orm import Session

from core.alerts.storm import Members
from core.alerts.tables import STORM, AlertGroup, GroupStatus

_NOT_A_STORM = not_(AlertGroup.key.startswith(STORM, autoescape=True))


def _opened(channel: str, rotation: str, since: datetime, now: datetime) -> ColumnElement[bool]:
    """Groups that opened here since then. A clock that was put back has opened some later than now: those are older."""
    here = and_(AlertGroup.channel == channel, AlertGroup.rotation == rotation)
    return and_(here, _NOT_A_STORM, AlertGroup.opened_at > since, AlertGroup.opened_at <= now)


def count_opened(session: Session, channel: str, rotation: str, since: datetime, now: datetime) -> int:
    """How many groups opened here since then."""
    query = select(func.count()).select_from(AlertGroup)
    return session.scalar(query.where(_opened(channel, rotation, since, now))) or 0


def lock_loose(
    session: Session, channel: str, rotation: str, since: datetime, now: datetime
) -> Sequence[AlertGroup]:
    """Groups that opened here since then, that nobody has answered and no storm tells of, held."""
    query = select(AlertGroup).where(_opened(channel, rotation, since, now))
    query = query.where(AlertGroup.status == GroupStatus.FIRING)
    query = query.where(AlertGroup.storm_id.is_(None)).order_by(AlertGroup.id).with_for_update()
    return session.scalars(query).all()


def members(session: Session, storm_id: int, opened_at: datetime) -> Members:
    """How the groups of a storm stand; `opened_at` counts as the newest where it has none."""
    query = select(AlertGroup.status, func.count(), func.max(AlertGroup.opened_at))
    rows = session.execute(query.where(AlertGroup.storm_id == storm_id).group_by(AlertGroup.status)).all()
    return Members({row[0]: row[1] for row in rows}, max((row[2] for row in rows), default=opened_at))


def severities(session: Session, storm_id: int, status: GroupStatus) -> Sequence[str]:
    """The severities of its groups in this state."""
    query = select(AlertGroup.severity).where(AlertGroup.storm_id == storm_id, AlertGroup.status == status)
    return session.scalars(query.distinct()).all()


def open_members(session: Session, storm_id: int) -> Sequence[AlertGroup]:
    """Its groups that are not over, held."""
    query = select(AlertGroup).where(AlertGroup.storm_id == storm_id, AlertGroup.status != GroupStatus.RESOLVED)
    return session.scalars(query.order_by(AlertGroup.id).with_for_update()).all()


def answer_members(session: Session, storm_id: int, person: str, now: datetime) -> int:
    """Whoever takes a storm takes what fires in it; how many groups that were."""
    taken = {"status": GroupStatus.ACKNOWLEDGED, "acknowledged_by": person, "acknowledged_at": now}
    which = update(AlertGroup).where(AlertGroup.storm_id == storm_id, AlertGroup.status == GroupStatus.FIRING)
    ids = session.scalars(which.values(**taken).returning(AlertGroup.id)).all()
    return len(ids)


def release_members(session: Session, storm_id: int, person: str) -> None:
    """What one person holds in a storm fires again."""
    free = {"status": GroupStatus.FIRING, "acknowledged_by": None, "acknowledged_at": None}
    held = update(AlertGroup).where(AlertGroup.storm_id == storm_id, AlertGroup.acknowledged_by == person)
    session.execute(held.where(AlertGroup.status == GroupStatus.ACKNOWLEDGED).values(**free))


def look_at(session: Session, storm_ids: Collection[int], at: datetime) -> None:
    """Have these storms looked at by then, if not sooner."""
    later = AlertGroup.due_at.is_(None) | (AlertGroup.due_at > at)
    which = update(AlertGroup).where(
        AlertGroup.id.in_(storm_ids), AlertGroup.status != GroupStatus.RESOLVED, later
    )
    session.execute(which.values(due_at=at))


def titles(session: Session, storm_id: int, limit: int = 8) -> list[tuple[str, int, int]]:
    """What its groups are called: (title, how many, the first one's id), the most frequent first."""
    count = func.count()
    query = select(AlertGroup.title, count, func.min(AlertGroup.id)).where(AlertGroup.storm_id == storm_id)
    query = query.group_by(AlertGroup.title).order_by(count.desc(), AlertGroup.title).limit(limit)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def count_titles(session: Session, storm_id: int) -> int:
    query = select(func.count(AlertGroup.title.distinct())).where(AlertGroup.storm_id == storm_id)
    return session.scalar(query) or 0
