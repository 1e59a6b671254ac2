"""Every report that was kept: handoffs and incident reports, searched and exported as Markdown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.config.load import Config
from core.oncall import store as oncall
from core.oncall.handoff_text import markdown as handoff_markdown
from core.tickets import store as tickets
from core.tickets.incident import markdown as incident_markdown

HANDOFF, BUG = "handoff", "bug"
"""The kinds of reports, as their keys name them."""

Name = Callable[[str | None], str]


@dataclass(frozen=True)
class Document:
    """One report: `name` is its file's name, `title` a line about it, `text` the whole of it in Markdown.

    `key` is how people ask for it: `handoff 12`, `bug 3`."""

    key: str
    name: str
    at: datetime
    title: str
    text: str


def names(config: Config) -> Name:
    """People by their names; ids that the YAML no longer has stay as they are."""
    known = {person.id: person.name for person in config.team.people}
    return lambda person: "nobody" if person is None else known.get(person, person)


def handoff(session: Session, config: Config, handoff_id: int) -> Document | None:
    """The report of one shift; None when there is none."""
    found = oncall.handoff(session, handoff_id)
    if found is None:
        return None
    titles = {rotation.id: rotation.title for rotation in config.team.rotations}
    title, name = titles.get(found.rotation, found.rotation), names(config)
    line = f"{title}, {found.shift_end:%-d %b %Y}: {found.in_short}"
    text = handoff_markdown(found, title, name)
    return Document(
        f"{HANDOFF} {found.id}",
        f"handoff-{found.rotation}-{found.shift_end:%Y-%m-%d}-{found.id}.md",
        found.shift_end,
        line,
        text,
    )


def incident(session: Session, config: Config, ticket_id: int) -> Document | None:
    """The incident report of one bug; None when nobody wrote one."""
    report, ticket = tickets.incident_report(session, ticket_id), tickets.get(session, ticket_id)
    if report is None or ticket is None:
        return None
    pipeline = config.pipelines.get(ticket.pipeline or "")
    text = incident_markdown(report, ticket, names(config), pipeline.title if pipeline else None)
    key, title = f"{BUG} {ticket.id}", f"Bug #{ticket.id}: {ticket.title}"
    return Document(key, f"incident-bug-{ticket.id}.md", report.updated_at, title, text)


def every(session: Session, config: Config, since: datetime, until: datetime) -> list[Document]:
    """All reports of `[since, until)`, newest first."""
    shifts = [handoff(session, config, row.id) for row in oncall.handoffs_between(session, since, until)]
    bugs = [incident(session, config, row.ticket_id) for row in tickets.incident_reports(session, since, until)]
    found = [document for document in (*shifts, *bugs) if document is not None]
    return sorted(found, key=lambda document: document.at, reverse=True)


def search(documents: list[Document], words: str) -> list[Document]:
    """Those in which every word occurs, whatever its case."""
    wanted = [word.casefold() for word in words.split()]
    return [document for document in documents if all(word in document.text.casefold() for word in wanted)]
