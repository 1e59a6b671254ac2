"""Which alert? A menu of those that a command can be about, where none was named."""

from collections.abc import Sequence

from bot.slack.escape import code, line
from bot.slack.ids import Action
from bot.slack.rendered import Rendered
from bot.slack.views.alert import WORDS
from bot.slack.views.parts import context, menu_buttons, option, section, select
from core.alerts.tables import AlertGroup, GroupStatus
from core.text import shorten

QUESTIONS = {
    "show": "Show which alert?",
    "why": "What was decided about which alert?",
    "ack": "Acknowledge which alert?",
    "resolve": "Resolve which alert?",
    "silence": "Silence which alert?",
}
NOTHING = {
    "show": "No alert is open.",
    "why": "No alert is open.",
    "ack": "No alert waits for somebody to acknowledge it.",
    "resolve": "No alert is open.",
    "silence": "No alert is open that is not silenced already.",
}
LISTS = (("Open alerts", "/alerts list"), ("Resolved", "/alerts list resolved"))
OTHERS = (("Other alerts, by matchers…", "/alerts silence new"), ("Silences", "/alerts silence list"))
MOST, LONGEST = 100, 75
"""Slack shows no more options, and no longer ones."""


def fits(verb: str, group: AlertGroup) -> bool:
    """Whether a command can do something to a group as it is now; a storm cannot be resolved or silenced as a whole."""
    status = GroupStatus(group.status)
    if verb == "ack":
        return status in (GroupStatus.FIRING, GroupStatus.INHIBITED)
    if verb == "silence":
        return not group.is_storm and status not in (GroupStatus.SILENCED, GroupStatus.RESOLVED)
    return status is not GroupStatus.RESOLVED and not (verb == "resolve" and group.is_storm)


def alert(verb: str, groups: Sequence[AlertGroup], typed: str = "") -> Rendered:
    """The question, with what it can be about; choosing answers at once. `typed` was to be an id and is none."""
    buttons = menu_buttons("menu", OTHERS if verb == "silence" else LISTS)
    wrong = [context(f"{code(typed, 60)} is not the number of an alert.")] if typed.strip() else []
    if not groups:
        return Rendered(NOTHING[verb], [*wrong, section(f"*{NOTHING[verb]}*"), buttons])
    options = [option(named(each), f"{verb}:{each.id}") for each in groups[:MOST]]
    question = section(f"*{QUESTIONS[verb]}*", select(Action.ALERT_MORE, "Choose an alert", options))
    return Rendered(QUESTIONS[verb], [*wrong, question, buttons])


def named(group: AlertGroup) -> str:
    """An alert as one line of a menu: which, what, and how it stands."""
    which, stands = f"{group.id}  ", f" ({WORDS[GroupStatus(group.status)].lower()})"
    return which + shorten(line(group.title), LONGEST - len(which) - len(stands)) + stands
