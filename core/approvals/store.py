"""Reading approval requests."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.approvals.tables import Approval, ApprovalStatus


def lock(session: Session, approval_id: int) -> Approval | None:
    """The request, held against a second decision at the same instant until the transaction ends."""
    query = select(Approval).where(Approval.id == approval_id).with_for_update()
    # Without it a row that this session has read before would keep its old values, although it waited for the lock.
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get(session: Session, approval_id: int) -> Approval | None:
    return session.get(Approval, approval_id)


def get_one(session: Session, approval_id: int) -> Approval:
    """A request that something refers to; raises NoResultFound."""
    return session.get_one(Approval, approval_id)


def pending(session: Session, pipeline: str | None = None, action: str | None = None) -> Sequence[Approval]:
    """Open requests, oldest first."""
    query = select(Approval).where(Approval.status == ApprovalStatus.PENDING)
    if pipeline is not None:
        query = query.where(Approval.pipeline == pipeline)
    if action is not None:
        query = query.where(Approval.action == action)
    return session.scalars(query.order_by(Approval.id)).all()


def under_way(session: Session, pipeline: str, action: str) -> Sequence[Approval]:
    """What waits for its decision, or was approved and is being carried out; oldest first."""
    carried_out = and_(Approval.status == ApprovalStatus.APPROVED, Approval.outcome.is_(None))
    query = select(Approval).where(
        Approval.pipeline == pipeline,
        Approval.action == action,
        or_(Approval.status == ApprovalStatus.PENDING, carried_out),
    )
    return session.scalars(query.order_by(Approval.id)).all()


def asked_in(session: Session, thread: str) -> Sequence[Approval]:
    """What was asked for in the thread of a message, whatever became of it; oldest first."""
    return session.scalars(select(Approval).where(Approval.parent == thread).order_by(Approval.id)).all()


def overdue(session: Session, now: datetime) -> Sequence[Approval]:
    """Open requests whose deadline has passed."""
    query = select(Approval).where(Approval.status == ApprovalStatus.PENDING, Approval.due_at <= now)
    return session.scalars(query.order_by(Approval.id).with_for_update(skip_locked=True)).all()


def next_due(session: Session) -> datetime | None:
    """The nearest deadline of an open request, or None."""
    query = select(func.min(Approval.due_at)).where(Approval.status == ApprovalStatus.PENDING)
    return session.scalar(query)


def granted(session: Session, pipeline: str, action: str) -> Sequence[Approval]:
    """What was asked for and approved, the newest last."""
    query = select(Approval).where(
        Approval.pipeline == pipeline, Approval.action == action, Approval.status == ApprovalStatus.APPROVED
    )
    return session.scalars(query.order_by(Approval.id)).all()


def latest(session: Session, pipeline: str, action: str, to_version: int) -> Approval | None:
    """The newest request of this action for this version, whatever became of it."""
    query = select(Approval).where(
        Approval.pipeline == pipeline, Approval.action == action, Approval.to_version == to_version
    )
    return session.scalars(query.order_by(Approval.id.desc())).first()
