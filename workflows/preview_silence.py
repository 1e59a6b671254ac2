"""What a silence would have kept quiet, over the stored past."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.alerts import past_store
from core.alerts.silencing import PastGroup, Preview
from core.oncall.page_count_store import count_calls

DAYS = (7, 30)
LAST = 3


def preview(
    session: Session, matchers: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[int, Sequence[Preview]]:
    """How many alerts it would quieten now, and what it would have kept quiet in the last 7 and 30 days.

    A call counts where every alert of its group, or of all groups of its storm, would have been silenced; else it would
    have gone out all the same.
    Raises RefusedError for a pattern that nobody can read.
    """
    groups, capped = past_store.matched(session, matchers, now - timedelta(days=max(DAYS)))
    firing = past_store.firing_matched(session, matchers)
    return firing, [_of(session, groups, days, capped, now) for days in DAYS]


def _of(session: Session, groups: Sequence[PastGroup], days: int, capped: bool, now: datetime) -> Preview:
    since = now - timedelta(days=days)
    within = [group for group in groups if group.opened_at >= since]
    whole = [group.id for group in within if group.matched == group.total]
    calls = count_calls(session, [*whole, *past_store.storms_within(session, whole)], since)
    return Preview(days, sum(group.matched for group in within), calls, within[:LAST], capped)
