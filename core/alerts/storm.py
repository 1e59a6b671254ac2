"""When many new groups at once are told as one, and when they are told by themselves again. Pure rules."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from core.alerts.tables import STORM, GroupStatus
from core.config.alerts import Storm
from core.decision import Decision, allow, refuse


class Members(NamedTuple):
    """The groups of a storm: how many stand where, and when the newest opened."""

    counts: Mapping[str, int]
    newest_at: datetime

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return self.total - self.counts.get(GroupStatus.RESOLVED, 0)

    @property
    def firing(self) -> int:
        return self.counts.get(GroupStatus.FIRING, 0)


class Course(StrEnum):
    """GO_ON is still a storm; UNFOLD is over, and what is left of it goes on by itself; END has nothing left."""

    GO_ON = "go_on"
    UNFOLD = "unfold"
    END = "end"


def storm_key(channel: str, rotation: str) -> str:
    """There is at most one storm a channel and rotation; no key of other groups begins like this."""
    return f"{STORM}{channel}:{rotation}"


def folds(opened: int, rule: Storm) -> Decision:
    """Whether this many new groups of one channel and rotation within the rule's time are a storm."""
    if opened <= rule.groups:
        return refuse("few_enough", "")
    minutes = int(rule.within.total_seconds()) // 60
    span = f"{minutes} min" if minutes else f"{int(rule.within.total_seconds())} s"
    detail = f"More than {rule.groups} groups opened here within {span}, so they are told, and call, as one."
    return allow("storm", detail)


def course(members: Members, answered: bool, rule: Storm, now: datetime) -> Course:
    """What becomes of a storm. It unfolds when no new group has come for a while, few are left, and somebody has
    answered for those that still need somebody: else each would call by itself."""
    if members.open == 0:
        return Course.END
    calm = now - members.newest_at >= rule.quiet and members.open <= rule.groups
    return Course.UNFOLD if calm and (answered or members.firing == 0) else Course.GO_ON


def look_again_at(members: Members, rule: Storm, now: datetime) -> datetime | None:
    """When the storm may be over because nothing new has come; None when only a change can end it."""
    at = members.newest_at + rule.quiet
    return at if at > now else None
