"""Bugs: filing one, moving it on, and the queue by priority."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup
from core.approvals import store as approvals
from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.config.rights import stranger
from core.decision import Decision, allow, quoted, refuse
from core.evaluation import store as evaluations
from core.outbox.store import Post, enqueue
from core.tickets import store
from core.tickets.asking import Asked, wanted
from core.tickets.draft import TicketDraft, check_draft, draft_from
from core.tickets.queue import OBJECTIVE_WINDOW, RECURRENCE_WINDOW, QueueItem, Ranked, rank
from core.tickets.report import TicketReport
from core.tickets.report import report as ticket_report
from core.tickets.similar import PastTicket, Similar, similar
from core.tickets.status import may_assign, may_change
from core.tickets.tables import Ticket, TicketStatus
from workflows.announce import announce
from workflows.facts.store import days_judged
from workflows.note import tell


@dataclass(frozen=True)
class Queued:
    """A ticket of the queue with its priority and the reasons for it."""

    ticket: Ticket
    ranked: Ranked


def draft_from_group(session: Session, config: Config, group_id: int) -> TicketDraft | None:
    """The draft that an alert group and its evidence suggest; None when there is no such group."""
    group = alerts.get(session, group_id)
    if group is None:
        return None
    evaluation = evaluations.get(session, group.evaluation_id) if group.evaluation_id is not None else None
    return draft_from(group, evaluation, config.pipelines)


def errors_of(draft: TicketDraft, config: Config) -> dict[str, str]:
    """What is wrong with a draft, by the name of its field; empty when it can be filed."""
    return check_draft(draft, config.pipelines, [person.id for person in config.team.people])


def file_bug(
    session: Session, config: Config, draft: TicketDraft, person: Person | None, actor: str, now: datetime
) -> tuple[Decision, Ticket | None]:
    """File a bug: anybody of the team may. An alert group has at most one ticket that is not closed.

    When it was refused as `invalid_draft`, `errors_of` tells which fields to mend.
    """
    group = alerts.lock(session, draft.group_id) if draft.group_id is not None else None
    decision = _may_file(session, config, draft, group, person)
    ticket = _add(session, draft, actor, now) if decision.allowed else None
    if ticket is not None:
        decision = allow("filed", f"{{person:{actor}}} filed bug #{ticket.id}: {quoted(ticket.title)}")
    subject = ("ticket", ticket.id if ticket else "new")
    data = {"group": draft.group_id, "title": draft.title}
    audit.record(session, at=now, actor=actor, action="ticket.file", subject=subject, decision=decision, data=data)
    if ticket is not None:
        _show(session, config, ticket, group, now)
    return decision, ticket


def change_status(
    session: Session,
    config: Config,
    ticket_id: int,
    status: str,
    person: Person | None,
    actor: str,
    now: datetime,
    resolution: str = "",
) -> Decision:
    """Move a ticket on: start it (and be its assignee), close it with what fixed it, or reopen it."""
    ticket = store.lock(session, ticket_id)
    if ticket is None:
        decision = refuse("no_such_ticket", f"There is no bug #{ticket_id}.")
    else:
        decision = _one_per_group(session, ticket, status) or may_change(ticket, status, resolution, person)
    entry = audit.record(
        session, at=now, actor=actor, action="ticket.change", subject=("ticket", ticket_id), decision=decision
    )
    if ticket is not None and decision.allowed:
        _move(ticket, TicketStatus(status), resolution, actor, now)
        group = alerts.lock(session, ticket.group_id) if ticket.group_id is not None else None
        _show(session, config, ticket, group, now)
        parent, channel = thread_of(config, ticket, group)
        tell(session, entry, channel=channel, parent=parent or ticket.message, now=now)
    return decision


def assign(
    session: Session,
    config: Config,
    ticket_id: int,
    whom: Person,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Put somebody on a bug that is not closed; its thread mentions them."""
    ticket = store.lock(session, ticket_id)
    if ticket is None:
        decision = refuse("no_such_ticket", f"There is no bug #{ticket_id}.")
    else:
        decision = may_assign(ticket, whom, person)
    entry = audit.record(
        session, at=now, actor=actor, action="ticket.assign", subject=("ticket", ticket_id), decision=decision
    )
    if ticket is not None and decision.allowed:
        _move(ticket, TicketStatus.IN_PROGRESS, "", whom.id, now)
        group = alerts.lock(session, ticket.group_id) if ticket.group_id is not None else None
        _show(session, config, ticket, group, now)
        parent, channel = thread_of(config, ticket, group)
        tell(session, entry, channel=channel, parent=parent or ticket.message, now=now)
    return decision


def find(session: Session, asked: Asked, person: str, now: datetime) -> tuple[list[Queued], list[Ticket]]:
    """The bugs that `person` asks for: those of the queue in their places, and the closed ones, the last closed
    first."""
    queue = [each for each in list_open(session, now, asked.pipeline) if wanted(each.ticket, asked, person)]
    closed = [each for each in store.past(session) if each.closed_at and wanted(each, asked, person)]
    return queue, sorted(closed, key=lambda each: (each.closed_at, each.id), reverse=True)


