"""Reading approval requests."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals.tables import Approval, ApprovalStatus


def lock(session: Session, approval_id: int) -> Approval | None:
    """The request, held against a second decision at the same instant until the transaction ends."""
    return session.scalars(select(Approval).where(Approval.id == approval_id).with_for_update()).one_or_none()


def get(session: Session, approval_id: int) -> Approval | None:
    return session.get(Approval, approval_id)


def pending(session: Session, pipeline: str | None = None, action: str | None = None) -> Sequence[Approval]:
    """Open requests, oldest first."""
    query = select(Approval).where(Approval.status == ApprovalStatus.PENDING)
    if pipeline is not None:
        query = query.where(Approval.pipeline == pipeline)
    if action is not None:
        query = query.where(Approval.action == action)
    return session.scalars(query.order_by(Approval.id)).all()


def overdue(session: Session, now: datetime) -> Sequence[Approval]:
    """Open requests whose deadline has passed."""
    query = select(Approval).where(Approval.status == ApprovalStatus.PENDING, Approval.due_at <= now)
    return session.scalars(query.order_by(Approval.id).with_for_update(skip_locked=True)).all()


def between(session: Session, start: datetime, end: datetime) -> Sequence[Approval]:
    """Requests made in `[start, end)`, oldest first."""
    query = select(Approval).where(Approval.requested_at >= start, Approval.requested_at < end)
    return session.scalars(query.order_by(Approval.id)).all()
