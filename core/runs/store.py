"""Asking for durable runs, settling them, and knowing which replicas live."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from core.runs.tables import Firing, Replica, Run, RunStatus

SILENCE = timedelta(seconds=30)
"""How long a replica that says nothing is believed to live: three beats, and much longer than Slack takes to answer."""

_YAML = "yaml:"


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


def under_way(session: Session, kind: str, pipeline: str) -> bool:
    """Whether a run of this kind about this pipeline has not settled."""
    query = select(Run.args).where(Run.status == RunStatus.REQUESTED, Run.kind == kind)
    return any(args.get("pipeline") == pipeline for args in session.scalars(query))


def settle(session: Session, run_id: str, now: datetime, error: str | None = None) -> None:
    run = session.get_one(Run, run_id)
    run.status = RunStatus.FINISHED if error is None else RunStatus.FAILED
    run.finished_at, run.error = now, error


def settled_before(session: Session, instant: datetime, limit: int) -> Sequence[str]:
    """The ids of runs that ended before then, oldest first."""
    query = select(Run.id).where(Run.status != RunStatus.REQUESTED, Run.finished_at < instant)
    return session.scalars(query.order_by(Run.finished_at, Run.id).limit(limit)).all()


def forget_runs(session: Session, run_ids: Sequence[str]) -> None:
    """Delete these runs, as far as they have ended."""
    session.execute(delete(Run).where(Run.id.in_(run_ids), Run.status != RunStatus.REQUESTED))


def last_firing(session: Session, schedule: str) -> datetime | None:
    firing = session.get(Firing, schedule)
    return firing.last_at if firing else None


def set_last_firing(session: Session, schedule: str, at: datetime) -> None:
    session.merge(Firing(schedule=schedule, last_at=at))


def is_new_yaml(session: Session, digest: str, now: datetime) -> bool:
    """Whether another YAML than this one was looked after last; from now on it is this one."""
    name = f"{_YAML}{digest}"
    if session.get(Firing, name) is not None:
        return False
    session.execute(delete(Firing).where(Firing.schedule.startswith(_YAML)))
    session.add(Firing(schedule=name, last_at=now))
    session.flush()
    return True


def beat(session: Session, replica: str, config: str, now: datetime) -> None:
    """This replica lives, with this configuration: new in service unless it, or one that lives, had it already."""
    row = session.get(Replica, replica)
    if row is None:
        row = Replica(name=replica, seen_at=now)
        session.add(row)
    if row.config_since is None or row.config != config:
        others = select(func.min(Replica.config_since)).where(Replica.config == config, Replica.name != replica)
        row.config, row.config_since = config, session.scalar(others.where(_lives(now))) or now
    row.seen_at = now


def superseded(session: Session, config: str, now: datetime) -> bool:
    """Whether a living replica has a configuration that came into service after this one."""
    newest = select(Replica.config).where(_lives(now), Replica.config_since.is_not(None))
    found = session.scalar(newest.order_by(Replica.config_since.desc(), Replica.config).limit(1))
    return found is not None and found != config


def _lives(now: datetime) -> ColumnElement[bool]:
    """Heard of lately; a word from the future is of a clock that is wrong, and proves nothing."""
    return (Replica.seen_at > now - SILENCE) & (Replica.seen_at < now + SILENCE)


def silent_replicas(session: Session, since: datetime) -> Sequence[str]:
    """The replicas that have said nothing since then, by name."""
    return session.scalars(select(Replica.name).where(Replica.seen_at < since).order_by(Replica.name)).all()


def living_replicas(session: Session, since: datetime) -> Sequence[str]:
    """The replicas that have said since then that they live, by name."""
    return session.scalars(select(Replica.name).where(Replica.seen_at >= since).order_by(Replica.name)).all()


def last_words(session: Session) -> Sequence[tuple[str, datetime]]:
    """Every replica that is known, by name, and when it last said that it lives."""
    rows = session.execute(select(Replica.name, Replica.seen_at).order_by(Replica.name))
    return [(name, seen_at) for name, seen_at in rows]


def forget_replicas(session: Session, names: Collection[str], since: datetime) -> None:
    """Their runs were taken over; one that has come back meanwhile stays known."""
    session.execute(delete(Replica).where(Replica.name.in_(names), Replica.seen_at < since))
