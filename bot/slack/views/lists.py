"""Alert groups in a list."""

from collections.abc import Sequence
from dataclasses import replace

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views import choosing, storm
from bot.slack.views.alert import WORDS, holder
from bot.slack.views.parts import button, context, menu_buttons, option, overflow, plural, section, when
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.asking import Asked, written
from core.alerts.tables import AlertGroup, GroupStatus

SHOWN = 20
LISTS = (("Open", ""), ("Mine", "mine"), ("Firing", "firing"), ("Silenced", "silenced"), ("Resolved", "resolved"))


def alerts(states: Sequence[GroupState], total: int, people: People) -> Rendered:
    """What is open, the most urgent first; each with a button for its details."""
    if not states:
        return Rendered("No alert is open.", [section("*No alert is open.*")])
    shown = states[:SHOWN]
    hidden = total - len(shown)
    head = f"{plural(total, 'open alert')}"
    blocks = [section(f"*{head}*"), *(_line(state, people) for state in shown)]
    return Rendered(head, [*blocks, *([context(f"… and {plural(hidden, 'more alert')}")] if hidden > 0 else [])])


def asked(states: Sequence[GroupState], total: int, wanted: Asked, people: People) -> Rendered:
    """One page of what was asked for, each with a menu, and buttons for other pages and other lists."""
    pages = max(1, -(-total // SHOWN))
    what = "open alert" if wanted == replace(Asked(), page=wanted.page) else "alert"
    head = plural(total, what) if total else _none(wanted)
    where = f" · page {wanted.page} of {pages}" if pages > 1 else ""
    other = [(label, f"/alerts list {words}".strip()) for label, words in LISTS]
    turns = [("Earlier page", wanted.page - 1)] if wanted.page > 1 else []
    turns += [("Next page", wanted.page + 1)] if wanted.page < pages else []
    turned = [(label, f"/alerts list {written(wanted, page)}") for label, page in turns]
    rows = [_line(state, people, menu=True) for state in states]
    return Rendered(head, [section(f"*{head}*{where}"), *rows, menu_buttons("menu", [*turned, *other])])


ACTS = {"ack": "Acknowledge", "unack": "Give back", "resolve": "Resolve"}


def sure(verb: str, states: Sequence[GroupState], total: int, people: People) -> Rendered:
    """Several alerts, and a button that does something to these and to no others."""
    if not states:
        return Rendered(
            choosing.NOTHING[verb],
            [section(f"*{choosing.NOTHING[verb]}*"), menu_buttons("menu", [("Open alerts", "/alerts list")])],
        )
    these = f"these {len(states)} of {total:,}" if total > len(states) else f"these {total}"
    head = f"{ACTS[verb]} {'this alert' if total == 1 else f'{these} alerts'}?"
    do = f"/alerts {verb} {' '.join(str(each.group.id) for each in states)}"
    row = menu_buttons("sure", [(f"{ACTS[verb]} {len(states)}", do), ("Open alerts", "/alerts list")])
    return Rendered(head, [section(f"*{head}*"), *(_line(state, people) for state in states), row])


def _none(wanted: Asked) -> str:
    """That there is nothing of what was asked for, in its words."""
    if wanted == replace(Asked(), page=wanted.page):
        return "No alert is open."
    if wanted == replace(Asked(), page=wanted.page, mine=True):
        return "No open alert is yours, or of a rotation in which you are on call."
    return f"No such alert: {inline(written(wanted), 200)}."


def _line(state: GroupState, people: People, *, menu: bool = False) -> Json:
    group = state.group
    facts = f"{WORDS[GroupStatus(group.status)]} · {inline(group.severity, 40)} · since {when(group.opened_at)}"
    name = storm.title(state.storm) if state.storm else inline(group.title, 150)
    text = f"*{group.id}* {name}\n{facts}\n{holder(state, people)}"
    return section(text, _menu(group) if menu else button("Details", Action.ALERT_DETAILS, group.id))


def _menu(group: AlertGroup) -> Json:
    """At most five, as Slack allows: what may be done now, and how to learn more."""
    is_open = group.status != GroupStatus.RESOLVED and not group.is_storm
    choices = [("Show", "show"), ("Why?", "why")]
    choices += [("Acknowledge", "ack")] if group.status in (GroupStatus.FIRING, GroupStatus.INHIBITED) else []
    choices += [("Give back", "unack")] if group.status == GroupStatus.ACKNOWLEDGED else []
    choices += [("Resolve", "resolve")] if is_open else []
    choices += [] if group.is_storm else [("This is noise…", "noise")]
    return overflow(Action.ALERT_MORE, [option(label, f"{verb}:{group.id}") for label, verb in choices])
