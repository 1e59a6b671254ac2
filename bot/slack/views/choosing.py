"""Which alert? A menu of those that a command can be about, where none was named."""

from collections.abc import Sequence

from bot.slack.escape import code, line
from bot.slack.ids import Action
from bot.slack.inbound import number_in
from bot.slack.rendered import Rendered
from bot.slack.views.alert import WORDS
from bot.slack.views.parts import menu_buttons, option, section, select
from core.alerts.tables import AlertGroup, GroupStatus
from core.nearest import STEM
from core.text import shorten

QUESTIONS = {
    "show": "Show which alert?",
    "why": "What was decided about which alert?",
    "ack": "Acknowledge which alert?",
    "unack": "Give back which alert?",
    "resolve": "Resolve which alert?",
    "silence": "Silence which alert?",
    "bug": "File a bug about which alert?",
}
NOTHING = {
    "show": "No alert is open.",
    "why": "No alert is open.",
    "ack": "No alert waits for somebody to acknowledge it.",
    "unack": "Nobody holds an alert.",
    "resolve": "No alert is open.",
    "silence": "No alert is open that is not silenced already.",
    "bug": "No alert is open.",
}
OPEN, ENDED = ("Open alerts", "/alerts list"), ("Resolved alerts", "/alerts list resolved")
OTHERS = (("Other alerts, by matchers…", "/alerts silence new"), ("Silences", "/alerts silence list"))
MOST, LONGEST = 100, 75
"""Slack shows no more options, and no longer ones."""

NEAREST = 3
"""How many alerts are offered as buttons where a number led to none."""


def fits(verb: str, group: AlertGroup) -> bool:
    """Whether a command can do something to a group as it is now; a storm cannot be resolved or silenced as a whole."""
    status = GroupStatus(group.status)
    if verb == "ack":
        return status in (GroupStatus.FIRING, GroupStatus.INHIBITED)
    if verb == "unack":
        return status is GroupStatus.ACKNOWLEDGED
    if verb == "silence":
        return not group.is_storm and status not in (GroupStatus.SILENCED, GroupStatus.RESOLVED)
    return status is not GroupStatus.RESOLVED and not (verb == "resolve" and group.is_storm)


def is_called(group: AlertGroup, typed: str) -> bool:
    """Whether somebody who types this means such a group: by its alert's name, or by its title."""
    name = typed.strip(' ?!"“”').casefold()
    return bool(name) and name in (group.labels.get("alertname", "").casefold(), group.title.casefold())


def like(groups: Sequence[AlertGroup], typed: str) -> list[AlertGroup]:
    """Those whose name or title holds what was typed."""
    part = typed.strip(' ?!"“”').casefold()
    names = ((each, f"{each.labels.get('alertname', '')}\n{each.title}".casefold()) for each in groups)
    return [each for each, name in names if len(part) >= STEM and part in name]


def alert(verb: str, groups: Sequence[AlertGroup], typed: str = "", forgotten: str = "") -> Rendered:
    """The question, with what it can be about; choosing answers at once. `typed` was to be an id and is none, or led to
    no alert: then the most urgent are buttons, too. `forgotten` says that there was one once."""
    buttons = menu_buttons("menu", _beside(verb))
    wrong = f"{forgotten or missing(typed)} " if typed.strip() else ""
    if not groups:
        return Rendered(wrong + NOTHING[verb], [section(f"{wrong}*{NOTHING[verb]}*"), buttons])
    options = [option(named(each), f"{verb}:{each.id}") for each in groups[:MOST]]
    menu = select(Action.ALERT_MORE, "Choose an alert", options)
    question = f"{wrong}*{QUESTIONS[verb]}*"
    if not wrong:
        return Rendered(QUESTIONS[verb], [section(question, menu), buttons])
    near = menu_buttons("near", _near(verb, groups))
    rest = [section(f"All {len(options)} of them:", menu)] if len(options) > NEAREST else []
    return Rendered(wrong + QUESTIONS[verb], [section(question), near, *rest, buttons])


def missing(typed: str) -> str:
    """What was wrong with what was typed as an alert's number."""
    number = number_in(typed)
    return (
        f"{code(typed, 60)} is not the number of an alert." if number is None else f"There is no alert *{number}*."
    )


def _near(verb: str, groups: Sequence[AlertGroup]) -> list[tuple[str, str]]:
    """The first ones, as buttons that do to them what was typed."""
    return [(named(each), f"/alerts {verb} {each.id}") for each in groups[:NEAREST]]


def named(group: AlertGroup) -> str:
    """An alert as one line of a menu: which, what, and how it stands."""
    which, stands = f"{group.id}  ", f" ({WORDS[GroupStatus(group.status)].lower()})"
    return which + shorten(line(group.title), LONGEST - len(which) - len(stands)) + stands


def _beside(verb: str) -> Sequence[tuple[str, str]]:
    """What else there is; only those who look find what is over."""
    if verb == "silence":
        return OTHERS
    return (OPEN, ENDED) if verb in ("show", "why") else (OPEN,)
