"""The outbox: enqueue in the transaction that caused the message, claim and settle from the sender."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from core.outbox.tables import OutboxRow, OutboxStatus

LEASE = timedelta(minutes=5)
"""How long a claim is believed: far longer than sending takes. Then its sender is gone, and another takes the row."""


class Lane(IntEnum):
    """Which messages go first when several are due.

    PAGE calls somebody, and its thread's parent goes with it; FIRST begins a thread; REPLY belongs into one; UPDATE
    changes what is there already.
    """

    PAGE = 0
    FIRST = 1
    REPLY = 2
    UPDATE = 3


@dataclass(frozen=True)
class Post:
    """A message to be sent: what to render (`kind`, `subject`) and which message it is (`key`).

    Only what calls somebody states its `lane`; for all else it follows from what the message is.
    """

    kind: str
    subject: str | int
    key: str
    channel: str
    parent: str | None = None
    lane: Lane | None = None
    revision: int = 0


def enqueue(session: Session, post: Post, now: datetime) -> OutboxRow:
    """Add a message to the running transaction.

    A pending row of the same key has not gone out yet and would show an older state: it is folded into this one,
    which takes its place in the order.
    """
    query = select(OutboxRow).where(OutboxRow.key == post.key, OutboxRow.status == OutboxStatus.PENDING)
    # Held, so that a sender cannot take it and read the state from before this transaction.
    waiting = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if post.lane is Lane.PAGE and post.parent is not None:
        _hurry(session, post.parent)
    if waiting is not None:
        waiting.revision = max(waiting.revision, post.revision)
        waiting.lane = min(waiting.lane, waiting.lane if post.lane is None else post.lane)
        return waiting
    row = _row(post, _lane(session, post) if post.lane is None else post.lane, now)
    session.add(row)
    session.flush()
    return row


def move(session: Session, key: str, channel: str) -> None:
    """Send a message that waits, and was never posted, to another channel."""
    waiting = update(OutboxRow).where(OutboxRow.key == key, OutboxRow.status == OutboxStatus.PENDING)
    session.execute(waiting.where(OutboxRow.slack_ts.is_(None)).values(channel=channel))


def enqueue_new(session: Session, posts: Sequence[Post], now: datetime) -> None:
    """Add messages that are certainly new, all at once: nothing is looked up, nothing folds."""
    for parent in {post.parent for post in posts if post.lane is Lane.PAGE and post.parent is not None}:
        _hurry(session, parent)
    new = {True: Lane.FIRST, False: Lane.REPLY}
    session.add_all(
        _row(post, new[post.parent is None] if post.lane is None else post.lane, now) for post in posts
    )
    session.flush()


def _row(post: Post, lane: Lane, now: datetime) -> OutboxRow:
    return OutboxRow(
        uid=uuid4().hex,
        key=post.key,
        kind=post.kind,
        subject=str(post.subject),
        revision=post.revision,
        lane=int(lane),
        channel=post.channel,
        parent=post.parent,
        created_at=now,
        due_at=now,
    )


def _lane(session: Session, post: Post) -> Lane:
    if known(session, post.key):
        return Lane.UPDATE
    return Lane.FIRST if post.parent is None else Lane.REPLY


def _hurry(session: Session, key: str) -> None:
    """A page waits for its thread's parent, so the parent is as urgent."""
    first = update(OutboxRow).where(OutboxRow.key == key, OutboxRow.status == OutboxStatus.PENDING)
    session.execute(first.where(OutboxRow.slack_ts.is_(None), OutboxRow.lane == Lane.FIRST).values(lane=Lane.PAGE))


def recover(session: Session, sender: str, now: datetime, flying: Collection[int] = ()) -> int:
    """Rows that `sender` had claimed when it died: their outcome is unknown. Returns how many there were.

    Rows that it knows to be `flying` are still on their way. What another transaction holds at this instant is left as
    it is: see `left_behind`.
    """
    return doubt(session, _abandoned(sender, flying), now, "the sender stopped while it was sending")


def left_behind(session: Session, sender: str, flying: Collection[int] = ()) -> bool:
    """Whether there is anything that `recover` would take back, or could not because it was held."""
    claimed = select(OutboxRow.id).where(OutboxRow.status == OutboxStatus.SENDING, _abandoned(sender, flying))
    return session.scalar(claimed.limit(1)) is not None


def _abandoned(sender: str, flying: Collection[int]) -> ColumnElement[bool]:
    return (OutboxRow.claimed_by == sender) & OutboxRow.id.not_in(flying)


def orphans(session: Session, alive: Collection[str], now: datetime, patience: timedelta) -> int:
    """Rows that none of the living senders has had for `patience`: they are looked up and sent by another; how many."""
    theirs = OutboxRow.claimed_by.not_in(alive) & (OutboxRow.claimed_at <= now - patience)
    return doubt(session, theirs, now, "its replica went silent")


def doubt(session: Session, which: ColumnElement[bool], now: datetime, why: str) -> int:
    """Make claimed rows uncertain; how many."""
    query = select(OutboxRow).where(OutboxRow.status == OutboxStatus.SENDING, which)
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        settle_unknown(session, row.id, now, why)
    return len(rows)


def settle_sent(session: Session, row_id: int, channel: str, ts: str | None, now: datetime) -> None:
    """It arrived; `ts` is where in the channel, None for what cannot be changed afterwards."""
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


def known(session: Session, key: str) -> bool:
    """Whether a message of this key was ever enqueued."""
    return session.scalar(select(OutboxRow.id).where(OutboxRow.key == key).limit(1)) is not None


def reroute(session: Session, row_id: int, channel: str, now: datetime) -> OutboxRow:
    """Send a message to another channel, as a new one there: where it was, it cannot be reached any more."""
    row = session.get_one(OutboxRow, row_id)
    row.channel, row.status, row.due_at, row.claimed_by = channel, OutboxStatus.PENDING, now, None
    session.execute(update(OutboxRow).where(OutboxRow.key == row.key).values(slack_ts=None, slack_channel=None))
    return row


def count_by_status(session: Session) -> dict[str, int]:
    """How many messages stand where; states without messages are absent."""
    counts = select(OutboxRow.status, func.count().label("rows")).group_by(OutboxRow.status)
    return {row.status: row.rows for row in session.execute(counts)}
