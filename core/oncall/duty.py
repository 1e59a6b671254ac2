"""What a rota is made of, and what it says: changes, and who is on call for a stretch and why. Pure values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from operator import attrgetter

from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import Shift


class Layer(IntEnum):
    """What people change, the lower first."""

    SWAP = 1
    OVERRIDE = 2


class Why(StrEnum):
    """Why it is this person, by the layer that decided; NOBODY is a gap."""

    ROTATION = "rotation"
    CALENDAR = "calendar"
    ABSENCE = "absence"
    HOLIDAY = "holiday"
    SWAP = "swap"
    OVERRIDE = "override"
    TAKEN = "taken"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Away:
    """A person who is away in `[start, end)`, as they said at `said_at`."""

    person: str
    start: datetime
    end: datetime
    said_at: datetime


@dataclass(frozen=True)
class Change:
    """`person` in `role` for `[start, end)`, as agreed at `said_at`; `id` is its row's in its layer."""

    id: int
    layer: Layer
    why: Why
    role: DutyRole
    person: str
    start: datetime
    end: datetime
    said_at: datetime

    @property
    def rank(self) -> tuple[int, datetime, int]:
        """The highest one decides."""
        return self.layer, self.said_at, self.id


@dataclass(frozen=True)
class Imported:
    """`person`'s turn in `[start, end)` by the rotation's imported calendar; `id` is its row's."""

    id: int
    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Duty:
    """A stretch `[start, end)` within one `shift` in which nothing changes, and the people in it (by id).

    `primary` is None in a gap. `instead_of` is who would be without what decided it (`why`): whoever the last change
    before it had put there, else whose turn it is by the rotation; None when that is the same person. `backup`
    is who is called next, None when there is nobody else who is not away. `change` is the row behind `why`. `layer`
    is the id of the rotation's layer that decides here, the rotation's own at its base, None where none has its hours.
    `learning` are the members who are shadows by plan; `backed`: the primary learns as well, and `backup` is copied.
    """

    rotation: str
    start: datetime
    end: datetime
    primary: str | None
    why: Why
    instead_of: str | None
    change: int | None
    shadow: str | None
    backup: str | None
    shift: Shift
    layer: str | None = None
    learning: tuple[str, ...] = ()
    backed: bool = False

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def says(self) -> tuple[object, ...]:
        """All but when it is."""
        return _SAYS(self)

    def person(self, role: DutyRole) -> str | None:
        return self.primary if role is DutyRole.PRIMARY else self.shadow


_SAYS: Callable[[Duty], tuple[object, ...]] = attrgetter(
    *(each.name for each in fields(Duty) if each.name not in ("start", "end"))
)


def within(duties: Iterable[Duty], start: datetime, end: datetime) -> list[Duty]:
    """Those of `[start, end)`, cut to it."""
    return [
        replace(duty, start=max(duty.start, start), end=min(duty.end, end))
        for duty in duties
        if duty.start < end and duty.end > start
    ]


def joined(duties: Iterable[Duty]) -> list[Duty]:
    """The same stretches of one rotation as people see them: those that differ only in who is called next are one, and
    gaps with one reason also over the ends of shifts."""
    found: list[Duty] = []
    for duty in duties:
        if found and found[-1].end == duty.start and _seen(found[-1]) == _seen(duty):
            found[-1] = replace(found[-1], end=duty.end)
        else:
            found.append(duty)
    return found


def _seen(duty: Duty) -> tuple[object, ...]:
    if duty.primary is None:
        return None, duty.layer is None
    return duty.primary, duty.why, duty.instead_of, duty.shadow, duty.shift
