"""Everything about an alert group, in a modal that is turned like pages."""

from bot.slack.escape import code, inline, link, pieces
from bot.slack.ids import Action, numbered
from bot.slack.rendered import Json
from bot.slack.views import storm
from bot.slack.views.change import around
from bot.slack.views.parts import actions, button, context, divider, plural, section
from bot.slack.views.state import GroupState

PAGE = 20
"""Alerts on a page: a modal holds 100 blocks."""

SAID_ABOVE = ("title", "summary")
"""Annotations that a group takes its own title and summary from: they are not told twice."""


def details(state: GroupState, start: int = 0) -> list[Json]:
    """Everything that is known about a group, for a modal: labels, annotations and each alert in full, from number
    `start` on, with buttons for the others."""
    group = state.group
    if state.storm is not None:
        return storm.blocks(state, state.storm, "")[:-1]
    shown: list[Json] = [section(f"*{inline(group.title)}*"), *_long(group.summary)]
    shown += around(state.changes, group.opened_at)
    for alert in state.alerts:
        labels = "\n".join(
            f"{code(name, 100)} {inline(value, 1000)}" for name, value in sorted(alert.labels.items())
        )
        shown += [divider(), context("firing" if alert.firing else "resolved"), *_long(labels, escaped=True)]
        said = {group.title, group.summary}
        for name, value in sorted(alert.annotations.items()):
            if name in SAID_ABOVE and value in said:
                continue
            shown += [section(f"*{inline(name, 100)}*"), *_long(value)]
        shown += [context(link(alert.url, "Where it came from"))] if alert.url else []
    return [*shown, *_turns(state, start)]


def _turns(state: GroupState, start: int) -> list[Json]:
    """Which alerts are shown, and the way to the others."""
    if state.total <= len(state.alerts):
        return []
    end = start + len(state.alerts)
    back = button("Earlier", numbered(Action.DETAILS_PAGE, "back"), f"{state.group.id}:{max(0, start - PAGE)}")
    on = button("Next", numbered(Action.DETAILS_PAGE, "on"), f"{state.group.id}:{end}")
    turns = [back if start else None, on if end < state.total else None]
    where = f"{start + 1:,} to {end:,} of {plural(state.total, 'alert')}"
    return [context(where), actions("details-page", *turns)]


def _long(text: str, *, escaped: bool = False) -> list[Json]:
    """A text of any length as sections."""
    whole = [text] if escaped else pieces(text, 2_900)
    return [section(piece) for piece in whole if piece.strip()]
