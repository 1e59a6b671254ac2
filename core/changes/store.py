"""Changes: adding and finding them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.changes.event import REPEAT, ChangeEvent
from core.changes.tables import Change


def add(session: Session, event: ChangeEvent, now: datetime) -> Change | None:
    """Store a change; None when it only repeats one that was stored within `REPEAT`."""
    query = select(Change.id).where(Change.digest == event.digest, Change.received_at > now - REPEAT)
    if session.scalars(query.limit(1)).first() is not None:
        return None
    change = Change(
        source=event.source,
        pipeline=event.pipeline,
        summary=event.summary,
        at=event.at,
        received_at=now,
        links=[{"href": link.href, "text": link.text} for link in event.links],
        details=dict(event.details),
        digest=event.digest,
    )
    session.add(change)
    session.flush()
    return change


def get(session: Session, change_id: int) -> Change | None:
    return session.get(Change, change_id)


def between(
    session: Session, pipeline: str | None, start: datetime, end: datetime, limit: int = 5
) -> Sequence[Change]:
    """The newest changes of a pipeline, or of those that name none, in `[start, end]`, newest first."""
    whose = Change.pipeline.is_(None) if pipeline is None else Change.pipeline == pipeline
    query = select(Change).where(whose, Change.at >= start, Change.at <= end)
    return session.scalars(query.order_by(Change.at.desc(), Change.id.desc()).limit(limit)).all()
