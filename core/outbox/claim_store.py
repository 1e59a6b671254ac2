"""Claiming from the outbox: which rows may go out now, in which order, at which pace."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import Session, aliased

from core.outbox import pace_store
from core.outbox.pace import CHANNEL_CAP, PATIENCE, TOTAL_CAP, UPDATES, Pace
from core.outbox.store import LEASE, Lane, doubt
from core.outbox.tables import OutboxRow, OutboxStatus, PaceRow


@dataclass(frozen=True)
class Claim:
    """A row to send now; if `uncertain` it may have arrived already. `update_of` is the row that it changes."""

    row: OutboxRow
    uncertain: bool
    update_of: OutboxRow | None


def claim(session: Session, sender: str, now: datetime, pace: Pace, limit: int = 200) -> list[Claim]:
    """Take the rows that may go out now: by lane, then in the order they were written.

    A row may go out when it is due, first of its key and, among messages as urgent as itself, first of its thread,
    and when its parent is sent (or will never be). Claimed rows are SENDING until `settle_*`. What exceeds the pace
    is put off to when its turn comes; a channel with too many requests under way is passed over, except for pages, and
    so is one from which another replica claims at this instant: their pace is one. While a new message of a channel is
    on its way, here or from another replica, the next one waits, for PATIENCE at most, and so it does while one that
    Slack refused waits for its next try, up to TRIES_IN_ORDER: a channel reads in the order in which things happened.
    Pages wait for neither.
    What another sender claimed and did not settle within LEASE becomes uncertain first, so that it is looked up and
    sent here.
    """
    lost = (OutboxRow.claimed_by != sender) & (OutboxRow.claimed_at <= now - LEASE)
    doubt(session, lost, now, "its sender was not heard of again")
    turn = _Turn(sender, now, pace)
    for _ in range(_WINDOWS):
        room = limit - len(turn.claims)
        rows = turn.due(session, room)
        earlier = _posted_of(session, [row.key for row in rows])
        turn.share(session, {_bucket_of(row, earlier.get(row.key)) for row in rows})
        turn.look_around(session, {row.channel for row in rows if row.lane == Lane.FIRST})
        for row in rows:
            turn.consider(row, earlier.get(row.key))
        session.flush()
        if len(rows) < room or len(turn.claims) >= limit:
            break
    return turn.claims


TRIES_IN_ORDER = 4
"""How often a new message is refused before later ones of its channel stop waiting for it: about seven seconds."""

_WINDOWS = 20
"""How often one claim looks past rows that have to wait for their channel's turn."""


class _Turn:
    """One claim: what it took, and when the next of each bucket may follow."""

    def __init__(self, sender: str, now: datetime, pace: Pace) -> None:
        self._sender, self._now, self._pace = sender, now, pace
        self._flying, self._opening = Counter(pace.flying), set(pace.opening)
        self._next: dict[str, datetime] = {}
        self._shared: dict[str, PaceRow] = {}
        self._asked: set[str] = set()
        self._refused: dict[str, tuple[int, datetime]] = {}
        self._waiting: set[str] = set()
        self._updates_wait = False
        self.claims: list[Claim] = []

    def due(self, session: Session, limit: int) -> Sequence[OutboxRow]:
        """The most urgent rows that are due, without those of channels that are busy enough or wait for their turn."""
        wanted: ColumnElement[bool] = OutboxRow.lane == Lane.PAGE
        if self._flying.total() < TOTAL_CAP:
            full = [name for name, count in self._flying.items() if count >= CHANNEL_CAP]
            behind = (OutboxRow.lane == Lane.FIRST) & OutboxRow.channel.in_(self._opening)
            changes = OutboxRow.lane == Lane.UPDATE
            waits = (~changes & OutboxRow.channel.in_(self._waiting)) | (
                changes & (true() if self._updates_wait else false())
            )
            wanted |= OutboxRow.channel.not_in(full) & ~behind & ~waits
        query = select(OutboxRow).where(_ready(), OutboxRow.due_at <= self._now, wanted)
        query = query.order_by(OutboxRow.lane, OutboxRow.id).limit(limit).with_for_update(skip_locked=True)
        return session.scalars(query).all()

    def share(self, session: Session, names: Collection[str]) -> None:
        """Hold the buckets of these names with all that other replicas took from them."""
        new = set(names) - self._asked
        self._asked |= new
        if new and self._pace.spacing:
            self._shared |= pace_store.hold(session, {name: self._pace.bucket(name) for name in new}, self._now)

    def look_around(self, session: Session, channels: Collection[str]) -> None:
        """See in which of these channels a new message waits for another try, and in which another replica has one on
        its way. Their buckets are held, so none begins one meanwhile."""
        self._refused |= _refused_in(session, channels, self._now)
        if wanted := set(channels) & self._shared.keys():
            self._opening |= _opening_elsewhere(session, self._sender, wanted, self._now)

    def consider(self, row: OutboxRow, earlier: OutboxRow | None) -> None:
        """Take a row, put it off, or leave it because its channel became busy."""
        page = row.lane == Lane.PAGE
        busy = self._flying[row.channel] >= CHANNEL_CAP or self._flying.total() >= TOTAL_CAP
        behind = row.lane == Lane.FIRST and row.channel in self._opening
        if (busy and not page) or behind or self._follows_refused(row):
            return
        name = _bucket_of(row, earlier)
        if self._pace.spacing and name not in self._shared:
            self._put_off(row, earlier)
            return
        bucket = self._pace.bucket(name)
        uncertain = row.status == OutboxStatus.UNKNOWN
        ready = bucket.ready_at(self._now, 0 if page else 1, paid=uncertain)
        if ready > self._now:
            row.due_at = self._next.get(name, ready)
            self._next[name] = row.due_at + bucket.spacing
            self._put_off(row, earlier)
            return
        if not uncertain:
            bucket.take(self._now)
        if name in self._shared:
            self._shared[name].paid_until, self._shared[name].resting_until = (
                bucket.paid_until,
                bucket.resting_until,
            )
        self._take(row, earlier)

    def _follows_refused(self, row: OutboxRow) -> bool:
        """Whether an earlier new message of its channel is to be tried again first; then it waits as long as that."""
        first, due_at = self._refused.get(row.channel, (row.id, self._now))
        if row.lane != Lane.FIRST or row.id <= first:
            return False
        row.due_at = due_at
        return True

    def _put_off(self, row: OutboxRow, earlier: OutboxRow | None) -> None:
        """Nothing less urgent follows it now, so the rest need not be looked at."""
        if earlier is not None:
            self._updates_wait = True
        else:
            self._waiting.add(row.channel)

    def _take(self, row: OutboxRow, earlier: OutboxRow | None) -> None:
        self._flying[row.channel] += 1
        if earlier is None and row.parent is None:
            self._opening.add(row.channel)
        self.claims.append(Claim(row, row.status == OutboxStatus.UNKNOWN, earlier))
        row.status, row.attempts = OutboxStatus.SENDING, row.attempts + 1
        row.claimed_by, row.claimed_at = self._sender, self._now


