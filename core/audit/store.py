"""Writing and reading the audit trail."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from core.audit.tables import AuditEntry
from core.decision import Decision


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: tuple[str, str | int],
    decision: Decision,
    data: dict[str, Any] | None = None,
    at_once: bool = True,
) -> AuditEntry:
    """Add one entry, with its id, to the running transaction; refusals are recorded like permissions.

    `action` is `concept.verb`, such as `alert.acknowledge`; what came of it is the decision's reason. An entry that
    is not written `at_once` has no id yet, and is written with whatever is flushed next: many of them cost little.
    """
    entry = AuditEntry(
        at=at,
        actor=actor,
        action=action,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        allowed=decision.allowed,
        reason=decision.reason,
        detail=decision.detail,
        data=data or {},
    )
    session.add(entry)
    if at_once:
        session.flush()
    return entry


def get(session: Session, entry_id: int) -> AuditEntry | None:
    return session.get(AuditEntry, entry_id)


def happened(session: Session, action: str, since: datetime, name: str, value: str) -> bool:
    """Whether an entry of this action since then has this value in its data."""
    query = select(AuditEntry.id).where(AuditEntry.at >= since, AuditEntry.action == action)
    return session.scalar(query.where(AuditEntry.data[name].as_string() == value).limit(1)) is not None


def of(session: Session, kind: str, subject_id: str | int) -> Sequence[AuditEntry]:
    """Everything about one subject, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == str(subject_id))
    return session.scalars(query.order_by(AuditEntry.id)).all()


def has(session: Session, kind: str, subject_id: str | int) -> bool:
    """Whether there is anything about this subject."""
    query = select(AuditEntry.id).where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == str(subject_id))
    return session.scalar(query.limit(1)) is not None


def last_by(
    session: Session, actors: Collection[str], subjects: Collection[tuple[str, str | int]], after: int = 0
) -> datetime | None:
    """When one of these people last did something with one of the subjects, in an entry after that with the id `after`;
    refusals do not count."""
    named = [(kind, str(subject_id)) for kind, subject_id in subjects]
    query = select(func.max(AuditEntry.at)).where(AuditEntry.allowed, AuditEntry.id > after)
    query = query.where(tuple_(AuditEntry.subject_kind, AuditEntry.subject_id).in_(named))
    return session.scalar(query.where(AuditEntry.actor.in_(actors)))
