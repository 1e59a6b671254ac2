"""A bug: its message, the form that files it, the form that closes it, and the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.slack.escape import escape, inline, line, link
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.colors import GOOD, HELD, WAITING
from bot.slack.views.parts import (
    actions,
    button,
    context,
    menu_buttons,
    modal,
    option,
    plural,
    section,
    select_input,
    text_input,
    when,
)
from bot.slack.views.people import People
from core.config.pipeline import Pipeline
from core.text import shorten
from core.tickets.draft import TITLE_LIMIT
from core.tickets.tables import Severity, Symptom, Ticket, TicketStatus

COLORS = {TicketStatus.OPEN: HELD, TicketStatus.IN_PROGRESS: WAITING, TicketStatus.CLOSED: GOOD}
SHOWN = 20
OFFERED, LABEL = 10, 75
"""How many bugs are offered as buttons, and how long their labels may be."""
QUESTION = "Which bug?"


@dataclass(frozen=True)
class Entry:
    """A ticket of the queue, with the reasons for its place, and where its message is. A closed one has no place."""

    ticket: Ticket
    priority: float | None
    reasons: Sequence[str] = field(default_factory=tuple)
    address: str | None = None


@dataclass(frozen=True)
class Prefilled:
    """What the form starts with."""

    title: str = ""
    description: str = ""
    pipeline: str | None = None
    severity: str = Severity.MEDIUM
    symptom: str = Symptom.OTHER


def words(name: str) -> str:
    """`metric_drop` as people read it."""
    return name.replace("_", " ")


def message(ticket: Ticket, people: People, pipeline: Pipeline | None = None) -> Rendered:
    """A ticket with what can be done with it."""
    name = f"Bug #{ticket.id}: {inline(ticket.title)}"
    blocks = [section(f"*{name}*" + (f"\n{escape(ticket.description)}" if ticket.description else ""))]
    blocks += [context(_facts(ticket, pipeline), _people(ticket, people))]
    if ticket.resolution:
        blocks.append(section(f"*What fixed it*\n{escape(ticket.resolution)}"))
    return Rendered(name, [*blocks, _buttons(ticket)], COLORS[TicketStatus(ticket.status)])


def _facts(ticket: Ticket, pipeline: Pipeline | None) -> str:
    name = inline(pipeline.title if pipeline else ticket.pipeline or "", 80)
    facts = [f"*{words(ticket.status).capitalize()}*", f"{ticket.severity} severity", words(ticket.symptom), name]
    return " · ".join(fact for fact in facts if fact)


def _people(ticket: Ticket, people: People) -> str:
    filed = f"filed by {people.mention(ticket.reporter)} {when(ticket.created_at)}"
    return f"{filed} · {people.mention(ticket.assignee)} is on it" if ticket.assignee else filed


def _buttons(ticket: Ticket) -> Json:
    status = TicketStatus(ticket.status)
    start = button("I take it", Action.START_TICKET, ticket.id) if status is TicketStatus.OPEN else None
    close = button("Close…", Action.CLOSE_TICKET, ticket.id) if status is not TicketStatus.CLOSED else None
    reopen = button("Reopen", Action.REOPEN_TICKET, ticket.id) if status is TicketStatus.CLOSED else None
    report = button("Incident report…", Action.WRITE_REPORT, ticket.id)
    return actions(ticket.message, start, close, reopen, report)


def form(start: Prefilled, pipelines: Collection[tuple[str, str]], data: str = "") -> Json:
    """The form that files a bug; `pipelines` are (id, title), perhaps none; `data` comes back with the submission."""
    choices = [option(title, pipeline_id) for pipeline_id, title in pipelines]
    chosen = next((choice for choice in choices if choice["value"] == start.pipeline), None)
    severities = [option(severity.value.capitalize(), severity.value) for severity in Severity]
    symptoms = [option(words(symptom.value).capitalize(), symptom.value) for symptom in Symptom]
    blocks = [
        text_input(Field.TITLE, "What is wrong?", initial=start.title, most=TITLE_LIMIT),
        text_input(Field.DESCRIPTION, "What is known so far", initial=start.description, long=True, optional=True),
        *([select_input(Field.PIPELINE, "Pipeline", choices, chosen, optional=True)] if choices else []),
        select_input(Field.SEVERITY, "How bad is it?", severities, _option(severities, start.severity)),
        select_input(Field.SYMPTOM, "Symptom", symptoms, _option(symptoms, start.symptom)),
    ]
    return modal(Callback.FILE_BUG, "File a bug", blocks, submit="File", data=data)


def filed(ticket: Ticket, address: str | None, people: People, pipeline: Pipeline | None = None) -> Json:
    """In place of the form: the bug that the alert has already, and where it is."""
    name = f"Bug #{ticket.id}: {inline(ticket.title)}"
    place = f"It is here: {link(address, name)}." if address else f"It is in the alert’s thread: *{name}*."
    blocks = [
        section(f"This alert has a bug. {place}"),
        context(_facts(ticket, pipeline), _people(ticket, people)),
        context("What you know goes into its thread. Another can be filed once this one is closed."),
    ]
    return modal(Callback.DETAILS, f"Bug #{ticket.id}", blocks)


def closing(ticket: Ticket, resolution: str = "") -> Json:
    """The form that closes a bug: the next person with this symptom will look for what fixed it."""
    blocks = [section(f"*Bug #{ticket.id}: {inline(ticket.title)}*")]
    blocks.append(text_input(Field.RESOLUTION, "What fixed it?", initial=resolution, long=True))
    return modal(Callback.CLOSE_TICKET, "Close the bug", blocks, submit="Close it", data=str(ticket.id))


def _option(options: list[Json], value: str) -> Json | None:
    return next((each for each in options if each["value"] == value), None)


def queue(entries: Sequence[Entry], people: People, asked: str = "") -> Rendered:
    """The queue by priority, with the reasons for each place; or what somebody `asked` for, in their words."""
    about = f" for “{inline(asked, 80)}”" if asked else ""
    if not entries:
        file = [("File a bug", f"/bug new {asked}".strip()), *([("Open bugs", "/bug list")] if asked else [])]
        text = f"No bugs{about}." if asked else "No open bugs."
        return Rendered(text, [section(f"*{text}*"), menu_buttons("menu", file)])
    shown = entries[:SHOWN]
    number = plural(len(entries), "bug" if asked else "open bug")
    head = f"*{number}*{about}" if asked else f"*{number}*, most urgent first"
    more = [context(f"… and {plural(len(entries) - len(shown), 'more bug')}")] if len(entries) > len(shown) else []
    lines = [section(_line(entry, people)) for entry in shown]
    return Rendered(f"{number}{about}", [section(head), *lines, *more])


def which(verb: str, entries: Sequence[Entry], people: People, problem: str = "", title: str = "") -> Rendered:
    """Which bug a command is about, where no number was given, or one that led to none (`problem`): one of these; or
    what was typed is the `title` of a new one."""
    if not entries:
        return Rendered(problem) if problem else queue((), people)
    question = f"{problem} {QUESTION}".strip()
    buttons = [
        (shorten(line(f"#{each.ticket.id}  {each.ticket.title}"), LABEL), f"/bug {verb} {each.ticket.id}")
        for each in entries[:OFFERED]
    ]
    buttons += [("File it as a bug", f"/bug new {title}")] if title else []
    return Rendered(question, [section(f"*{question}*"), menu_buttons("which", buttons)])


def _line(entry: Entry, people: People) -> str:
    ticket = entry.ticket
    who = f" · {people.mention(ticket.assignee)} is on it" if ticket.assignee else ""
    why = " · ".join(escape(reason) for reason in entry.reasons)
    number = f"#{ticket.id}"
    number = link(entry.address, number) if entry.address else number
    name = f"*{number}* {inline(ticket.title, 150)}"
    if entry.priority is None:
        closed = f"Closed {when(ticket.closed_at)}" if ticket.closed_at else "Closed"
        fixed = f": {inline(ticket.resolution, 150)}" if ticket.resolution else ""
        return f"{name}\n{closed}{fixed}"
    return f"{name}\n{entry.priority:g} points: {why}{who}"
