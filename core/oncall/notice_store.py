"""Reading and writing what is to be told about duties, and the secret addresses of calendars."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.oncall.calendar_tables import CalendarFeed
from core.oncall.rota_tables import Notice, NoticeStatus


def planned(session: Session, rotation: str) -> Sequence[Notice]:
    """A rotation's notices that are not told yet."""
    query = select(Notice).where(Notice.rotation == rotation, Notice.status == NoticeStatus.PLANNED)
    return session.scalars(query.order_by(Notice.due_at, Notice.id)).all()


def since(session: Session, rotation: str, start: datetime) -> Sequence[Notice]:
    """A rotation's notices, of any status, about what starts at `start` or later."""
    query = select(Notice).where(Notice.rotation == rotation, Notice.starts_at >= start)
    return session.scalars(query.order_by(Notice.starts_at, Notice.id)).all()


def due(session: Session, now: datetime) -> Sequence[Notice]:
    """Notices to be told by now, oldest first, without those that somebody else is telling."""
    query = select(Notice).where(Notice.status == NoticeStatus.PLANNED, Notice.due_at <= now)
    query = query.order_by(Notice.due_at, Notice.id).with_for_update(skip_locked=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def next_due(session: Session) -> datetime | None:
    """When the next notice is to be told."""
    return session.scalar(select(func.min(Notice.due_at)).where(Notice.status == NoticeStatus.PLANNED))


def get(session: Session, notice_id: int) -> Notice | None:
    return session.get(Notice, notice_id)


def feed_of(session: Session, secret: str) -> CalendarFeed | None:
    """The calendar behind a secret; None when there is none, or it was revoked."""
    digest = sha256(secret.encode()).hexdigest()
    query = select(CalendarFeed).where(CalendarFeed.secret_sha256 == digest, CalendarFeed.revoked_at.is_(None))
    return session.scalars(query).one_or_none()


def feeds_by(session: Session, person: str) -> Sequence[CalendarFeed]:
    """The calendars that a person made and did not revoke, oldest first; held until the transaction ends."""
    query = select(CalendarFeed).where(CalendarFeed.created_by == person, CalendarFeed.revoked_at.is_(None))
    return session.scalars(query.order_by(CalendarFeed.id).with_for_update()).all()
