"""Whose turn it is at an instant, by what a rotation and its imported calendars say. Pure."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from core.config.rotation import Rotation
from core.oncall.duty import Imported
from core.oncall.schedule import order, shift_at
from core.oncall.working_hours import is_open


@dataclass(frozen=True)
class Missing:
    """Who cannot have a turn: those `away`, those `off` (on a holiday: unless nobody else is there), and those who are
    `learning` as shadows, who are as no members."""

    away: AbstractSet[str]
    off: AbstractSet[str]
    learning: Sequence[str]


@dataclass(frozen=True)
class Turn:
    """What the rotation says at an instant: whose turn it is (`scheduled`), who of that layer is `present` to take
    it, and in which `order` the others come. On a `holiday` whoever's turn it is has one, and is not away besides."""

    layer: str | None
    scheduled: str | None
    present: str | None
    order: Sequence[str]
    imported: int | None = None
    holiday: bool = False


NO_TURN = Turn(None, None, None, ())


def turn_at(rotation: Rotation, imported: Sequence[Imported], at: datetime, missing: Missing) -> Turn:
    """By the calendar, else the highest layer in its hours, of which anybody is there; else the lowest one's."""
    found = [*_by_calendar(rotation, imported, at, missing), *_by_layers(rotation, at, missing)]
    turn = next((each for each in found if each.present), None) or next(reversed(found), NO_TURN)
    if found and found[0].imported is not None and not found[0].present:
        turn = replace(turn, scheduled=found[0].scheduled, holiday=False)
    others = [member for each in found for member in each.order]
    relied = [member for member in rotation.everybody if member not in missing.learning]
    return replace(turn, order=list(dict.fromkeys([*turn.order, *others, *relied])))


def _by_calendar(
    rotation: Rotation, imported: Sequence[Imported], at: datetime, missing: Missing
) -> Iterator[Turn]:
    for shift in imported:
        if shift.start <= at < shift.end and shift.person not in missing.learning:
            present = None if shift.person in missing.away else shift.person
            yield Turn(rotation.id, shift.person, present, [shift.person], shift.id)


def _by_layers(rotation: Rotation, at: datetime, missing: Missing) -> Iterator[Turn]:
    """Those of the layers whose hours it is and who have anybody, the highest first."""
    for name, layer in rotation.stack:
        if is_open(layer.during, layer.timezone, at):
            members = [each for each in order(layer, shift_at(layer, at).turn) if each not in missing.learning]
            if members:
                yield _of_layer(name, members, missing)


def _of_layer(name: str, members: Sequence[str], missing: Missing) -> Turn:
    """The first who is there takes the turn, rather one without a holiday."""
    there = [member for member in members if member not in missing.away]
    present = next((member for member in there if member not in missing.off), None) or next(iter(there), None)
    holiday = members[0] in missing.off - missing.away
    return Turn(name, members[0], present, members, holiday=holiday)
