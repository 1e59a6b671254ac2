"""The pace of channels as all replicas know it: a row for each bucket, held by whoever claims from it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.outbox.pace import Bucket, later
from core.outbox.tables import PaceRow

LONGEST_REST = timedelta(minutes=5)
"""How long it is believed that Slack asked to wait; then Slack is asked again."""


def hold(session: Session, buckets: dict[str, Bucket], now: datetime) -> dict[str, PaceRow]:
    """The rows of these buckets, held until the transaction ends; each bucket then knows what the others sent.

    Those that another replica holds at this instant are missing: nobody waits for them, their turn comes next time.
    What another one's clock says, or this one's said before it was put back, is believed only as far as a whole burst,
    or LONGEST_REST: one that is wrong by an hour must not silence a channel for an hour.
    """
    held = _hold(session, buckets)
    if len(held) == len(buckets):
        return _learned(buckets, held, now)
    known = set(session.scalars(select(PaceRow.name).where(PaceRow.name.in_(buckets))))
    held |= {row.name: row for row in _create(session, sorted(set(buckets) - known))}
    return _learned(buckets, held, now)


def _learned(buckets: dict[str, Bucket], held: dict[str, PaceRow], now: datetime) -> dict[str, PaceRow]:
    for name, row in held.items():
        bucket = buckets[name]
        paid, resting = later(bucket.paid_until, row.paid_until), later(bucket.resting_until, row.resting_until)
        row.paid_until = bucket.paid_until = _at_most(paid, now + bucket.spacing * (bucket.burst + 1))
        row.resting_until = bucket.resting_until = _at_most(resting, now + LONGEST_REST)
    return held


def _at_most(at: datetime | None, limit: datetime) -> datetime | None:
    return at if at is None or at <= limit else limit


def rest(session: Session, name: str, until: datetime) -> None:
    """Slack asked to wait: no replica sends there before `until`."""
    row = session.scalars(select(PaceRow).where(PaceRow.name == name).with_for_update()).one_or_none()
    if row is not None:
        row.resting_until = later(row.resting_until, until)


def _hold(session: Session, names: Collection[str]) -> dict[str, PaceRow]:
    query = select(PaceRow).where(PaceRow.name.in_(names)).order_by(PaceRow.name)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return {row.name: row for row in session.scalars(query)}


def _create(session: Session, names: Sequence[str]) -> list[PaceRow]:
    """The buckets' first rows, all at once; without those for which another replica was first."""
    rows = [PaceRow(name=name) for name in names]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError:
        return [row for name in names for row in _create(session, [name])] if len(names) > 1 else []
    return rows
