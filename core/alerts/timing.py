"""When people hear of a group, and when they are reminded of it. Pure rules with named reasons."""

from datetime import datetime
from typing import NamedTuple

from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.alerts import Timing


class Telling(NamedTuple):
    """When to tell people of a group as it is now (None: never), and why then."""

    at: datetime | None
    reason: str


def telling(group: AlertGroup, timing: Timing, changed: bool, now: datetime) -> Telling:
    """A new group waits for more of its kind; one that ends meanwhile was never worth a message. Later, what is
    `changed` (its state or severity) is told at once, and alerts that join or end at most once an interval."""
    if group.revision == 0:
        if group.status == GroupStatus.RESOLVED:
            return Telling(None, "ended_unheard")
        if timing.digest and group.severity != Severity.CRITICAL:
            return Telling(None, "in_digest")
        at = group.opened_at + timing.wait
        return Telling(now, "first") if at <= now else Telling(at, "waits_for_more")
    if changed or group.told_at is None or group.told_at + timing.interval <= now:
        return Telling(now, "changed" if changed else "joined")
    return Telling(group.told_at + timing.interval, "told_lately")


def next_reminder(group: AlertGroup, timing: Timing, now: datetime) -> datetime | None:
    """When people are reminded next; never of what is over or not to disturb anybody."""
    goes_on = group.status in (GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED)
    return now + timing.repeat if timing.repeat and goes_on else None
