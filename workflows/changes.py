"""Changes come in: kept, and told in the threads of what is wrong with their pipeline."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.audit import store as audit
from core.changes import store
from core.changes.event import ChangeEvent
from core.changes.tables import Change
from core.decision import allow
from core.outbox.store import Post, enqueue


def take_changes(session: Session, events: Sequence[ChangeEvent], now: datetime) -> int:
    """Store these changes; returns how many were new. Repeats change nothing."""
    stored = [change for event in events if (change := store.add(session, event, now)) is not None]
    for change in stored:
        audit.record(
            session,
            at=now,
            actor=f"source:{change.source}",
            action="change.tell",
            subject=("change", change.id),
            decision=allow("change_stored", change.summary),
            data={"pipeline": change.pipeline} if change.pipeline else None,
        )
        _tell(session, change, now)
    return len(stored)


def _tell(session: Session, change: Change, now: datetime) -> None:
    if change.pipeline is None:
        return
    for group in alerts.open_groups(session, change.pipeline):
        key = f"change:{change.id}:{group.id}"
        enqueue(session, Post("change", change.id, key, group.channel, parent=group.message), now)
