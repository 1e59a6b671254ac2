"""The incident report of one bug: drafted from its story, finished by whoever was there. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from core.config.declared import Person
from core.config.rights import stranger
from core.decision import Decision, allow, refuse
from core.text import as_paragraphs, length, shorten
from core.tickets.report import TicketReport
from core.tickets.tables import IncidentReport, Ticket

LONGEST = 3_000
"""Characters of each part: what a form in Slack holds."""


@dataclass(frozen=True)
class Parts:
    """What an incident report says, each part up to LONGEST characters: what happened when, whom it hurt, why it
    happened, what fixed it, and what is to be done so that it does not happen again."""

    happened: str = ""
    impact: str = ""
    cause: str = ""
    fix: str = ""
    follow_up: str = ""


def draft_parts(story: TicketReport, ticket: Ticket) -> Parts:
    """What is known already: the timeline with how long it took, the description as the impact, and the fix."""
    lines = [f"{event.at:%a %-d %b %H:%M} UTC  {event.what}" for event in story.timeline]
    spans = [("Acknowledged after", story.to_acknowledge), ("resolved after", story.to_resolve)]
    took = ", ".join(f"{name} {length(span)}" for name, span in spans if span is not None)
    happened = "\n".join([*lines, *([f"{took}."] if took else [])])
    return Parts(
        happened=shorten(happened, LONGEST), impact=shorten(ticket.description, LONGEST), fix=story.resolution
    )


def may_write(ticket: Ticket | None, person: Person | None, parts: Parts) -> Decision:
    """Whether this person may file the report: anybody of the team, once it says what happened."""
    if ticket is None:
        return refuse("no_such_ticket", "There is no such bug.")
    if person is None:
        return stranger("write its reports")
    if not parts.happened.strip():
        return refuse("happened_missing", "An incident report needs at least what happened.")
    if any(len(part) > LONGEST for part in vars(parts).values()):
        return refuse("too_long", f"Each part of a report may have {LONGEST:,} characters.")
    return allow("written", f"{{person:{person.id}}} wrote the incident report of bug #{ticket.id}.")


def markdown(
    report: IncidentReport, ticket: Ticket, name: Callable[[str | None], str], pipeline: str | None = None
) -> str:
    """The report as Markdown, to be kept outside Slack; times are in UTC. `pipeline` is the title of the bug's."""
    head = f"# Incident report: bug #{ticket.id}, {' '.join(ticket.title.split())}"
    about = pipeline or ticket.pipeline or "no pipeline"
    facts = f"{about}, {ticket.severity} severity. By {name(report.written_by)}, "
    parts = [head, f"{facts}{report.updated_at:%Y-%m-%d %H:%M} UTC."]
    for heading, part in titled(report):
        parts.append(f"## {heading}\n\n{as_paragraphs(part)}")
    return "\n\n".join(parts) + "\n"


def titled(report: IncidentReport | Parts) -> list[tuple[str, str]]:
    """The parts that say something, under their headings."""
    every = (
        ("What happened", report.happened),
        ("Impact", report.impact),
        ("Cause", report.cause),
        ("Fix", report.fix),
        ("Follow-up", report.follow_up),
    )
    return [(heading, part) for heading, part in every if part.strip()]
