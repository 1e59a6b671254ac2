"""Silences: reading and locking."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.alerts.silence_tables import Silence, SilenceState
from core.alerts.tables import AlertGroup, GroupStatus


def active(session: Session, now: datetime) -> Sequence[Silence]:
    """Silences in force at `now`."""
    query = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now)
    return session.scalars(query.order_by(Silence.id)).all()


def until_resolved(session: Session, now: datetime) -> Sequence[Silence]:
    """Silences in force that end with the last alert that they cover."""
    query = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now, Silence.until_resolved)
    return session.scalars(query.order_by(Silence.id)).all()


def to_warn_of(session: Session, now: datetime) -> Sequence[Silence]:
    """Silences in force of whose end people are to hear by now, held."""
    query = select(Silence).where(Silence.applied == SilenceState.ACTIVE, Silence.warn_at <= now)
    return session.scalars(query.order_by(Silence.id).with_for_update()).all()


def turned(session: Session, now: datetime) -> Sequence[Silence]:
    """Silences that began or ended, and whose groups have not been told yet."""
    began = (Silence.applied == SilenceState.PENDING) & (Silence.starts_at <= now)
    ended = (Silence.applied == SilenceState.ACTIVE) & (Silence.ends_at <= now)
    return session.scalars(select(Silence).where(began | ended).order_by(Silence.id).with_for_update()).all()


def standing_since(session: Session, since: datetime) -> Sequence[Silence]:
    """Silences that are in force, to come, or ended after `since`; the next to end first."""
    query = select(Silence).where(Silence.ends_at > since).order_by(Silence.ends_at, Silence.id)
    return session.scalars(query).all()


def find(session: Session, silence_id: str) -> Silence | None:
    """A silence as it is, without holding it."""
    return session.get(Silence, silence_id)


def lock(session: Session, silence_id: str) -> Silence | None:
    query = select(Silence).where(Silence.id == silence_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def count_groups(session: Session, silence_id: str) -> int:
    """How many groups this silence keeps quiet."""
    query = select(func.count()).select_from(AlertGroup).where(AlertGroup.silence_id == silence_id)
    return session.scalar(query) or 0


def open_groups(session: Session, silence_id: str) -> list[int]:
    """The open groups that this silence keeps quiet."""
    query = select(AlertGroup.id).where(AlertGroup.status == GroupStatus.SILENCED)
    return list(session.scalars(query.where(AlertGroup.silence_id == silence_id)))
