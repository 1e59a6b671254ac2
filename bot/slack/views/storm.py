"""A storm: many groups at once, in one message that stays readable however many there are."""

from collections.abc import Sequence

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json
from bot.slack.views.parts import actions, button, context, menu_buttons, option, overflow, plural, section, when
from bot.slack.views.state import GroupState, StormState
from core.alerts.spread import Spread, counted
from core.alerts.tables import GroupStatus

LABELS, VALUES_OF = 4, 3
"""How many labels are counted, and of how many the most frequent values are told."""

NAME = "alertname"
"""What the lines of titles say already."""

FIRST = 3
"""How many titles stand in a call."""

FEW_VALUES = 20
"""Of a label with more values than this no single one says much."""


def blocks(state: GroupState, storm: StormState, holder: str) -> list[Json]:
    """How many, what they are called, in what they differ, who has it, and where the rest is."""
    return [
        section(f"*{title(storm)}*\n{how_many(state)}"),
        *causes(storm),
        section("\n".join([*(_line(*each) for each in storm.titles), *_hidden(storm)]) or "None is left in it."),
        *values([each for each in state.spread if each.label != NAME]),
        context(_facts(state, storm)),
        context(holder),
        *_buttons(state),
    ]


def causes(storm: StormState) -> list[Json]:
    """What the declared causes name, each with how many groups: of many alerts that is what people look for first."""
    if not storm.causes:
        return []
    lines = [
        f"• {inline(c.label, 60)} *{inline(c.value, 100)}*: {plural(c.groups, 'group')}" for c in storm.causes
    ]
    named = sum(each.groups for each in storm.causes)
    rest = storm.members.total - named
    more = [f"• {plural(rest, 'other group')}"] if rest > 0 else []
    return [section("\n".join(["By cause", *lines, *more]))]


def title(storm: StormState) -> str:
    return f"Storm: {plural(storm.members.total, 'group')} of alerts"


def how_many(state: GroupState) -> str:
    """`312 alerts: 40 hosts, 3 clusters`."""
    several = ", ".join(inline(counted(each.label, each.values), 60) for each in state.spread[:LABELS])
    if not state.total:
        return "None of them fires any more."
    return f"{plural(state.total, 'alert')}{f': {several}' if several else ''}"


def in_short(state: GroupState, storm: StormState) -> str:
    """How many, and the first of what they are called."""
    rest = len(storm.titles) - FIRST + storm.more_titles
    more = [f"… and {plural(rest, 'other kind')}"] if rest > 0 else []
    return "\n".join([how_many(state), *(_line(*each) for each in storm.titles[:FIRST]), *more])


def values(spread: Sequence[Spread]) -> list[Json]:
    """The most frequent values of the labels that have few."""
    few = [each for each in spread if each.values <= FEW_VALUES][-VALUES_OF:]
    lines = [f"*{inline(each.label, 60)}*: {_values(each)}" for each in few]
    return [context("\n".join(lines))] if lines else []


def _values(each: Spread) -> str:
    shown = ", ".join(f"{inline(value, 60)} ({count:,})" for value, count in each.top)
    more = each.values - len(each.top)
    return f"{shown} and {more} more" if more > 0 else shown


def _line(name: str, count: int, first: int) -> str:
    if count > 1:
        return f"• {count:,} × {inline(name, 100)} (the first is alert *{first}*)"
    return f"• {inline(name, 100)} (alert *{first}*)"


def _hidden(storm: StormState) -> list[str]:
    return [f"… and {plural(storm.more_titles, 'other kind')}"] if storm.more_titles > 0 else []


def _facts(state: GroupState, storm: StormState) -> str:
    counts = [f"{count:,} {status}" for status in GroupStatus if (count := storm.members.counts.get(status))]
    return " · ".join([inline(state.group.severity, 40), *counts, f"since {when(state.group.opened_at)}"])


def _buttons(state: GroupState) -> list[Json]:
    group = state.group
    rest = menu_buttons(f"storm:{group.id}", [("All of them", f"/alerts list all storm={group.id}")])
    if group.status == GroupStatus.RESOLVED:
        return [rest]
    take = button("Acknowledge all", Action.ACKNOWLEDGE, group.id, style="primary")
    choices = [("Why?", "why"), ("Call somebody…", "page")]
    choices += [("Give back", "unack")] if group.status == GroupStatus.ACKNOWLEDGED else []
    more = overflow(Action.ALERT_MORE, [option(label, f"{verb}:{group.id}") for label, verb in choices])
    shown = [take] if group.status == GroupStatus.FIRING else []
    return [actions(f"alert-group:{group.id}", *shown, *rest["elements"], more)]
