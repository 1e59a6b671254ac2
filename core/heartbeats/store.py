"""Heartbeats: what was heard of each."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.heartbeats.tables import HeartbeatRow


def known(session: Session) -> dict[str, HeartbeatRow]:
    """Every heartbeat that was ever expected, by id."""
    return {row.id: row for row in session.scalars(select(HeartbeatRow))}


def lock(session: Session, ids: Iterable[str] | None = None) -> dict[str, HeartbeatRow]:
    """These heartbeats, or all, held; always in the order of their ids."""
    query = select(HeartbeatRow).order_by(HeartbeatRow.id).with_for_update()
    if ids is not None:
        query = query.where(HeartbeatRow.id.in_(sorted(ids)))
    return {row.id: row for row in session.scalars(query.execution_options(populate_existing=True))}


def expect(session: Session, heartbeat_id: str, now: datetime) -> HeartbeatRow:
    """Begin to expect a heartbeat: its first period counts from now."""
    row = HeartbeatRow(id=heartbeat_id, heard_at=None, counts_from=now, excused=False, missed=0)
    session.add(row)
    session.flush()
    return row


def forget(session: Session, row: HeartbeatRow) -> None:
    session.delete(row)
    session.flush()
