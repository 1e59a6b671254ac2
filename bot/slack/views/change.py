"""A change, as a line in the thread of what is wrong with its pipeline."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.slack.escape import inline, link
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, section, when
from core.changes.tables import Change
from core.text import length

SHOWN = 5
LONGEST = 300


def message(change: Change) -> Rendered:
    """What changed, when, and who says so."""
    text = f"*Changed:* {_line(change)}"
    return Rendered(
        text=text, blocks=[section(text), context(f"{when(change.at)} · told by {inline(change.source, 80)}")]
    )


def around(changes: Iterable[Change], opened_at: datetime) -> list[Json]:
    """The changes around the beginning of an alert, each with its distance from it."""
    lines = [f"• {_distance(change.at - opened_at)}: {_line(change)}" for change in changes]
    return [section("\n".join(["*Changed around then*", *lines[:SHOWN]]))] if lines else []


def after(change: Change, opened_at: datetime) -> str:
    """The mark of a group that followed a change."""
    return f"Changed {_distance(change.at - opened_at)}: {_line(change)}"


def _line(change: Change) -> str:
    addresses = [link(item["href"], item["text"] or "details") for item in change.links[:3]]
    return " · ".join([inline(change.summary, LONGEST), *(address for address in addresses if address)])


def _distance(span: timedelta) -> str:
    """`12 min before` or `2 h after`."""
    return f"{length(abs(span))} {'before' if span < timedelta(0) else 'after'}"
