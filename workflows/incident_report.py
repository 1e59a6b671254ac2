"""Incident reports: one a bug, on demand, posted in its thread and kept."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from core.outbox.store import Post, enqueue
from core.tickets import store
from core.tickets.incident import Parts, draft_parts, may_write
from core.tickets.tables import IncidentReport, Ticket
from workflows import file_bug


def prepare(session: Session, ticket_id: int) -> tuple[Ticket, Parts] | None:
    """The bug with its report as it stands, or as its story suggests; None when there is no such bug."""
    ticket, story = store.get(session, ticket_id), file_bug.report(session, ticket_id)
    if ticket is None or story is None:
        return None
    written = store.incident_report(session, ticket_id)
    if written is None:
        return ticket, draft_parts(story, ticket)
    return ticket, Parts(written.happened, written.impact, written.cause, written.fix, written.follow_up)


def write(
    session: Session,
    config: Config,
    ticket_id: int,
    parts: Parts,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """File the report, or change the one that was filed; it appears in the bug's thread."""
    ticket = store.lock(session, ticket_id)
    decision = may_write(ticket, person, parts)
    subject = ("ticket", ticket_id)
    audit.record(session, at=now, actor=actor, action="ticket.report", subject=subject, decision=decision)
    if ticket is None or not decision.allowed:
        return decision
    report = store.incident_report(session, ticket_id)
    if report is None:
        report = IncidentReport(ticket_id=ticket_id, written_by=actor, created_at=now, updated_at=now, revision=0)
        session.add(report)
    for name, text in asdict(parts).items():
        setattr(report, name, text.strip())
    report.written_by, report.updated_at, report.revision = actor, now, report.revision + 1
    session.flush()
    group = alerts.get(session, ticket.group_id) if ticket.group_id is not None else None
    parent, channel = file_bug.thread_of(config, ticket, group)
    post = Post("incident_report", report.id, report.message, channel, parent or ticket.message)
    enqueue(session, post, now)
    return decision
