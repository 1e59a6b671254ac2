"""The story of an alert: each decision with its time and its named reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.slack.escape import code, escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, plural, section, when
from bot.slack.views.people import People
from core.alerts.tables import AlertGroup

SHOWN = 40
PER_BLOCK = 8
LONGEST = 400


@dataclass(frozen=True)
class Line:
    """One decision; without a time it is how things stand now."""

    at: datetime | None
    reason: str
    text: str


def message(group: AlertGroup, lines: Sequence[Line], people: People) -> Rendered:
    """The newest decisions in the order of time; what is left out is counted."""
    shown = lines[-SHOWN:]
    hidden = len(lines) - len(shown)
    drawn = [_line(line if line.at else replace(line, text=f"Now: {line.text}"), people) for line in shown]
    head = f"Why alert {group.id} is where it is"
    blocks: list[Json] = [section(f"*{head}*\n{inline(group.title)}")]
    blocks += [context(f"{plural(hidden, 'earlier decision')} not shown")] if hidden else []
    blocks += [section("\n".join(drawn[at : at + PER_BLOCK])) for at in range(0, len(drawn), PER_BLOCK)]
    return Rendered(head, blocks)


def foretold(lines: Sequence[Line], people: People) -> Rendered:
    """Where an alert with some labels would go."""
    head = "Where this would go"
    return Rendered(head, [section("\n".join([f"*{head}*", *(_line(line, people) for line in lines)]))])


def _line(line: Line, people: People) -> str:
    mark = f"{when(line.at)}  " if line.at else ""
    return f"• {mark}{people.fill(escape(line.text[:LONGEST]))} {code(line.reason, 60)}"
