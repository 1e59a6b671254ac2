"""When people hear of a group, and when they are reminded of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup, GroupStatus
from core.alerts.timing import next_reminder, telling
from core.config.alerts import Timing

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
WAITS = Timing(wait=MINUTE, interval=5 * MINUTE)
DIGEST = Timing(wait=MINUTE, digest=True)


def group(told: timedelta | None = None, **changes: Any) -> AlertGroup:
    """One that opened now, and was told so long ago if it was told at all."""
    values = {
        "revision": 0 if told is None else 1,
        "told_at": None if told is None else NOW - told,
        "status": GroupStatus.FIRING,
        "severity": Severity.ERROR,
        "opened_at": NOW,
    }
    return AlertGroup(**{**values, **changes})


@pytest.mark.parametrize(
    ("of", "timing", "changed", "at", "reason"),
    [
        (group(), WAITS, True, NOW + MINUTE, "waits_for_more"),
        (group(opened_at=NOW - MINUTE), WAITS, True, NOW, "first"),
        (group(), Timing(), True, NOW, "first"),
        (group(status=GroupStatus.RESOLVED), WAITS, True, None, "ended_unheard"),
        (group(), DIGEST, True, None, "in_digest"),
        (group(severity=Severity.CRITICAL), DIGEST, True, NOW + MINUTE, "waits_for_more"),
        (group(TICK), WAITS, True, NOW, "changed"),
        (group(TICK, status=GroupStatus.RESOLVED), WAITS, True, NOW, "changed"),
        (group(TICK), WAITS, False, NOW + 5 * MINUTE - TICK, "told_lately"),
        (group(5 * MINUTE), WAITS, False, NOW, "joined"),
        (group(TICK, told_at=None), WAITS, False, NOW, "joined"),
    ],
)
def test_a_new_group_waits_for_more_and_a_change_for_nothing(
    of: AlertGroup, timing: Timing, changed: bool, at: datetime | None, reason: str
) -> None:
    assert telling(of, timing, changed, NOW) == (at, reason)


@pytest.mark.parametrize("status", GroupStatus)
def test_people_are_reminded_of_what_goes_on_and_may_disturb(status: GroupStatus) -> None:
    goes_on = status in (GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED)
    of = group(status=status)
    assert next_reminder(of, Timing(repeat=MINUTE), NOW) == (NOW + MINUTE if goes_on else None)
    assert next_reminder(of, Timing(), NOW) is None
