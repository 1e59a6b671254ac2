"""What people are told about their duties, and when. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.oncall.rota import Rota
from core.oncall.schedule import shift_at
from core.oncall.tables import DutyRole, Notice, NoticeKind

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
    """A notice as it should be: about what, for whom, and when it is due."""

    kind: NoticeKind
    stint: Stint
    due_at: datetime

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        return self.kind, self.stint.person or "", self.stint.role, self.stint.start


def key_of(notice: Notice) -> tuple[str, str, str, datetime]:
    """What makes two notices the same one."""
    return notice.kind, notice.person, notice.role, notice.starts_at


def stints(rota: Rota, start: datetime, end: datetime, role: DutyRole) -> list[Stint]:
    """Who has `role` in `[start, end)`, stretches of the same person joined, also over the ends of shifts."""
    found: list[Stint] = []
    for duty in rota.between(start, end):
        person = duty.person(role)
        if found and found[-1].person == person:
            found[-1] = replace(found[-1], end=duty.end)
        else:
            found.append(Stint(person, role, duty.start, duty.end))
    return found


def horizon(rota: Rota, now: datetime) -> datetime:
    """Up to when notices are planned at `now`."""
    return shift_at(rota.rotation, now).end + HORIZON


def plan(rota: Rota, now: datetime) -> list[Planned]:
    """Every notice about what begins after `now` and within the horizon.

    Who goes on call in less than a day is told at the start only. A gap is told at once when it is near.
    """
    return [
        notice
        for role in DutyRole
        for stint in stints(rota, now, horizon(rota, now), role)
        if stint.start > now
        for notice in _about(stint, now)
    ]


def _about(stint: Stint, now: datetime) -> Iterator[Planned]:
    if stint.person is None:
        if stint.role is DutyRole.PRIMARY:
            yield Planned(NoticeKind.GAP, stint, max(now, stint.start - GAP_AHEAD))
        return
    if stint.start - AHEAD > now:
        yield Planned(NoticeKind.TOMORROW, stint, stint.start - AHEAD)
    yield Planned(NoticeKind.START, stint, stint.start)


def is_worth_telling(notice: Notice, now: datetime) -> bool:
    """Whether it is still of use: nobody needs “tomorrow” when it has begun, nor anything about what is over."""
    if notice.kind == NoticeKind.TOMORROW:
        return now < notice.starts_at
    return now < notice.ends_at