def _bucket_of(row: OutboxRow, earlier: OutboxRow | None) -> str:
    """Posts use up the pace of their channel, updates their own."""
    return row.channel if earlier is None else UPDATES


def _opening_elsewhere(session: Session, sender: str, channels: Collection[str], now: datetime) -> set[str]:
    """The channels of `channels` in which another sender began a new message less than PATIENCE ago, by its clock or
    ours: one that is wrong by an hour holds up nothing."""
    young = OutboxRow.claimed_at.between(now - PATIENCE, now + PATIENCE)
    query = select(OutboxRow.channel).where(OutboxRow.status == OutboxStatus.SENDING, young)
    query = query.where(OutboxRow.claimed_by != sender, OutboxRow.lane <= Lane.FIRST, OutboxRow.parent.is_(None))
    return set(session.scalars(query.where(OutboxRow.channel.in_(channels))))


def _refused_in(session: Session, channels: Collection[str], now: datetime) -> dict[str, tuple[int, datetime]]:
    """By channel the first of the new messages that Slack refused and that wait for another try, and when it is due."""
    if not channels:
        return {}
    query = select(OutboxRow.channel, OutboxRow.id, OutboxRow.due_at).where(
        OutboxRow.status.in_(_WAITING), OutboxRow.due_at > now, OutboxRow.channel.in_(channels)
    )
    query = query.where(OutboxRow.lane == Lane.FIRST, OutboxRow.attempts.between(1, TRIES_IN_ORDER - 1))
    rows = session.execute(query.order_by(OutboxRow.id.desc()))
    return {row.channel: (row.id, row.due_at) for row in rows}


_WAITING = (OutboxStatus.PENDING, OutboxStatus.UNKNOWN)
_UNSETTLED = (*_WAITING, OutboxStatus.SENDING)


@cache
def _ready() -> ColumnElement[bool]:
    """Rows that nothing but time holds back."""
    earlier, parent, coming = aliased(OutboxRow), aliased(OutboxRow), aliased(OutboxRow)
    blocked = (
        select(earlier.id)
        .where(earlier.id < OutboxRow.id, earlier.status.in_(_UNSETTLED))
        .where((earlier.key == OutboxRow.key) | _before_in_thread(earlier))
        .exists()
    )
    parent_sent = select(parent.id).where(parent.key == OutboxRow.parent, parent.slack_ts.is_not(None)).exists()
    # A parent that was refused for good must not take its pages with it: they go out without a thread.
    parent_coming = select(coming.id).where(coming.key == OutboxRow.parent, coming.status.in_(_UNSETTLED)).exists()
    return OutboxRow.status.in_(_WAITING) & ~blocked & (OutboxRow.parent.is_(None) | parent_sent | ~parent_coming)


def _before_in_thread(earlier: type[OutboxRow]) -> ColumnElement[bool]:
    """Replies keep their order, except that pages overtake what is less urgent, and updates wait for nobody."""
    return (
        (earlier.parent == OutboxRow.parent)
        & (earlier.lane <= OutboxRow.lane)
        & (earlier.lane != Lane.UPDATE)
        & (OutboxRow.lane != Lane.UPDATE)
    )


def _posted_of(session: Session, keys: Collection[str]) -> dict[str, OutboxRow]:
    """`posted` for many keys at once."""
    delivered = select(func.min(OutboxRow.id)).where(OutboxRow.key.in_(keys), OutboxRow.slack_ts.is_not(None))
    query = select(OutboxRow).where(OutboxRow.id.in_(delivered.group_by(OutboxRow.key)))
    return {row.key: row for row in session.scalars(query)} if keys else {}


def next_due(session: Session) -> datetime | None:
    """When the next row that can go out falls due, or None when nothing waits."""
    return session.scalar(_next_due())


@cache
def _next_due() -> Select[datetime]:
    """Asked all the time, so it is built once: building it costs more than running it."""
    return select(func.min(OutboxRow.due_at)).where(_ready())
