"""What a silence may be, when people hear that it will end, and what it would have kept quiet. Pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.alerts.labels import Labels
from core.alerts.lifecycle import MAX_SILENCE
from core.alerts.silence_tables import Silence
from core.config.alerts import Cause
from core.config.declared import Person
from core.config.rights import barred
from core.decision import Decision, allow, quoted, refuse

WARNING = timedelta(hours=1)
"""How long before its end people are told of it at most; of short silences a tenth of their length."""

SHORTEST_WARNED = timedelta(minutes=30)
"""Shorter silences end without a word before: whoever made one has not forgotten it."""


class PastGroup(NamedTuple):
    """A group of the past, of which a silence would have covered `matched` of `total` alerts."""

    id: int
    title: str
    opened_at: datetime
    matched: int
    total: int


class Preview(NamedTuple):
    """What a silence would have kept quiet in the last `days`: alerts, calls to people, and the newest groups. `capped`
    tells that there was more than was looked at, so that the numbers are the least."""

    days: int
    alerts: int
    pages: int
    last: Sequence[PastGroup]
    capped: bool = False


def warn_at(starts_at: datetime, ends_at: datetime) -> datetime | None:
    """When to say that a silence will end: an hour before, or a tenth of its length if that is less."""
    length = ends_at - starts_at
    return ends_at - min(WARNING, length / 10) if length >= SHORTEST_WARNED else None


def may_silence_by_hand(person: Person | None, length: timedelta, comment: str) -> Decision:
    """A responder may silence by matchers, for up to 30 days, with a reason."""
    if refused := barred(person):
        return refused
    if length <= timedelta(0):
        return refuse("length_invalid", "It would be over before it begins.")
    if length > MAX_SILENCE:
        return refuse("length_invalid", f"A silence may last up to {MAX_SILENCE.days} days.")
    if not comment.strip():
        return refuse("reason_missing", "Say why, so that others know what this silence is for.")
    return allow("silenced_by_matchers")


def may_change(silence: Silence | None, person: Person | None, now: datetime) -> Decision:
    """Any responder may extend or end a silence that is not over, whoever made it."""
    if refused := barred(person):
        return refused
    if silence is None:
        return refuse("no_such_silence", "There is no such silence.")
    if silence.ends_at <= now:
        by = f", ended by {{person:{silence.ended_by}}}" if silence.ended_by else ""
        return refuse("already_over", f"This silence is over already{by}.")
    return allow("silence_changed")


def silenced_because(silence: Silence) -> str:
    """By whom, until when and why, for the trail and the thread."""
    until = "its alerts end, at the latest " if silence.until_resolved else ""
    ends = f"{until}{{at:{int(silence.ends_at.timestamp())}}}"
    return f"Silenced by {{person:{named(silence.created_by)}}} until {ends}: {quoted(silence.comment[:300])}"


def ended_because(silence: Silence) -> str:
    """Why a group that fires is not silenced any more."""
    whose = f"the silence by {{person:{named(silence.created_by)}}}"
    if silence.ended_by is None:
        return f"Firing, and no longer silenced: {whose} is over."
    return f"Firing, and no longer silenced: {{person:{named(silence.ended_by)}}} ended {whose}."


def named(creator: str) -> str:
    """Who made a silence, as a mention may hold it: one word; the API takes any text for a name."""
    return "".join(c for c in creator if not c.isspace() and c not in "{}")[:80] or "somebody"


def matchers_of(key: str, causes: Iterable[Cause], alerts: Iterable[Labels]) -> list[list[dict[str, Any]]]:
    """Silences of exactly what a group stands for: the labels in its key, absent ones as empty.

    Where its alerts name their cause by several labels, that is one silence for each of these names.
    """
    pairs = msgspec.json.decode(key, type=list[tuple[str, str]])
    cause = next((each for each in causes if sorted({each.label, *each.within}) == [n for n, _ in pairs]), None)
    if cause is None or not cause.also:
        return [_equal(dict(pairs))]
    used = {next((n for n in cause.names if labels.get(n)), cause.label) for labels in alerts} or {cause.label}
    return [_equal({(name if n == cause.label else n): value for n, value in pairs}) for name in sorted(used)]


def _equal(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()]