def list_open(session: Session, now: datetime, pipeline: str | None = None) -> list[Queued]:
    """The queue: every ticket that is not closed, the most urgent first."""
    open_tickets = {ticket.id: ticket for ticket in store.open_tickets(session, pipeline)}
    seen = Counter((one.pipeline, one.symptom) for one in store.filed_since(session, now - RECURRENCE_WINDOW))
    judged = days_judged(session, now - OBJECTIVE_WINDOW, now)
    items = [_item(ticket, seen, judged, now) for ticket in open_tickets.values()]
    return [Queued(open_tickets[one.item.ticket_id], one) for one in rank(items, now)]


def similar_to(session: Session, title: str, description: str, but: Sequence[int] = ()) -> list[Similar]:
    """The past tickets that read most like this text, among the 2,000 newest."""
    past = [PastTicket(one.id, one.title, one.description) for one in store.past(session, but)]
    return similar(title, description, past)


def report(session: Session, ticket_id: int) -> TicketReport | None:
    """The story of one ticket; None when there is no such ticket."""
    ticket = store.get(session, ticket_id)
    if ticket is None:
        return None
    group = alerts.get(session, ticket.group_id) if ticket.group_id is not None else None
    asked = approvals.asked_in(session, group.message) if group else ()
    trail = [
        *audit.of(session, "ticket", ticket.id),
        *(audit.of(session, "alert_group", group.id) if group else ()),
        *(entry for each in asked for entry in audit.of(session, "approval", each.id)),
    ]
    alike = similar_to(session, ticket.title, ticket.description, [ticket.id])
    return ticket_report(ticket, group, trail, alike)


def _may_file(
    session: Session, config: Config, draft: TicketDraft, group: AlertGroup | None, person: Person | None
) -> Decision:
    if person is None:
        return stranger("file a bug here")
    if draft.group_id is not None and group is None:
        return refuse("no_such_group", "The alert that this bug comes from does not exist.")
    filed = store.open_of_group(session, group.id) if group else None
    if filed is not None:
        return refuse("already_filed", f"{{person:{filed.reporter}}} has filed this already: bug #{filed.id}.")
    errors = errors_of(draft, config)
    if errors:
        return refuse("invalid_draft", " ".join(errors.values()))
    return allow("may_file")


def _one_per_group(session: Session, ticket: Ticket, status: str) -> Decision | None:
    """Reopening must not give an alert group a second open ticket."""
    if ticket.status != TicketStatus.CLOSED or ticket.group_id is None or status == TicketStatus.CLOSED:
        return None
    alerts.lock(session, ticket.group_id)
    other = store.open_of_group(session, ticket.group_id)
    return refuse("already_filed", f"This alert has another open bug: #{other.id}.") if other else None


def _add(session: Session, draft: TicketDraft, actor: str, now: datetime) -> Ticket:
    ticket = Ticket(
        title=draft.title.strip(),
        description=draft.description.strip(),
        pipeline=draft.pipeline,
        severity=draft.severity,
        symptom=draft.symptom,
        reporter=actor,
        assignee=draft.assignee,
        group_id=draft.group_id,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    return ticket


def _move(ticket: Ticket, status: TicketStatus, resolution: str, actor: str, now: datetime) -> None:
    closes = status is TicketStatus.CLOSED
    ticket.status, ticket.updated_at = status, now
    ticket.closed_at, ticket.resolution = (now, resolution.strip()) if closes else (None, "")
    if status is TicketStatus.IN_PROGRESS:
        ticket.assignee = actor
    ticket.revision += 1


def _show(session: Session, config: Config, ticket: Ticket, group: AlertGroup | None, now: datetime) -> None:
    """Post the ticket, or bring it up to date; and the message of its alert group, which shows the ticket."""
    parent, channel = thread_of(config, ticket, group)
    enqueue(session, Post("ticket", ticket.id, ticket.message, channel, parent, revision=ticket.revision), now)
    if group is not None:
        announce(session, group, now)


def thread_of(config: Config, ticket: Ticket, group: AlertGroup | None) -> tuple[str | None, str]:
    """Where a ticket's message is: in its group's thread, else in the channel of its pipeline or of the team."""
    if group is not None:
        return group.message, group.channel
    pipeline = config.pipelines.get(ticket.pipeline or "")
    return None, pipeline.channel if pipeline else config.team.alerts.channel


def _item(
    ticket: Ticket, seen: Counter[tuple[str | None, str]], judged: dict[str, tuple[int, int]], now: datetime
) -> QueueItem:
    breached, days = judged.get(ticket.pipeline or "", (0, 0))
    itself = 1 if ticket.created_at >= now - RECURRENCE_WINDOW else 0
    others = seen[ticket.pipeline, ticket.symptom] - itself if ticket.pipeline else 0
    return QueueItem(ticket.id, ticket.severity, ticket.created_at, breached, days, others)
