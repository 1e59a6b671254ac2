"""What an auditor finds wrong with pages that stood still, and how it is mended: pure rules with named findings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.config.escalation import EscalationPolicy
from core.oncall.escalation import REMIND_MOST, longest_wait
from core.oncall.holding import longest_hold
from core.oncall.tables import PageStatus

LATE = timedelta(minutes=2)
"""How long after its time something is late: far longer than any pass takes."""

STATUSES = frozenset(PageStatus)


class Finding(StrEnum):
    """What may be found: a page whose timer is past (LATE) or further ahead than its policy has waits (FAR), that says
    something no page says (GARBLED), whose step has no row (NO_STEP) or whose calls have no message (NO_MESSAGE); one
    that goes on though its group needs nobody (NOT_NEEDED); a group that needs somebody and calls nobody (NO_PAGE); a
    message that its sender never finished (STUCK) or that says something no message says (GARBLED_MESSAGE)."""

    LATE = "late_page"
    FAR = "timer_too_far"
    GARBLED = "garbled_page"
    NO_STEP = "step_without_row"
    NO_MESSAGE = "call_without_message"
    NOT_NEEDED = "page_not_needed"
    NO_PAGE = "group_without_page"
    STUCK = "message_stuck"
    GARBLED_MESSAGE = "garbled_message"


@dataclass(frozen=True)
class Seen:
    """A page as the auditor sees it. `needed` says whether its group still needs somebody, or is still held by somebody
    where the page says so; `has_step` whether the row
    of its last step is there; `silent` how many calls of that step have no message."""

    status: str
    step: int
    first: int
    due_at: datetime
    needed: bool
    has_step: bool
    silent: int


def judge(page: Seen, policy: EscalationPolicy, now: datetime) -> Finding | None:
    """The gravest thing that is wrong with a page; None when all is well. One that is over is left alone."""
    if page.status not in STATUSES or page.step < page.first - 1:
        return Finding.GARBLED
    if page.status not in (PageStatus.OPEN, PageStatus.EXHAUSTED, PageStatus.HELD):
        return None
    if not page.needed:
        return Finding.NOT_NEEDED
    if page.status == PageStatus.OPEN and page.step >= page.first and not page.has_step:
        return Finding.NO_STEP
    if page.silent and page.status != PageStatus.HELD:
        return Finding.NO_MESSAGE
    return _timer(page, policy, now)


def _timer(page: Seen, policy: EscalationPolicy, now: datetime) -> Finding | None:
    longest = {PageStatus.EXHAUSTED: REMIND_MOST, PageStatus.HELD: longest_hold(policy)}.get(
        PageStatus(page.status), longest_wait(policy)
    )
    if page.due_at > now + longest + LATE:
        return Finding.FAR
    return Finding.LATE if page.due_at <= now - LATE else None
