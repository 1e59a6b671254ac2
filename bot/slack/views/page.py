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
    "given_back": "Whoever had it gave it back, and you are on call.",
    "not_confirmed": "Whoever had it did not say that they are still on it, and you are on call.",
    "holder_left": "Whoever had it has left the team, and you are on call.",
    "yaml_changed": "The YAML has changed, and you are on call.",
    "no_answer": "Nobody has answered so far.",
    "repeat": "Nobody has answered a whole round; this is the next one.",
    "hours_began": "It waited for these hours.",
    "goes_on": "It goes on, and nobody has answered a whole round.",
    "severity_rose": "It has become more severe.",
    "escalated": "Somebody escalated it without waiting.",
    "unreachable": "Whoever was called before could not be reached.",
}

TO_SEVERAL = {
    "opened": "All of you are called.",
    "reopened": "It is back, and all of you are called.",
    "given_back": "Whoever had it gave it back, and all of you are called.",
    "not_confirmed": "Whoever had it did not say that they are still on it, and all of you are called.",
    "holder_left": "Whoever had it has left the team, and all of you are called.",
    "yaml_changed": "The YAML has changed, and all of you are called.",
}
"""Who is called with others is not the one on call: in a gap, when everybody is away, by a policy that says so."""

TO_CHANNEL = {
    "opened": "It has just begun.",
    "reopened": "It is back.",
    "given_back": "Whoever had it gave it back.",
    "not_confirmed": "Whoever had it did not say that they are still on it.",
    "holder_left": "Whoever had it has left the team.",
    "yaml_changed": "The YAML has changed.",
}
"""A channel is not on call."""


def because(notification: Notification, to_channel: bool = False) -> str:
    """Why a step was taken, in one sentence to those whom it calls."""
    reason = notification.reason
    own = TO_CHANNEL if to_channel else TO_SEVERAL if len(notification.people) > 1 else {}
    return own.get(reason) or REASONS.get(reason, inline(reason.replace("_", " ")))


def message(notification: Notification, group: AlertGroup, people: People) -> Rendered:
    """Mentions the people who are called; a shadow is copied and not relied on."""
    title, why = inline(group.title), because(notification)
    if notification.people:
        text = f"{people.mentions(notification.people)}: please take “{title}”. {why}"
    else:
        text = f"“{title}” was sent on as its escalation policy says."
    copied = f"{people.mentions(notification.shadows)} goes along as shadow." if notification.shadows else ""
    return Rendered(text=text, blocks=[section(text), *([context(copied)] if copied else [])])
