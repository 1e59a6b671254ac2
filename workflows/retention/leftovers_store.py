"""Old rows beside alerts and messages: what changed, what was told of shifts, and digests."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, Digest
from core.changes.tables import Change
from core.oncall.rota_tables import Notice, NoticeStatus
from core.outbox.tables import OutboxRow
from workflows.retention.groups_store import UNSETTLED, highest


def after(session: Session, table: Any, reached: int, limit: int) -> Sequence[int]:
    """The next rows of a table beyond an id."""
    return session.scalars(select(table.id).where(table.id > reached).order_by(table.id).limit(limit)).all()


def delete_changes(session: Session, ids: Collection[int], before: datetime) -> int:
    """Those of these changes that came before then, and that no alert followed; how many."""
    followed = set(session.scalars(select(AlertGroup.change_id).where(AlertGroup.change_id.in_(ids))))
    old = [Change.id.in_(ids), Change.received_at < before, Change.at < before]
    return _delete(session, Change, [*old, Change.id.not_in(followed | _to_be_told(session, "change", ids))])


def delete_notices(session: Session, ids: Collection[int], before: datetime) -> int:
    """Those of these notices that were told, or came too late, about what ended before then; how many."""
    over = [Notice.status != NoticeStatus.PLANNED, Notice.ends_at < before]
    told = Notice.id.not_in(_to_be_told(session, "duty", ids))
    return _delete(session, Notice, [Notice.id.in_(ids), *over, told])


def delete_digests(session: Session, ids: Collection[int], before: datetime) -> int:
    """Those of these digests that ended before then; how many."""
    told = Digest.id.not_in(_to_be_told(session, "digest", ids))
    return _delete(session, Digest, [Digest.id.in_(ids), Digest.ends_at < before, told])


def _to_be_told(session: Session, kind: str, ids: Collection[int]) -> set[int]:
    """The subjects of which a message is still to be sent."""
    query = select(OutboxRow.subject).where(OutboxRow.status.in_(UNSETTLED), OutboxRow.kind == kind)
    return set(map(int, session.scalars(query.where(OutboxRow.subject.in_(map(str, ids))))))


def _delete(session: Session, table: Any, where: Collection[Any]) -> int:
    ids = session.scalars(select(table.id).where(*where, ~highest(table.id))).all()
    session.execute(delete(table).where(table.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)
