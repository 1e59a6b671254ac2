"""Alert groups in a list."""

from collections.abc import Sequence

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views.alert import WORDS, holder
from bot.slack.views.parts import button, context, plural, section, when
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.tables import GroupStatus

SHOWN = 20


def alerts(states: Sequence[GroupState], total: int, people: People) -> Rendered:
    """What is open, the most urgent first; each with a button for its details."""
    if not states:
        return Rendered("Nothing is firing.", [section("*Nothing is firing.*")])
    shown = states[:SHOWN]
    hidden = total - len(shown)
    head = f"{plural(total, 'open alert')}"
    blocks = [section(f"*{head}*"), *(_line(state, people) for state in shown)]
    return Rendered(head, [*blocks, *([context(f"… and {plural(hidden, 'more alert')}")] if hidden > 0 else [])])


def _line(state: GroupState, people: People) -> Json:
    group = state.group
    facts = f"{WORDS[GroupStatus(group.status)]} · {inline(group.severity, 40)} · since {when(group.opened_at)}"
    text = f"*{group.id}* {inline(group.title, 150)}\n{facts}\n{holder(state, people)}"
    return section(text, button("Details", Action.ALERT_DETAILS, group.id))
