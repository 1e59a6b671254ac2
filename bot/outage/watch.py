"""When Goldilocks itself stands still, from one look to the next, and when that is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LOOK_S = 5
"""How often is looked whether work goes on. Looks are counted, and not seconds: a process that was stopped, or had no
turn, for a minute has not seen anything stand still."""

TELL_AFTER = 60 // LOOK_S
"""Looks without work before it is said in Slack: a minute, as long as most failovers of a database take."""

RING_AFTER = 180 // LOOK_S
"""Looks before a phone rings: a failover that takes its time need not wake anybody."""

IN_TURN = 10 // LOOK_S
"""Looks by which a replica waits for each one before it, so that the later ones find what the first has said."""

OVER_AFTER = 60 // LOOK_S
"""Looks in a row with work before it is over: what comes and goes is one outage."""

PAUSE = 3
"""Looks without work that mean nothing: some work is done every ten seconds only."""


class Work(StrEnum):
    """What has to go on. The first that stands still explains the others."""

    STARTING = "starting"
    WRITING = "writing"
    TAKING = "taking"
    SENDING = "sending"


@dataclass(frozen=True)
class Outage:
    """`work` has not been done since then; `rings` when that is so long that a phone is to ring."""

    work: Work
    since: datetime
    rings: bool = False


@dataclass
class Watch:
    """Looks at when each kind of work was last done. `turn` is this replica's place among those that live."""

    turn: int = 0
    outage: Outage | None = None
    _since: datetime | None = None
    _missed: dict[Work, int] = field(default_factory=dict)
    _done: dict[Work, float] = field(default_factory=dict)
    _well: int = 0

    def stands(self, work: Work) -> bool:
        """Whether it stands still, for longer than means nothing."""
        return self._missed.get(work, 0) > PAUSE

    def look(self, done: Mapping[Work, float], now: datetime) -> Outage | None:
        """`done` says when each kind of work was last done, by any clock that never goes back. The outage that people
        are to know of, if there is one."""
        for work, at in done.items():
            self._missed[work] = self._missed.get(work, 0) + 1 if at == self._done.get(work, at) else 0
        self._done = dict(done)
        standing = [work for work in Work if self.stands(work)]
        self._well = 0 if standing else self._well + 1
        longest = max(self._missed.values())
        if longest == 1:
            self._since = now
        if self.outage is not None and self._well >= OVER_AFTER:
            self.outage = None
        elif standing:
            self._judge(standing[0], longest - self.turn * IN_TURN, self._since or now)
        return self.outage

    def _judge(self, work: Work, waited: int, since: datetime) -> None:
        rings = waited >= RING_AFTER
        if self.outage is not None:
            self.outage = Outage(self.outage.work, self.outage.since, self.outage.rings or rings)
        elif waited >= TELL_AFTER:
            self.outage = Outage(work, since, rings)
