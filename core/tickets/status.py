"""Who may change a ticket, and to what. Pure."""

from core.config.declared import Person, Role
from core.config.rights import without
from core.decision import Decision, allow, quoted, refuse
from core.tickets.tables import Ticket, TicketStatus

RESOLUTION_LIMIT = 3000
"""Characters of a resolution: it has to fit into one section of a message."""

_REASONS = {
    TicketStatus.OPEN: ("reopened", "reopened"),
    TicketStatus.IN_PROGRESS: ("started", "took"),
    TicketStatus.CLOSED: ("closed", "closed"),
}


def may_change(ticket: Ticket, status: str, resolution: str, person: Person | None) -> Decision:
    """Whether this person may move the ticket to `status`; who closes it says what fixed it."""
    if person is None or Role.RESPONDER not in person.roles:
        return without(Role.RESPONDER, "change a ticket")
    if status not in set(TicketStatus):
        return refuse("unknown_status", f"“{status}” is not a status: {', '.join(TicketStatus)}.")
    if status == ticket.status:
        return refuse(f"already_{status}", f"Bug #{ticket.id} is {_words(status)} already{_holder(ticket)}.")
    if status == TicketStatus.CLOSED and not resolution.strip():
        return refuse(
            "resolution_missing", "Please say what fixed it: the next person with this symptom will look."
        )
    if len(resolution) > RESOLUTION_LIMIT:
        return refuse("resolution_too_long", f"This is {len(resolution)} characters long; {RESOLUTION_LIMIT} fit.")
    reason, verb = _REASONS[TicketStatus(status)]
    said = f": {quoted(resolution.strip())}" if status == TicketStatus.CLOSED else "."
    return allow(reason, f"{{person:{person.id}}} {verb} bug #{ticket.id}{said}")


def may_assign(ticket: Ticket, whom: Person, person: Person | None) -> Decision:
    """Whether this person may put `whom` on the ticket: both work on bugs, and it is not closed."""
    if person is None or Role.RESPONDER not in person.roles:
        return without(Role.RESPONDER, "change a ticket")
    if Role.RESPONDER not in whom.roles:
        return refuse(
            "no_responder", f"{{person:{whom.id}}} has not the role “{Role.RESPONDER}”, so cannot take it."
        )
    if ticket.status == TicketStatus.CLOSED:
        return refuse("closed", f"Bug #{ticket.id} is closed. Reopen it first.")
    if ticket.assignee == whom.id and ticket.status == TicketStatus.IN_PROGRESS:
        return refuse("already_theirs", f"{{person:{whom.id}}} is on bug #{ticket.id} already.")
    if whom.id == person.id:
        return allow("started", f"{{person:{person.id}}} took bug #{ticket.id}.")
    return allow("assigned", f"{{person:{person.id}}} gave bug #{ticket.id} to {{person:{whom.id}}}.")


def _words(status: str) -> str:
    return status.replace("_", " ")


def _holder(ticket: Ticket) -> str:
    if ticket.status == TicketStatus.IN_PROGRESS and ticket.assignee:
        return f": {{person:{ticket.assignee}}} is on it"
    return ""
