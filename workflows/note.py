"""Telling a thread what was done: one line made from the audit entry."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.decision import Decision
from core.outbox.store import Lane, Post, enqueue


def tell(
    session: Session, entry: AuditEntry, *, channel: str, parent: str, now: datetime, lane: Lane | None = None
) -> None:
    """Enqueue the entry as a line in the thread of the message `parent`."""
    enqueue(session, Post("note", entry.id, f"note:{entry.id}", channel, parent, lane), now)


def record_and_tell(
    session: Session,
    action: str,
    subject: tuple[str, str | int],
    decision: Decision,
    place: tuple[str, str],
    now: datetime,
    *,
    data: dict[str, Any] | None = None,
    lane: Lane | None = None,
    told: bool = True,
) -> None:
    """One audit row about something that Goldilocks did, and if it is to be `told`, its line in the thread at `place`:
    a channel, and the key of the message that the thread belongs to."""
    entry = audit.record(
        session, at=now, actor=GOLDILOCKS, action=action, subject=subject, decision=decision, data=data
    )
    if told:
        tell(session, entry, channel=place[0], parent=place[1], now=now, lane=lane)
