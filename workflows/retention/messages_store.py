"""Which old rows of the outbox nobody needs any more."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, delete, func, select
from sqlalchemy.orm import Session, aliased

from core.alerts.tables import AlertGroup, GroupStatus
from core.audit.tables import AuditEntry
from core.oncall.tables import CallKind, Notification, Page, PageCall
from core.outbox.tables import OutboxRow, OutboxStatus
from workflows.retention.groups_store import highest

SETTLED = (OutboxStatus.SENT, OutboxStatus.DEAD)

FINAL = frozenset({"note", "duty", "change", "digest"})
"""Kinds of messages that are said once: they are never changed, and nothing is said in their threads."""

STEP, QUESTION = "page", "page_question"
CALLS = frozenset({"page_call", "pager_trigger", "pager_acknowledge", "pager_resolve"})
OF_PAGES = CALLS | {STEP, QUESTION}
"""Kinds of messages that belong to a page. While its alert goes on, they tell the auditor and whoever calls pagers
what was sent; then they are final."""


def after(session: Session, reached: int, limit: int) -> list[tuple[int, datetime]]:
    """The next rows beyond an id, oldest first, and when each was written."""
    query = select(OutboxRow.id, OutboxRow.created_at).where(OutboxRow.id > reached)
    return [(row[0], row[1]) for row in session.execute(query.order_by(OutboxRow.id).limit(limit))]


def delete_spent(session: Session, ids: Collection[int], before: datetime) -> int:
    """Delete those of these rows that were settled by then and that nobody needs any more; how many.

    Of a message that may still change, or that replies may follow, the row stays that knows where it is.
    """
    settled = func.coalesce(OutboxRow.sent_at, OutboxRow.created_at) < before
    query = select(OutboxRow.id, OutboxRow.kind, OutboxRow.subject, OutboxRow.slack_ts, _superseded())
    query = query.where(OutboxRow.id.in_(ids), OutboxRow.status.in_(SETTLED), settled)
    query = query.where(~highest(OutboxRow.id)).order_by(OutboxRow.id)
    rows = session.execute(query.with_for_update(of=OutboxRow, skip_locked=True)).all()
    needed = {(kind, each) for kind in OF_PAGES for each in _needed(session, kind, _subjects(rows, kind), before)}
    spent = [
        row.id
        for row in rows
        if row.superseded or _is_over(row.kind, (row.kind, row.subject) in needed, row.slack_ts)
    ]
    session.execute(delete(OutboxRow).where(OutboxRow.id.in_(spent)).execution_options(synchronize_session=False))
    return len(spent)


def _is_over(kind: str, needed: bool, slack_ts: str | None) -> bool:
    """Whether a message's first row can go; one that never arrived leads to nothing."""
    if kind in OF_PAGES:
        return not needed
    return kind in FINAL or slack_ts is None


def _superseded() -> ColumnElement[bool]:
    """Whether it changed a message that an earlier row posted, and knows."""
    first = aliased(OutboxRow)
    known = select(first.id).where(
        first.key == OutboxRow.key, first.id < OutboxRow.id, first.slack_ts.is_not(None)
    )
    return known.exists().label("superseded")


def _subjects(rows: Sequence[Any], kind: str) -> list[int]:
    return [int(row.subject) for row in rows if row.kind == kind]


def _needed(session: Session, kind: str, subjects: Sequence[int], before: datetime) -> list[str]:
    """The subjects of this kind whose alert goes on, or was not over by then; and what shadows may still answer."""
    if not subjects:
        return []
    goes_on = (AlertGroup.status != GroupStatus.RESOLVED) | (AlertGroup.resolved_at >= before)
    query: Select[int]
    if kind == STEP:
        query = select(Notification.id).join(Page, Page.id == Notification.page_id)
        query = query.where(Notification.id.in_(subjects))
    elif kind == QUESTION:
        query = select(AuditEntry.id).join(
            Page, cast(Page.id, AuditEntry.subject_id.type) == AuditEntry.subject_id
        )
        query = query.where(AuditEntry.id.in_(subjects))
    else:
        query = select(PageCall.id).join(Page, Page.id == PageCall.page_id).where(PageCall.id.in_(subjects))
        goes_on |= PageCall.kind == CallKind.SHADOW
    query = query.join(AlertGroup, AlertGroup.id == Page.group_id).where(goes_on)
    return [str(each) for each in session.scalars(query)]
