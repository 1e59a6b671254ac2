"""A page: the call for somebody to take an alert group, in its thread."""

from bot.slack.escape import inline
from bot.slack.rendered import Rendered
from bot.slack.views.parts import context, section
from bot.slack.views.people import People
from core.alerts.tables import AlertGroup
from core.oncall.tables import Notification

REASONS = {
    "opened": "You are on call.",
    "reopened": "It is back, and you are on call.",
    "no_answer": "Nobody has answered so far.",
    "repeat": "Nobody has answered a whole round; this is the next one.",
}


def message(notification: Notification, group: AlertGroup, people: People) -> Rendered:
    """Mentions the people who are called; a shadow is copied and not relied on."""
    called = people.mentions(notification.people)
    why = REASONS.get(notification.reason, inline(notification.reason.replace("_", " ")))
    text = f"{called}: please take “{inline(group.title)}”. {why}"
    copied = f"{people.mentions(notification.shadows)} goes along as shadow." if notification.shadows else ""
    return Rendered(text=text, blocks=[section(text), *([context(copied)] if copied else [])])
