"""Reading across concepts: what a shift, a ticket queue or a pipeline's card is told about its neighbours."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, Silence
from core.approvals.tables import Approval, ApprovalStatus
from core.evaluation.tables import Evaluation
from core.models.tables import Deployment
from core.oncall.tables import Notification, Page
from core.tickets.tables import Ticket


def groups_during(session: Session, rotation: str, start: datetime, end: datetime) -> Sequence[AlertGroup]:
    """A rotation's groups that were open at some time in `[start, end)`, oldest first."""
    query = select(AlertGroup).where(AlertGroup.rotation == rotation, AlertGroup.opened_at < end)
    query = query.where(AlertGroup.resolved_at.is_(None) | (AlertGroup.resolved_at >= start))
    return session.scalars(query.order_by(AlertGroup.id)).all()


def recent_groups(session: Session, pipeline: str, limit: int) -> Sequence[AlertGroup]:
    """A pipeline's alert groups, newest first."""
    query = select(AlertGroup).where(AlertGroup.pipeline == pipeline)
    return session.scalars(query.order_by(AlertGroup.id.desc()).limit(limit)).all()


def calls_during(
    session: Session, rotation: str, start: datetime, end: datetime
) -> list[tuple[Notification, AlertGroup]]:
    """The calls made in `[start, end)` for a rotation's pages, with what they were about, oldest first."""
    query = select(Notification, AlertGroup).join(Page, Page.id == Notification.page_id)
    query = query.join(AlertGroup, AlertGroup.id == Page.group_id)
    query = query.where(Page.rotation == rotation, Notification.at >= start, Notification.at < end)
    return [(call, group) for call, group in session.execute(query.order_by(Notification.id))]


def silences_after(session: Session, instant: datetime) -> Sequence[Silence]:
    """Silences made before `instant` that are in force at it or later, the first to end first."""
    query = select(Silence).where(
        Silence.created_at < instant, Silence.ends_at > instant, Silence.ended_by.is_(None)
    )
    return session.scalars(query.order_by(Silence.ends_at)).all()


def requests_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime
) -> Sequence[Approval]:
    """Approvals asked for or decided in `[start, end)`, and those that still wait, oldest first."""
    touched = (
        (Approval.requested_at >= start)
        | (Approval.decided_at >= start)
        | (Approval.status == ApprovalStatus.PENDING)
    )
    query = select(Approval).where(Approval.pipeline.in_(pipelines), Approval.requested_at < end, touched)
    return session.scalars(query.order_by(Approval.id)).all()


def deployments_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime
) -> Sequence[Deployment]:
    """Changes of these pipelines' champions in `[start, end)`, oldest first."""
    query = select(Deployment).where(Deployment.pipeline.in_(pipelines))
    query = query.where(Deployment.at >= start, Deployment.at < end)
    return session.scalars(query.order_by(Deployment.id)).all()


def evaluations_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime
) -> Sequence[Evaluation]:
    """The last evaluation made in `[start, end)` of each window, by pipeline and window."""
    query = select(Evaluation).where(Evaluation.pipeline.in_(pipelines))
    query = query.where(Evaluation.known_at >= start, Evaluation.known_at < end).order_by(Evaluation.known_at)
    last = {(row.pipeline, row.window_start): row for row in session.scalars(query)}
    return [last[key] for key in sorted(last)]


def tickets_during(session: Session, start: datetime, end: datetime) -> Sequence[Ticket]:
    """Tickets opened or closed in `[start, end)`, oldest first."""
    opened = (Ticket.created_at >= start) & (Ticket.created_at < end)
    closed = (Ticket.closed_at >= start) & (Ticket.closed_at < end)
    return session.scalars(select(Ticket).where(opened | closed).order_by(Ticket.id)).all()
