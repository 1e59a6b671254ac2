"""Where one person's shifts end and another's begin: what a handoff is drafted for. Pure.

Each layer of a rotation hands over by its own shifts. Handoffs follow changes of person, and only at the ends of
shifts. Somebody who takes an evening of another's week, or covers an hour, does not hand over; two shifts in a row of
one person have no handoff between them, and are one report. Shifts in which nobody of the layer was on call, such as a
weekend of one for weekdays, lie between two people like any others.

A shift that begins before the hours that are declared for its layer, or while nobody is on call at all, is handed over
when its first person goes on call: nobody is asked in the night before. Where others are on call at first, because
layers have these hours, nobody waits for that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.config.rotation import DAY, Rotation
from core.oncall.duty import Duty
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import Shift, begins, shift_at, shift_before
from core.oncall.working_hours import is_open

LOOK_BACK = 16
"""How many shifts one look goes back at most: what is handed over is at most so long."""


@dataclass(frozen=True)
class Changeover:
    """`outgoing` hands `[start, end)` over to `incoming`; `shadow` went along at the end."""

    start: datetime
    end: datetime
    outgoing: str
    incoming: str
    shadow: str | None


def reach(rotation: Rotation, now: datetime) -> datetime:
    """From when on a rota has to know its changes, for `latest` at `now` in any of its layers."""
    longest = max(layer.every for _, layer in rotation.stack)
    return now - (LOOK_BACK + 2) * longest - rotation.every - DAY


def latest(rota: Rota, name: str, now: datetime) -> Changeover | None:
    """The last change of person in the layer of this name, at the start of its running shift or of an earlier one.

    None before the layer `begins`, and at its beginning: the first one takes over from nobody.
    """
    shifts = _held(rota, name, now)
    new, ended = next(shifts, None), list[_Held]()
    for older in shifts:
        if not ended and new is not None and new.first == older.last:
            new = older
        elif ended and ended[-1].first != older.last:
            break
        else:
            ended.append(older)
    if new is None or not ended:
        return None
    return Changeover(ended[-1].shift.start, new.shift.start, ended[0].last, new.first, ended[0].shadow)


@dataclass(frozen=True)
class _Held:
    """A shift of a layer in which somebody of it was on call: who at first, who last, and who went along then."""

    shift: Shift
    first: str
    last: str
    shadow: str | None


def _held(rota: Rota, name: str, now: datetime) -> Iterator[_Held]:
    """The layer's shifts that were held, the running one first."""
    layer = dict(rota.rotation.stack)[name]
    shift = shift_at(layer, now)
    for _ in range(LOOK_BACK):
        duties = _duties(rota, name, shift)
        people = [each.primary for each in duties if each.primary]
        if people and taken_up(rota, name, shift) <= now:
            yield _Held(shift, people[0], people[-1], duties[-1].person(DutyRole.SHADOW))
        if shift.start <= begins(layer):
            break
        shift = shift_before(layer, shift)


def taken_up(rota: Rota, name: str, shift: Shift) -> datetime:
    """When a shift of the layer is taken up: at its start, or later where that is outside the layer's hours or nobody
    is on call then."""
    layer = dict(rota.rotation.stack)[name]
    if is_open(layer.during, layer.timezone, shift.start) and rota.at(shift.start).primary is not None:
        return shift.start
    return next((each.start for each in _duties(rota, name, shift) if each.primary), shift.start)


def _duties(rota: Rota, name: str, shift: Shift) -> list[Duty]:
    return [each for each in rota.between(shift.start, shift.end) if _is_of(each, name, rota.rotation)]


def _is_of(duty: Duty, name: str, rotation: Rotation) -> bool:
    """Whether a layer decides here; somebody put on call outside all hours is of the base."""
    return duty.layer == name or (duty.layer is None and name == rotation.id)
