"""The report of one bug: what happened when, how long it took, what fixed it, and what it resembles. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.tickets.similar import Similar
from core.tickets.tables import Ticket


@dataclass(frozen=True)
class Event:
    """One thing that happened, in words; people in it are `{person:id}`."""

    at: datetime
    what: str


@dataclass(frozen=True)
class TicketReport:
    """A ticket's story. Durations are None for what has not happened (yet).

    `to_acknowledge` and `to_resolve` count from the alert.
    """

    ticket_id: int
    title: str
    timeline: tuple[Event, ...]
    to_acknowledge: timedelta | None
    to_resolve: timedelta | None
    resolution: str
    similar: tuple[Similar, ...]


def report(
    ticket: Ticket,
    group: AlertGroup | None,
    trail: Iterable[AuditEntry],
    similar: Sequence[Similar],
) -> TicketReport:
    """The report of `ticket`, from its alert group and the audit trail of both; refusals are left out, and why
    the group was opened as it was: that it fired is told."""
    events = [Event(group.opened_at, f"The alert “{group.title}” fired.")] if group is not None else []
    told = (entry for entry in trail if entry.allowed and entry.detail and entry.action != "alert.open")
    events += [Event(entry.at, entry.detail) for entry in told]
    return TicketReport(
        ticket_id=ticket.id,
        title=ticket.title,
        timeline=tuple(sorted(events, key=lambda event: event.at)),
        to_acknowledge=_since(group, group.acknowledged_at if group else None),
        to_resolve=_since(group, group.resolved_at if group else None),
        resolution=ticket.resolution,
        similar=tuple(similar),
    )


def _since(group: AlertGroup | None, instant: datetime | None) -> timedelta | None:
    return instant - group.opened_at if group is not None and instant is not None else None
