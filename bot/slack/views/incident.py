"""The incident report of a bug: the form that writes it, and its message."""

from bot.slack.escape import escape, inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import actions, button, context, modal, section, text_input, when
from bot.slack.views.people import People
from core.tickets.incident import Parts, titled
from core.tickets.tables import IncidentReport, Ticket

SHOWN = 2_800
"""Characters of one part that a message shows; the rest is in the Markdown."""


def form(ticket: Ticket, parts: Parts) -> Json:
    """The form, filled with the report as it stands or as the bug's story suggests."""
    blocks = [
        section(f"*Bug #{ticket.id}: {inline(ticket.title)}*"),
        text_input(Field.HAPPENED, "What happened, and when", initial=parts.happened, long=True),
        text_input(
            Field.IMPACT, "Whom did it hurt, and how much?", initial=parts.impact, long=True, optional=True
        ),
        text_input(Field.CAUSE, "Why did it happen?", initial=parts.cause, long=True, optional=True),
        text_input(Field.FIX, "What fixed it?", initial=parts.fix, long=True, optional=True),
        text_input(
            Field.FOLLOW_UP,
            "What keeps it from happening again?",
            initial=parts.follow_up,
            long=True,
            optional=True,
        ),
    ]
    return modal(Callback.INCIDENT_REPORT, "Incident report", blocks, submit="Save", data=str(ticket.id))


def message(report: IncidentReport, people: People) -> Rendered:
    """The report in the bug's thread, each part under its heading."""
    title = f"Incident report of bug #{report.ticket_id}"
    blocks = [section(f"*{title}*")]
    for heading, part in titled(report):
        cut = "…" if len(part) > SHOWN else ""
        blocks.append(section(f"*{heading}*\n{escape(part[:SHOWN])}{cut}"))
    blocks.append(context(f"Written by {people.mention(report.written_by)} {when(report.updated_at)}"))
    change = button("Change…", Action.WRITE_REPORT, report.ticket_id)
    blocks.append(actions(report.message, change, button("Markdown", Action.EXPORT_REPORT, report.ticket_id)))
    return Rendered(title, blocks)
