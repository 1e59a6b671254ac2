"""One line of a thread: what was done, by whom, from the audit entry."""

from bot.slack.escape import escape
from bot.slack.rendered import Rendered
from bot.slack.views.parts import mrkdwn
from bot.slack.views.people import People
from core.audit.tables import AuditEntry


def message(entry: AuditEntry, people: People) -> Rendered:
    """The entry's sentence; one without a sentence is told by its actor and action."""
    text = people.fill(escape(entry.detail)) if entry.detail.strip() else _plain(entry, people)
    return Rendered(text=text, blocks=[{"type": "section", "text": mrkdwn(text)}])


def _plain(entry: AuditEntry, people: People) -> str:
    return f"{people.mention(entry.actor)}: {escape(entry.action.replace('_', ' ').replace('.', ' '))}."
