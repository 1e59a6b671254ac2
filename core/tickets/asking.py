"""What people ask the bug queue for: words behind `/bug list` and `/bug search`. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from core.tickets.tables import Severity, Ticket, TicketStatus

STATES: dict[str, tuple[TicketStatus, ...]] = {
    "open": (TicketStatus.OPEN, TicketStatus.IN_PROGRESS),
    "new": (TicketStatus.OPEN,),
    "started": (TicketStatus.IN_PROGRESS,),
    "closed": (TicketStatus.CLOSED,),
    "fixed": (TicketStatus.CLOSED,),
    "all": tuple(TicketStatus),
    "any": tuple(TicketStatus),
}
MINE = frozenset(("mine", "my", "me"))
FREE = frozenset(("unassigned", "nobody", "free"))
LITTLE = frozenset(
    ("the", "of", "in", "for", "with", "bugs", "bug", "tickets", "about", "and", "to", "on", "assigned")
)


@dataclass(frozen=True)
class Asked:
    """Which bugs are wanted: in any of these states, and of everything else that is said. Every word of `words` is in
    their title, description or resolution. `free`: nobody has taken it."""

    statuses: tuple[TicketStatus, ...] = STATES["open"]
    mine: bool = False
    free: bool = False
    pipeline: str | None = None
    severity: str | None = None
    words: tuple[str, ...] = ()


def parse(text: str, pipelines: Collection[str], statuses: tuple[TicketStatus, ...] = STATES["open"]) -> Asked:
    """The words in any order; without a word about the state, `statuses`. What is nothing else is looked for."""
    found: dict[str, object] = {"statuses": statuses}
    words: list[str] = []
    for word in text.split():
        low = word.casefold().strip("?!.,")
        if low in STATES:
            found["statuses"] = STATES[low]
        elif low in MINE or low in FREE:
            found["mine" if low in MINE else "free"] = True
        elif low in set(Severity):
            found["severity"] = low
        elif low in pipelines:
            found["pipeline"] = low
        elif low and low not in LITTLE:
            words.append(low)
    return Asked(words=tuple(words), **found)  # type: ignore[arg-type]


def wanted(ticket: Ticket, asked: Asked, person: str) -> bool:
    """Whether this bug is one of those that `person` asks for; their own are those that they took."""
    text = f"{ticket.title}\n{ticket.description}\n{ticket.resolution}".casefold()
    return (
        ticket.status in asked.statuses
        and (not asked.mine or ticket.assignee == person)
        and (not asked.free or ticket.assignee is None)
        and asked.pipeline in (None, ticket.pipeline)
        and asked.severity in (None, ticket.severity)
        and all(word in text for word in asked.words)
    )
