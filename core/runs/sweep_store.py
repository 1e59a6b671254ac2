"""How far the deletion of old rows is: one row for each kind, which whoever deletes holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.runs.tables import Sweep

EVERY = timedelta(days=1)
"""How long after the beginning of a round the next one begins."""


def due_at(session: Session, name: str, now: datetime) -> datetime:
    """When rows of this kind are to be looked at next; `now` while a round runs, and before the first."""
    found = session.get(Sweep, name)
    return found.ended_at + EVERY if found and found.began_at is None and found.ended_at else now


def hold(session: Session, name: str, now: datetime) -> Sweep | None:
    """The round of this kind that runs, begun if it is time; None when it is not, or another replica is at it."""
    if due_at(session, name, now) > now:
        return None
    if session.get(Sweep, name) is None and not _added(session, name):
        return None
    query = select(Sweep).where(Sweep.name == name).with_for_update(skip_locked=True)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None or due_at(session, name, now) > now:
        return None
    if found.began_at is None:
        found.began_at, found.reached, found.lately = now, 0, 0
    return found


def _added(session: Session, name: str) -> bool:
    try:
        with session.begin_nested():
            session.add(Sweep(name=name))
    except IntegrityError:
        return False  # another replica was quicker
    return True


def go_on(sweep: Sweep, deleted: int, reached: int) -> None:
    """Some more was looked at, and so much of it deleted."""
    sweep.reached, sweep.lately, sweep.deleted = reached, sweep.lately + deleted, sweep.deleted + deleted


def end(sweep: Sweep, now: datetime) -> None:
    """The round has looked at everything that is old."""
    sweep.began_at, sweep.ended_at = None, now


def counts(session: Session) -> Sequence[tuple[str, int]]:
    """By kind, how many rows were ever deleted."""
    rows = session.execute(select(Sweep.name, Sweep.deleted).order_by(Sweep.name))
    return [(name, deleted) for name, deleted in rows]
