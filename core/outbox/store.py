"""The outbox: enqueue in the transaction that caused the message, claim and settle from the sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, aliased

from core.outbox.tables import OutboxRow, OutboxStatus


class Lane(IntEnum):
    """Which messages go first when several are due."""

    PAGE = 0
    NORMAL = 1
    BACKGROUND = 2


@dataclass(frozen=True)
class Post:
    """A message to be sent: what to render (`kind`, `subject`) and which message it is (`key`)."""

    kind: str
    subject: str | int
    key: str
    channel: str
    parent: str | None = None
    lane: Lane = Lane.NORMAL
    revision: int = 0


def enqueue(session: Session, post: Post, now: datetime) -> OutboxRow:
    """Add a message to the running transaction.

    A pending row of the same key has not gone out yet and would show an older state: it is folded into this one,
    which takes its place in the order.
    """
    waiting = session.scalars(
        select(OutboxRow).where(OutboxRow.key == post.key, OutboxRow.status == OutboxStatus.PENDING)
    ).first()
    if waiting is not None:
        waiting.revision = max(waiting.revision, post.revision)
        waiting.lane = min(waiting.lane, post.lane)
        return waiting
    row = OutboxRow(
        uid=uuid4().hex,
        key=post.key,
        kind=post.kind,
        subject=str(post.subject),
        revision=post.revision,
        lane=int(post.lane),
        channel=post.channel,
        parent=post.parent,
        created_at=now,
        due_at=now,
    )
    session.add(row)
    session.flush()
    return row


def claim(session: Session, sender: str, now: datetime, limit: int = 50) -> Sequence[OutboxRow]:
    """Take rows that may go out now: due, first of their thread and of their key, parent already sent.

    Claimed rows are SENDING until `settle_*`. Rows come by lane, then in the order they were written.
    """
    query = (
        select(OutboxRow)
        .where(_unblocked(), OutboxRow.due_at <= now)
        .order_by(OutboxRow.lane, OutboxRow.id)
        .limit(limit)
    )
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.status, row.claimed_by = OutboxStatus.SENDING, sender
        row.attempts += 1
    return rows


def _unblocked() -> ColumnElement[bool]:
    """Pending, and nothing that must go out before it is still on its way."""
    earlier, parent = aliased(OutboxRow), aliased(OutboxRow)
    unsettled = (OutboxStatus.PENDING, OutboxStatus.SENDING)
    blocked = (
        select(earlier.id)
        .where(earlier.id < OutboxRow.id, earlier.status.in_(unsettled))
        .where((earlier.key == OutboxRow.key) | (earlier.parent == OutboxRow.parent))
        .exists()
    )
    parent_sent = select(parent.id).where(parent.key == OutboxRow.parent, parent.slack_ts.is_not(None)).exists()
    return (OutboxRow.status == OutboxStatus.PENDING) & ~blocked & (OutboxRow.parent.is_(None) | parent_sent)


def abandoned(session: Session, sender: str) -> Sequence[OutboxRow]:
    """Rows that `sender` had claimed when it died: their outcome is unknown and must be looked up."""
    query = select(OutboxRow).where(OutboxRow.status == OutboxStatus.SENDING, OutboxRow.claimed_by == sender)
    return session.scalars(query.order_by(OutboxRow.id)).all()


def settle_sent(session: Session, row_id: int, channel: str, ts: str, now: datetime) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.slack_channel, row.slack_ts = OutboxStatus.SENT, channel, ts
    row.sent_at, row.error, row.claimed_by = now, None, None


def settle_retry(session: Session, row_id: int, due_at: datetime, error: str) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.due_at, row.error, row.claimed_by = OutboxStatus.PENDING, due_at, error, None


def settle_dead(session: Session, row_id: int, error: str) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.error, row.claimed_by = OutboxStatus.DEAD, error, None


def posted(session: Session, key: str) -> OutboxRow | None:
    """The first row of this key that was delivered: it knows the channel and `ts` of the message, if any."""
    query = select(OutboxRow).where(OutboxRow.key == key, OutboxRow.slack_ts.is_not(None))
    return session.scalars(query.order_by(OutboxRow.id)).first()


def by_message(session: Session, channel: str, ts: str) -> OutboxRow | None:
    """The row that a Slack message came from."""
    query = select(OutboxRow).where(OutboxRow.slack_channel == channel, OutboxRow.slack_ts == ts)
    return session.scalars(query.order_by(OutboxRow.id)).first()


def next_due(session: Session) -> datetime | None:
    """When the next row that could go out falls due, or None when nothing waits."""
    return session.scalar(select(func.min(OutboxRow.due_at)).where(_unblocked()))


def delay_channel(session: Session, channel: str, until: datetime) -> None:
    """Nobody else in this channel needs to run into the same limit: put its due rows off."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.channel == channel, OutboxRow.status == OutboxStatus.PENDING, OutboxRow.due_at < until)
        .values(due_at=until)
    )
