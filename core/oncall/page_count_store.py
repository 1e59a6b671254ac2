"""How often people were called."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.oncall.tables import Notification, Page

_CHUNK = 500


def count_calls(session: Session, group_ids: Collection[int], since: datetime) -> int:
    """How many times somebody was called for these alert groups since then."""
    ids, total = sorted(group_ids), 0
    for chunk in (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)):
        query = select(func.count()).select_from(Notification).join(Page, Page.id == Notification.page_id)
        total += session.scalar(query.where(Page.group_id.in_(chunk), Notification.at >= since)) or 0
    return total


def page_id_of(session: Session, group_id: int) -> int | None:
    """The page of an alert group, if it ever had one."""
    return session.scalar(select(Page.id).where(Page.group_id == group_id))
