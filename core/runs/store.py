"""Asking for durable runs, and settling them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.runs.tables import Firing, Run, RunStatus


def request(session: Session, run_id: str, kind: str, args: dict[str, Any], now: datetime) -> Run:
    """Ask for a run in the running transaction; the same id again changes nothing."""
    run = session.get(Run, run_id)
    if run is None:
        run = Run(id=run_id, kind=kind, args=args, requested_at=now)
        session.add(run)
        session.flush()
    return run


def open_runs(session: Session) -> Sequence[Run]:
    """Runs that have not settled, oldest first."""
    query = select(Run).where(Run.status == RunStatus.REQUESTED)
    return session.scalars(query.order_by(Run.requested_at, Run.id)).all()


def settle(session: Session, run_id: str, now: datetime, error: str | None = None) -> None:
    run = session.get_one(Run, run_id)
    run.status = RunStatus.FINISHED if error is None else RunStatus.FAILED
    run.finished_at, run.error = now, error


def last_firing(session: Session, schedule: str) -> datetime | None:
    firing = session.get(Firing, schedule)
    return firing.last_at if firing else None


def set_last_firing(session: Session, schedule: str, at: datetime) -> None:
    session.merge(Firing(schedule=schedule, last_at=at))
