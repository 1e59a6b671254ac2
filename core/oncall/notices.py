"""What people are told about their duties, and when. Pure.

People are told of tours, not of stints: whoever has the nights of a week, because a layer has the days, is told once,
before the first of them. A stint goes on with a tour when it is of the same turn as the person's last one, or of the
turn right after it where both are their own. Gaps that people leave are told one by one: each of them is a time in
which nobody answers. Those that the declared hours leave, the same every night, are told once a week
(`core.oncall.check`).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from core.config.rotation import Rotation
from core.oncall.duty import Duty, Why, joined, within
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, Notice, NoticeKind
from core.oncall.schedule import shift_at, shift_before

AHEAD = timedelta(days=1)
"""How long before somebody goes on call they are told."""

GAP_AHEAD = timedelta(days=7)
"""How long before nobody is on call the channel is told."""

HORIZON = GAP_AHEAD + AHEAD
"""How far beyond the running shift notices are planned; the next plan is made when that shift ends."""


@dataclass(frozen=True)
class Stint:
    """The longest time without interruption that one person (None: nobody) has one role."""

    person: str | None
    role: DutyRole
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Planned:
    """A notice as it should be: about what, for whom, when it is due. `stint` is the whole tour, `spans` its parts."""

    kind: NoticeKind
    stint: Stint
    due_at: datetime
    spans: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def key(self) -> "Key":
        return self.kind, self.stint.person or "", self.stint.role, self.stint.start


Key = tuple[str, str, str, datetime]
"""Kind, person, role and start of a notice."""


def key_of(notice: Notice) -> Key:
    """What makes two notices the same one."""
    return notice.kind, notice.person, notice.role, notice.starts_at


def stints(duties: Iterable[Duty], role: DutyRole) -> list[Stint]:
    """Who has `role` in duties that follow each other, stretches of the same person joined, also over the ends of
    shifts."""
    found: list[Stint] = []
    for duty in duties:
        person = duty.person(role)
        if found and found[-1].person == person:
            found[-1] = replace(found[-1], end=duty.end)
        else:
            found.append(Stint(person, role, duty.start, duty.end))
    return found


def horizon(rota: Rota, now: datetime) -> datetime:
    """Up to when notices are planned at `now`."""
    return shift_at(rota.rotation, now).end + HORIZON


def reach(rotation: Rotation, now: datetime) -> datetime:
    """From when on a rota has to know its changes, for `plan` at `now`: the turn before the running one of each
    layer, because a tour that began in it may go on."""
    return min(shift_before(layer, shift_at(layer, now)).start for _, layer in rotation.stack)


@dataclass(frozen=True)
class Tour:
    """Stints of one person in one role, in turns that are the same or follow each other, with breaks between them."""

    stints: tuple[Stint, ...]

    @property
    def whole(self) -> Stint:
        """From the first stint's start to the last one's end."""
        return replace(self.stints[0], end=self.stints[-1].end)


def tours(rotation: Rotation, duties: Iterable[Duty], role: DutyRole, *, adjoining: bool = True) -> list[Tour]:
    """The tours of everybody who has `role` in duties that follow each other, by their start; one that began before
    begins there.

    With `adjoining` the next turn goes on with the tour of the last one where both are a person's own.
    """
    found: list[Tour] = []
    last: dict[str, tuple[int, set[TurnKey]]] = {}
    for stint, turns in _held(rotation, duties, role):
        if stint.person is None:
            continue
        at, before = last.get(stint.person, (0, set()))
        if before & (_beside(turns) if adjoining else turns):
            found[at] = Tour((*found[at].stints, stint))
        else:
            at = len(found)
            found.append(Tour((stint,)))
        last[stint.person] = at, turns
    return found


TurnKey = tuple[str, int, str]
"""A layer, one of its turns, and by what somebody has it: OWN, or the absence or change that gave it to them."""

OWN = "own"


def _held(rotation: Rotation, duties: Iterable[Duty], role: DutyRole) -> Iterator[tuple[Stint, set[TurnKey]]]:
    """Each stint, and the turns that it touches."""
    for person, run in groupby(duties, key=lambda duty: duty.person(role)):
        held = list(run)
        turns = {key for duty in held for key in _turns(rotation, duty, role)}
        yield Stint(person, role, held[0].start, held[-1].end), turns


def _turns(rotation: Rotation, duty: Duty, role: DutyRole) -> Iterator[TurnKey]:
    """The turns of the layer that decides; shadows go by the rotation's own."""
    layers = dict(rotation.stack)
    name, how = duty.layer or rotation.id, OWN if duty.why is Why.ROTATION else f"{duty.why}:{duty.change}"
    if role is DutyRole.SHADOW:
        name, how = rotation.id, role.value
    first = shift_at(layers[name], duty.start).turn
    last = shift_at(layers[name], duty.end - timedelta(microseconds=1)).turn
    yield from ((name, turn, how) for turn in range(first, last + 1))


def _beside(turns: set[TurnKey]) -> set[TurnKey]:
    """These turns, and the one before each that is somebody's own."""
    return turns | {(name, turn - 1, how) for name, turn, how in turns if how == OWN}


def plan(rota: Rota, now: datetime, promised: Collection[Key] = ()) -> list[Planned]:
    """Every notice about what begins after `now` and within the horizon.

    Who goes on call in less than a day is told at the start only, unless that was `promised`: planned before, due by
    now, and not told yet. A gap is told at once when it is near.
    """
    until, since = horizon(rota, now), reach(rota.rotation, now)
    since = max(since, rota.since) if rota.since else since
    longest = max(layer.every for _, layer in rota.rotation.stack)
    duties = rota.between(since, until + 2 * longest)
    found = [*_about_gaps(within(duties, now, until), now)]
    for role in DutyRole:
        for tour in tours(rota.rotation, duties, role):
            if now < tour.whole.start < until:
                found += _about(tour, now, promised)
    return found


def _about_gaps(duties: Iterable[Duty], now: datetime) -> Iterator[Planned]:
    for gap in joined(duty for duty in duties if duty.primary is None):
        if gap.layer is not None and gap.start > now:
            stint = Stint(None, DutyRole.PRIMARY, gap.start, gap.end)
            yield Planned(NoticeKind.GAP, stint, max(now, gap.start - GAP_AHEAD))


def _about(tour: Tour, now: datetime, promised: Collection[Key]) -> Iterator[Planned]:
    whole, spans = tour.whole, tuple((each.start, each.end) for each in tour.stints)
    ahead = Planned(NoticeKind.TOMORROW, whole, whole.start - AHEAD, spans)
    if ahead.due_at > now or ahead.key in promised:
        yield ahead
    yield Planned(NoticeKind.START, whole, whole.start, spans)


def is_worth_telling(notice: Notice, now: datetime) -> bool:
    """Whether it is still of use: nobody needs “tomorrow” when it has begun, nor anything about what is over."""
    if notice.kind == NoticeKind.TOMORROW:
        return now < notice.starts_at
    return now < notice.ends_at
