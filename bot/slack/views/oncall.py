"""Who is on call, and why it is them."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.escape import inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, section, when
from bot.slack.views.people import People
from core.config.rotation import Rotation
from core.oncall.duty import Duty, Why, joined

SHOWN = 20


def who(
    duties: Sequence[tuple[Rotation, Duty, Duty | None]], people: People, at: datetime | None = None
) -> Rendered:
    """Each rotation's primary, shadow, and who comes next; now, or `at` the time that was asked for."""
    lines = [
        f"{inline(rotation.title)}: {people.name(duty.primary)} until {duty.end:%a %H:%M} UTC"
        for rotation, duty, _ in duties
    ]
    head = [context(f"{when(at)}:")] if at else []
    return Rendered("\n".join(lines), [*head, *(section(_rotation(*each, people)) for each in duties)])


def _rotation(rotation: Rotation, duty: Duty, following: Duty | None, people: People) -> str:
    shadow = f"\nShadow: {people.mention(duty.shadow)}, who goes along and is not relied on" if duty.shadow else ""
    return (
        f"*{inline(rotation.title)}*\n"
        f"Primary: {people.mention(duty.primary)} until {when(duty.end)}{because(duty, people)}{shadow}\n"
        f"Next: {_start(following, people)}"
    )


def following(
    duties: Sequence[tuple[Rotation, Duty | None]],
    own: Sequence[Duty],
    now: datetime,
    people: People,
    whose: str | None = None,
) -> Rendered:
    """Who comes next in each rotation, and when the person who asks is on call, or the one that is named."""
    lines = [f"*{inline(rotation.title)}*: {_start(duty, people)}" for rotation, duty in duties]
    first = next(iter(own), None)
    return Rendered(
        "Who comes next",
        [
            section("\n".join(lines)),
            context(_mine(first, now) if whose is None else _theirs(first, now, people.mention(whose))),
        ],
    )


def _mine(first: Duty | None, now: datetime) -> str:
    if first is None:
        return "No shift of yours is in sight."
    if first.start <= now:
        return f"You are on call now, until {when(first.end)}."
    return f"You are on call from {when(first.start)} to {when(first.end)}."


def _theirs(first: Duty | None, now: datetime, who: str) -> str:
    if first is None:
        return f"No shift of {who} is in sight."
    since = "now, until" if first.start <= now else f"from {when(first.start)} to"
    return f"{who} is on call {since} {when(first.end)}."


def _start(duty: Duty | None, people: People) -> str:
    return f"{people.mention(duty.primary)} from {when(duty.start)}" if duty else "nobody else in sight"


def because(duty: Duty, people: People) -> str:
    """Why it is this person, where it is not simply their turn."""
    whose = people.mention(duty.instead_of)
    if duty.why is Why.NOBODY:
        return ": everybody is away" if duty.layer else ": outside the rotation's hours"
    if duty.why is Why.CALENDAR:
        return ", by the calendar"
    if duty.instead_of is None:
        return ""
    reasons = {
        Why.ABSENCE: f", because {whose} is away",
        Why.HOLIDAY: f", because {whose} has a holiday",
        Why.SWAP: f", swapped with {whose}",
        Why.OVERRIDE: f", put on call instead of {whose}",
        Why.TAKEN: f", who took it from {whose}",
    }
    return reasons.get(duty.why, "")


def schedule(rotation: Rotation, duties: Sequence[Duty], people: People) -> list[Json]:
    """The coming duties of a rotation, one a line."""
    duties = joined(duties)
    lines = [_line(duty, people) for duty in duties[:SHOWN]]
    more = f"\n… and {len(duties) - SHOWN} more" if len(duties) > SHOWN else ""
    return [section(f"*{inline(rotation.title)}*\n" + "\n".join(lines) + more)]


def _line(duty: Duty, people: People) -> str:
    shadow = f", shadow {people.mention(duty.shadow)}" if duty.shadow and duty.primary else ""
    name = f"*{people.mention(duty.primary)}*" if duty.primary is None else people.mention(duty.primary)
    return f"{when(duty.start)}: {name}{because(duty, people)}{shadow}"
