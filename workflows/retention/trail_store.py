"""Old entries of the trail about alerts and pages that are gone. What is about anything else is kept for ever."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.oncall.tables import Page
from workflows.retention.groups_store import highest

GOES_WITH: dict[str, type[AlertGroup | Page]] = {"alert_group": AlertGroup, "page": Page}
"""The subjects whose entries can go, and what has to be gone before."""


def after(session: Session, reached: int, limit: int) -> Sequence[tuple[int, datetime]]:
    """The next entries beyond an id, oldest first, and when each was written."""
    query = select(AuditEntry.id, AuditEntry.at).where(AuditEntry.id > reached).order_by(AuditEntry.id)
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def delete_entries(session: Session, ids: Collection[int]) -> int:
    """Those of these entries whose alert or page is gone; how many."""
    query = select(AuditEntry.id, AuditEntry.subject_kind, AuditEntry.subject_id)
    query = query.where(AuditEntry.id.in_(ids), AuditEntry.subject_kind.in_(GOES_WITH), ~highest(AuditEntry.id))
    rows = session.execute(query).all()
    there = {
        (kind, str(each))
        for kind, table in GOES_WITH.items()
        for each in session.scalars(
            select(table.id).where(table.id.in_([int(row.subject_id) for row in rows if row.subject_kind == kind]))
        )
    }
    gone = [row.id for row in rows if (row.subject_kind, row.subject_id) not in there]
    session.execute(delete(AuditEntry).where(AuditEntry.id.in_(gone)).execution_options(synchronize_session=False))
    return len(gone)
