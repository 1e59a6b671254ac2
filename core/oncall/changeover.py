"""Where one person's shifts end and another's begin: what a handoff is drafted for. Pure.

Handoffs follow changes of person, and only at the ends of shifts. Somebody who takes an evening of another's week, or
covers an hour, does not hand over; two shifts in a row of one person have no handoff between them, and are one report.
"""

from dataclasses import dataclass
from datetime import datetime

from core.config.team import DAY, Rotation
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import Shift, begins, shift_at, shift_before

LOOK_BACK = 8
"""How many shifts in a row one handoff covers at most."""


@dataclass(frozen=True)
class Changeover:
    """`outgoing` hands `[start, end)` over to `incoming`; `shadow` went along at the end."""

    start: datetime
    end: datetime
    outgoing: str
    incoming: str
    shadow: str | None


def reach(rotation: Rotation, now: datetime) -> datetime:
    """From when on a rota has to know its changes, for `latest` at `now`."""
    return now - (2 * LOOK_BACK + 2) * rotation.every - DAY


def latest(rota: Rota, now: datetime) -> Changeover | None:
    """The last change of person at the start of the running shift, or of one shortly before it.

    None before the rotation `begins`, and at its beginning: the first one takes over from nobody.
    """
    shift = _last_changed(rota, shift_at(rota.rotation, now))
    if shift is None:
        return None
    ended = shift_before(rota.rotation, shift)
    first = ended
    for _ in range(LOOK_BACK):
        if first.start <= begins(rota.rotation) or _people(rota, first) is not None:
            break
        first = shift_before(rota.rotation, first)
    people = _people(rota, shift)
    if people is None:
        return None
    shadow = rota.between(ended.start, ended.end)[-1].person(DutyRole.SHADOW)
    return Changeover(first.start, shift.start, *people, shadow)


def _last_changed(rota: Rota, shift: Shift) -> Shift | None:
    for _ in range(LOOK_BACK):
        if shift.start <= begins(rota.rotation):
            return None
        if _people(rota, shift) is not None:
            return shift
        shift = shift_before(rota.rotation, shift)
    return None


def _people(rota: Rota, shift: Shift) -> tuple[str, str] | None:
    """Who hands over to whom as `shift` begins; None when it is the same person, or nobody on either side."""
    before = shift_before(rota.rotation, shift)
    old = [duty.primary for duty in rota.between(before.start, before.end) if duty.primary]
    new = [duty.primary for duty in rota.between(shift.start, shift.end) if duty.primary]
    if not old or not new or old[-1] == new[0]:
        return None
    return old[-1], new[0]
