"""What happens next to a page that nobody has answered, and whom a step notifies. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.config.team import EscalationPolicy, Rotation, Target
from core.oncall.rota import Duty
from core.oncall.tables import PageStatus


class Move(StrEnum):
    """WAIT for `due_at`; NOTIFY takes a step; EXHAUST says aloud that no step is left; NONE means it is over."""

    WAIT = "wait"
    NOTIFY = "notify"
    EXHAUST = "exhaust"
    NONE = "none"


@dataclass(frozen=True)
class PageState:
    """Where a page stands: `step` is the last one taken (from 0), `due_at` when its wait is over."""

    status: str
    step: int
    due_at: datetime


@dataclass(frozen=True)
class Advance:
    """What to do with a page and the named reason; with NOTIFY, which step, whom, and when its wait is over."""

    move: Move
    reason: str
    step: int
    due_at: datetime
    notify: Target | None = None


@dataclass(frozen=True)
class Recipients:
    """Whom a step calls (`people`, the primary first) and who is copied without being relied on (`shadows`)."""

    people: list[str]
    shadows: list[str]


def begin(policy: EscalationPolicy, now: datetime, last: int | None = None) -> Advance:
    """The first step of a new page, or of one that starts over after step `last`.

    A page that starts over goes on counting at the next whole pass of the policy: steps are never taken twice.
    """
    if last is None:
        return _take(policy, 0, "opened", now)
    return _take(policy, (last // length(policy) + 1) * length(policy), "reopened", now)


def advance(page: PageState, policy: EscalationPolicy, now: datetime) -> Advance:
    """What is due for a page at `now`.

    One call takes one step at the most. When several fell into downtime, the next one is taken now and its wait
    counts from now: everybody gets their full time to answer, and nobody is called twice within one second.
    """
    if page.status != PageStatus.OPEN:
        return Advance(Move.NONE, page.status, page.step, page.due_at)
    if now < page.due_at:
        return Advance(Move.WAIT, "waiting", page.step, page.due_at)
    step = page.step + 1
    if step % length(policy) == 0:
        return Advance(Move.EXHAUST, "exhausted", page.step, page.due_at)
    reason = "repeat" if step % len(policy.steps) == 0 else "no_answer"
    return _take(policy, step, reason, now)


def length(policy: EscalationPolicy) -> int:
    """The number of steps of one whole pass, repeats included."""
    return len(policy.steps) * (1 + policy.repeat)


def duration(policy: EscalationPolicy) -> timedelta:
    """How long one whole pass takes when nobody answers."""
    return sum((step.wait for step in policy.steps), timedelta()) * (1 + policy.repeat)


def recipients(target: Target, duty: Duty, rotation: Rotation) -> Recipients:
    """Whom `target` means during `duty`.

    `next` is the first to come who is not the primary; in a rotation of one that is the primary again, because a
    step that reaches nobody would be silence. For the same reason every step of a gap calls everybody. The shadow is
    copied on every step and never takes anybody's place.
    """
    primary = duty.primary
    if target is Target.EVERYONE or primary is None:
        people = list(dict.fromkeys([*([primary] if primary else []), *rotation.members]))
    else:
        people = [duty.backup or primary if target is Target.NEXT else primary]
    shadows = [duty.shadow] if duty.shadow is not None and duty.shadow not in people else []
    return Recipients(people, shadows)


def _take(policy: EscalationPolicy, step: int, reason: str, now: datetime) -> Advance:
    declared = policy.steps[step % len(policy.steps)]
    return Advance(Move.NOTIFY, reason, step, now + declared.wait, declared.notify)
