"""The outbox: enqueue in the transaction that caused the message, claim and settle from the sender."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from core.outbox.tables import OutboxRow, OutboxStatus

LEASE = timedelta(minutes=5)
"""How long a claim is believed: far longer than sending takes. Then its sender is gone, and another takes the row."""


class Lane(IntEnum):
    """Which messages go first when several are due."""

    PAGE = 0
    NORMAL = 1


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
    query = select(OutboxRow).where(OutboxRow.key == post.key, OutboxRow.status == OutboxStatus.PENDING)
    # Held, so that a sender cannot take it and read the state from before this transaction.
    waiting = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
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


@dataclass(frozen=True)
class Claim:
    """A row to send now; if `uncertain` it may have arrived already. `update_of` is the row that it changes."""

    row: OutboxRow
    uncertain: bool
    update_of: OutboxRow | None


@dataclass
class Pace:
    """When each channel may be posted to again, and from when on messages may be updated again."""

    spacing: timedelta
    updates_at: datetime | None = None
    free_at: dict[str, datetime] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)


def claim(session: Session, sender: str, now: datetime, pace: Pace, limit: int = 200) -> list[Claim]:
    """Take the rows that may go out now, at most one a channel: by lane, then in the order they were written.

    A row may go out when it is due, first of its thread and of its key, and its parent is sent (or will never be).
    Claimed rows are SENDING until `settle_*`. New messages for a channel that must wait are put off. What another
    sender claimed and did not settle within LEASE becomes uncertain first, so that it is looked up and sent here.
    """
    lost = (OutboxRow.claimed_by != sender) & (OutboxRow.claimed_at <= now - LEASE)
    _doubt(session, lost, now, "its sender was not heard of again")
    query = select(OutboxRow).where(_ready(), OutboxRow.due_at <= now).order_by(OutboxRow.lane, OutboxRow.id)
    rows = session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
    busy, free_at = set(pace.busy), dict(pace.free_at)
    claims = []
    for row in rows:
        if row.channel in busy:
            continue
        earlier = posted(session, row.key)
        free = free_at.get(row.channel, now)
        if earlier is None and free > now:
            row.due_at, free_at[row.channel] = free, free + pace.spacing
            continue
        if earlier is not None and pace.updates_at is not None and pace.updates_at > now:
            row.due_at = pace.updates_at
            continue
        busy.add(row.channel)
        claims.append(Claim(row, row.status == OutboxStatus.UNKNOWN, earlier))
        row.status, row.attempts = OutboxStatus.SENDING, row.attempts + 1
        row.claimed_by, row.claimed_at = sender, now
    return claims


_WAITING = (OutboxStatus.PENDING, OutboxStatus.UNKNOWN)
_UNSETTLED = (*_WAITING, OutboxStatus.SENDING)


@cache
def _ready() -> ColumnElement[bool]:
    """Rows that nothing but time holds back."""
    earlier, parent, coming = aliased(OutboxRow), aliased(OutboxRow), aliased(OutboxRow)
    blocked = (
        select(earlier.id)
        .where(earlier.id < OutboxRow.id, earlier.status.in_(_UNSETTLED))
        .where((earlier.key == OutboxRow.key) | (earlier.parent == OutboxRow.parent))
        .exists()
    )
    parent_sent = select(parent.id).where(parent.key == OutboxRow.parent, parent.slack_ts.is_not(None)).exists()
    # A parent that was refused for good must not take its pages with it: they go out without a thread.
    parent_coming = select(coming.id).where(coming.key == OutboxRow.parent, coming.status.in_(_UNSETTLED)).exists()
    return OutboxRow.status.in_(_WAITING) & ~blocked & (OutboxRow.parent.is_(None) | parent_sent | ~parent_coming)


def recover(session: Session, sender: str, now: datetime) -> int:
    """Rows that `sender` had claimed when it died: their outcome is unknown. Returns how many there were."""
    return _doubt(session, OutboxRow.claimed_by == sender, now, "the sender stopped while it was sending")


def _doubt(session: Session, which: ColumnElement[bool], now: datetime, why: str) -> int:
    """Make claimed rows uncertain; how many."""
    query = select(OutboxRow).where(OutboxRow.status == OutboxStatus.SENDING, which)
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        settle_unknown(session, row.id, now, why)
    return len(rows)


def settle_sent(session: Session, row_id: int, channel: str, ts: str, now: datetime) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.slack_channel, row.slack_ts = OutboxStatus.SENT, channel, ts
    row.sent_at, row.error, row.claimed_by = now, None, None


def settle_retry(session: Session, row_id: int, due_at: datetime, error: str) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.due_at, row.error, row.claimed_by = OutboxStatus.PENDING, due_at, error, None


def settle_unknown(session: Session, row_id: int, due_at: datetime, error: str) -> None:
    """It may have arrived: look for it at `due_at`, and only then send it again."""
    row = session.get_one(OutboxRow, row_id)
    row.status, row.due_at, row.error, row.claimed_by = OutboxStatus.UNKNOWN, due_at, error, None


def settle_dead(session: Session, row_id: int, error: str) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.status, row.error, row.claimed_by = OutboxStatus.DEAD, error, None


def posted(session: Session, key: str) -> OutboxRow | None:
    """The first row of this key that was delivered: it knows the channel and `ts` of the message, if any."""
    query = select(OutboxRow).where(OutboxRow.key == key, OutboxRow.slack_ts.is_not(None))
    return session.scalars(query.order_by(OutboxRow.id)).first()


def count_by_status(session: Session) -> dict[str, int]:
    """How many messages stand where; states without messages are absent."""
    counts = select(OutboxRow.status, func.count()).group_by(OutboxRow.status)
    return dict(session.execute(counts).tuples().all())


def next_due(session: Session) -> datetime | None:
    """When the next row that can go out falls due, or None when nothing waits."""
    return session.scalar(_next_due())


@cache
def _next_due() -> Select[datetime]:
    """Asked all the time, so it is built once: building it costs more than running it."""
    return select(func.min(OutboxRow.due_at)).where(_ready())
