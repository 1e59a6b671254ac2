"""Reading and locking tickets."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.tickets.tables import IncidentReport, Ticket, TicketStatus


def get(session: Session, ticket_id: int) -> Ticket | None:
    return session.get(Ticket, ticket_id)


def lock(session: Session, ticket_id: int) -> Ticket | None:
    """The ticket, held against a second change at the same instant until the transaction ends."""
    query = select(Ticket).where(Ticket.id == ticket_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def open_of_group(session: Session, group_id: int) -> Ticket | None:
    """The ticket of an alert group that is not closed; there is at most one."""
    query = select(Ticket).where(Ticket.group_id == group_id, Ticket.status != TicketStatus.CLOSED)
    return session.scalars(query.order_by(Ticket.id)).first()


def of_group(session: Session, group_id: int) -> Sequence[Ticket]:
    """All tickets that were filed from an alert group, oldest first."""
    return session.scalars(select(Ticket).where(Ticket.group_id == group_id).order_by(Ticket.id)).all()


def open_tickets(session: Session, pipeline: str | None = None) -> Sequence[Ticket]:
    """Tickets that are not closed, oldest first."""
    query = select(Ticket).where(Ticket.status != TicketStatus.CLOSED)
    if pipeline is not None:
        query = query.where(Ticket.pipeline == pipeline)
    return session.scalars(query.order_by(Ticket.id)).all()


def filed_since(session: Session, start: datetime) -> Sequence[Ticket]:
    """Tickets filed at `start` or later, oldest first."""
    return session.scalars(select(Ticket).where(Ticket.created_at >= start).order_by(Ticket.id)).all()


def between(session: Session, start: datetime, end: datetime) -> Sequence[Ticket]:
    """Tickets opened or closed in `[start, end)`, oldest first."""
    opened = (Ticket.created_at >= start) & (Ticket.created_at < end)
    closed = (Ticket.closed_at >= start) & (Ticket.closed_at < end)
    return session.scalars(select(Ticket).where(opened | closed).order_by(Ticket.id)).all()


def past(session: Session, but: Collection[int] = (), limit: int = 2_000) -> Sequence[Ticket]:
    """The newest tickets, open and closed, except those named: what a new one is compared with."""
    query = select(Ticket).where(Ticket.id.not_in(but)).order_by(Ticket.id.desc()).limit(limit)
    return session.scalars(query).all()


def closed(session: Session, pipeline: str, limit: int) -> Sequence[Ticket]:
    """A pipeline's closed tickets, the last closed first."""
    query = select(Ticket).where(Ticket.pipeline == pipeline, Ticket.status == TicketStatus.CLOSED)
    return session.scalars(query.order_by(Ticket.closed_at.desc(), Ticket.id.desc()).limit(limit)).all()


def incident_report(session: Session, ticket_id: int) -> IncidentReport | None:
    """The incident report of a bug, if somebody wrote one."""
    return session.scalars(select(IncidentReport).where(IncidentReport.ticket_id == ticket_id)).one_or_none()


def incident_report_by_id(session: Session, report_id: int) -> IncidentReport | None:
    return session.get(IncidentReport, report_id)


def incident_reports(session: Session, start: datetime, end: datetime) -> Sequence[IncidentReport]:
    """Incident reports written or changed in `[start, end)`, newest first."""
    query = select(IncidentReport).where(IncidentReport.updated_at >= start, IncidentReport.updated_at < end)
    return session.scalars(query.order_by(IncidentReport.updated_at.desc(), IncidentReport.id.desc())).all()
