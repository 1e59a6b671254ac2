"""Telling a thread what was done: one line made from the audit entry."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.audit.tables import AuditEntry
from core.outbox.store import Lane, Post, enqueue


def tell(
    session: Session, entry: AuditEntry, *, channel: str, parent: str, now: datetime, lane: Lane | None = None
) -> None:
    """Enqueue the entry as a line in the thread of the message `parent`."""
    enqueue(session, Post("note", entry.id, f"note:{entry.id}", channel, parent, lane), now)
