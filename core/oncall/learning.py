"""The stages of a shadow's plan, and who stands in which when. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from core.config.shadowing import After, Shadowing

EVER = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


class Stage(StrEnum):
    """A SHADOW goes along and is never relied on; BACKED is primary with somebody behind them; READY is like all."""

    SHADOW = "shadow"
    BACKED = "backed"
    READY = "ready"


@dataclass(frozen=True)
class Learner:
    """`person` is in a `stage` in `[start, end)`; `mentor` stands behind them when they are BACKED."""

    person: str
    stage: Stage
    start: datetime
    end: datetime
    mentor: str | None = None

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def next_stage(plan: Shadowing, stage: Stage) -> Stage | None:
    """What follows `stage` in a plan; None when it is over."""
    if stage is Stage.SHADOW:
        return Stage.BACKED if plan.then is After.BACKUP else Stage.READY
    return Stage.READY if stage is Stage.BACKED else None


def learners(plan: Shadowing, begun: Sequence[tuple[Stage, datetime]]) -> Iterator[Learner]:
    """Who is what when, by the stages that were approved and when each began, oldest first.

    Before anything was approved a person is a shadow; the READY are not learners any more.
    """
    known: Iterable[tuple[Stage, datetime]] = [(Stage.SHADOW, EVER), *begun, (Stage.READY, NEVER)]
    for (stage, start), (_, end) in pairwise(known):
        if stage is not Stage.READY and start < end:
            yield Learner(plan.person, stage, start, end, plan.mentor)
