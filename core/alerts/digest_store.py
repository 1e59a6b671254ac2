"""Digests, and the groups that they tell of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import not_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.alerts.tables import STORM, AlertGroup, Digest, Verdict


def groups_during(session: Session, start: datetime, end: datetime) -> Sequence[AlertGroup]:
    """Groups that were open at some time in `[start, end)`, oldest first; storms only stand for others."""
    query = select(AlertGroup).where(not_(AlertGroup.key.startswith(STORM, autoescape=True)))
    query = query.where(AlertGroup.opened_at < end)
    query = query.where(AlertGroup.resolved_at.is_(None) | (AlertGroup.resolved_at >= start))
    return session.scalars(query.order_by(AlertGroup.id)).all()


def noise_since(session: Session, start: datetime) -> set[int]:
    """The groups that were called noise since then, and still are."""
    query = select(Verdict.group_id).where(Verdict.given_at >= start, Verdict.withdrawn_at.is_(None))
    return set(session.scalars(query))


def add(session: Session, digest: Digest) -> bool:
    """Add a digest; False, and nothing changed, when another process has just added it."""
    try:
        with session.begin_nested():
            session.add(digest)
    except IntegrityError:
        return False
    return True


def get(session: Session, digest_id: int) -> Digest | None:
    return session.get(Digest, digest_id)
