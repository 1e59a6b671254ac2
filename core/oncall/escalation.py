"""What happens next to a page that nobody has answered, and whom a step notifies. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.config.escalation import EscalationPolicy, Hours, Notify, Outside, Target
from core.config.rotation import Rotation
from core.oncall.duty import Duty
from core.oncall.hours import FURTHEST, inside, opening
from core.oncall.tables import PageStatus

REMIND_FIRST = timedelta(minutes=15)
REMIND_MOST = timedelta(hours=8)
"""After the last step people are reminded after REMIND_FIRST, then after twice as long each time, up to REMIND_MOST."""


class Move(StrEnum):
    """WAIT for `due_at`; NOTIFY takes a step; HOLD keeps it for its hours; EXHAUST says aloud that no step is left;
    REMIND says so again; NONE means it is over."""

    WAIT = "wait"
    NOTIFY = "notify"
    HOLD = "hold"
    EXHAUST = "exhaust"
    REMIND = "remind"
    NONE = "none"


@dataclass(frozen=True)
class PageState:
    """Where a page stands: `step` is the last one taken or left out, `first` that with which its pass began, `due_at`
    when its wait is over, `reminders` how many came after the last step."""

    status: str
    step: int
    due_at: datetime
    first: int = 0
    reminders: int = 0


@dataclass(frozen=True)
class Advance:
    """What to do with a page and the named reason; with NOTIFY, which step, whom, and when its wait is over.

    `skipped` are steps that are left out because their hours are over; `first` is the pass's first step.
    """

    move: Move
    reason: str
    step: int
    due_at: datetime
    notify: tuple[Notify, ...] = ()
    first: int = 0
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recipients:
    """Whom a step calls (`people`, the primary first) and who is copied without being relied on (`shadows`); which
    channels it posts in, with what they mention, and which pagers it sends to. `copies` see what a primary who still
    learns is called for, and are called with the next step."""

    people: list[str]
    shadows: list[str]
    channels: dict[str, str] = field(default_factory=dict)
    webhooks: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)


Duties = Mapping[str, tuple[Duty, Rotation]]
"""Who is on call now, by rotation."""


def begin(policy: EscalationPolicy, now: datetime, last: int | None = None, severity: str = "") -> Advance:
    """The first step of a new page, or of one that starts over after step `last`.

    A page that starts over goes on counting at the next whole pass of the policy: steps are never taken twice.
    """
    first = 0 if last is None else (last // length(policy) + 1) * length(policy)
    return _take(policy, first, first, "opened" if last is None else "reopened", now, severity)


def advance(
    page: PageState,
    policy: EscalationPolicy,
    now: datetime,
    severity: str = "",
    hurry: str | None = None,
) -> Advance:
    """What is due for a page at `now`, or at once for the named reason `hurry`.

    One call takes one step at the most. When several fell into downtime, the next one is taken now and its wait
    counts from now: everybody gets their full time to answer, and nobody is called twice within one second.
    """
    if page.status not in (PageStatus.OPEN, PageStatus.EXHAUSTED):
        return Advance(Move.NONE, page.status, page.step, page.due_at, first=page.first)
    if now < page.due_at and hurry is None:
        return Advance(Move.WAIT, "waiting", page.step, page.due_at, first=page.first)
    if page.status == PageStatus.EXHAUSTED:
        due = now + reminder_after(page.reminders + 1)
        return Advance(Move.REMIND, "unanswered", page.step, due, first=page.first)
    taken = page.step + 1 - page.first
    if taken >= length(policy):
        return _exhausted(page.step, page.first, now)
    reason = "repeat" if taken % len(policy.steps) == 0 else "no_answer"
    reason = hurry or ("hours_began" if not taken else reason)
    return _take(policy, page.first, page.step + 1, reason, now, severity)


def reminder_after(reminders: int) -> timedelta:
    """How long after one reminder the next one follows: 15 minutes, 30, 60 ... eight hours."""
    return min(REMIND_FIRST * (1 << min(reminders, 16)), REMIND_MOST)


def length(policy: EscalationPolicy) -> int:
    """The number of steps of one whole pass, repeats included."""
    return len(policy.steps) * (1 + policy.repeat)


def duration(policy: EscalationPolicy) -> timedelta:
    """How long one whole pass takes when nobody answers and no hours hold it up."""
    return sum((step.wait for step in policy.steps), timedelta()) * (1 + policy.repeat)


def longest_wait(policy: EscalationPolicy) -> timedelta:
    """No timer of an open page under this policy is further ahead than this."""
    hours = any(step.hours or policy.hours for step in policy.steps)
    return max(step.wait for step in policy.steps) + (FURTHEST if hours else timedelta(0))


def recipients(targets: Sequence[Notify], own: str, duties: Duties, *, late: bool = False) -> Recipients:
    """Whom `targets` mean now, for a page of the rotation `own`.

    `next` is the first to come who is not the primary; in a rotation of one that is the primary again, because a
    step that reaches nobody would be silence. For the same reason a gap calls everybody in the rotation. The shadow
    is copied on every step that calls anybody and never takes anybody's place. Whoever stands behind a primary that
    still learns is copied on the first step, and called with every later one (`late`).
    """
    duty, rotation = duties[own]
    people: list[str] = []
    for one in targets:
        if one.person is not None:
            people.append(one.person)
        elif one.rotation is not None:
            people += _called(Target.PRIMARY, *duties[one.rotation])
        elif one.who not in (None, Target.SHADOW):
            people += _called(one.who, duty, rotation)
    if duty.backed and duty.backup and late:
        people.append(duty.backup)
    people = list(dict.fromkeys(people))
    behind = [duty.backup] if duty.backed and duty.backup and duty.backup not in people else []
    copied = bool(people) and duty.shadow is not None and duty.shadow not in people
    channels = {one.channel: one.mention or "" for one in targets if one.channel is not None}
    webhooks = list(dict.fromkeys(one.webhook for one in targets if one.webhook is not None))
    shadows = [duty.shadow] if copied and duty.shadow else []
    return Recipients(people, shadows, channels, webhooks, behind if duty.primary in people else [])


def _called(target: Target, duty: Duty, rotation: Rotation) -> list[str]:
    primary = duty.primary
    if target is Target.EVERYONE or primary is None:
        relied = [member for member in rotation.everybody if member not in duty.learning]
        return [*([primary] if primary else []), *relied]
    return [duty.backup or primary if target is Target.NEXT else primary]


def _take(policy: EscalationPolicy, first: int, step: int, reason: str, now: datetime, severity: str) -> Advance:
    """The step, or the next one that may be taken at this hour.

    When a pass would leave out all of its steps, it waits for the first of them instead: hours may delay a page,
    and never drop it. When only its rest is left out, it is exhausted, which reminds people of it.
    """
    openings: list[datetime] = []
    for number in range(step, first + length(policy)):
        declared, skipped = policy.steps[(number - first) % len(policy.steps)], tuple(range(step, number))
        hours = declared.hours or policy.hours
        if hours is None or _may(hours, now, severity):
            due = now + declared.wait
            return Advance(Move.NOTIFY, reason, number, due, declared.notify, first, skipped)
        openings.append(opening(hours, now))
        if hours.outside is Outside.WAIT:
            return Advance(Move.HOLD, "outside_hours", number - 1, openings[-1], first=first, skipped=skipped)
    if step > first:
        return _exhausted(first + length(policy) - 1, first, now)
    return Advance(Move.HOLD, "outside_hours", step - 1, min(openings), first=first)


def _may(hours: Hours, now: datetime, severity: str) -> bool:
    return severity in hours.ignored_for or inside(hours, now)


def _exhausted(step: int, first: int, now: datetime) -> Advance:
    return Advance(Move.EXHAUST, "exhausted", step, now + reminder_after(0), first=first)
