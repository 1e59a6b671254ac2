"""Queries over versions of alerting policies and scored verdicts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.evaluation.tables import Evaluation
from core.evaluation.tuning.past import PastWindow, Said
from core.evaluation.tuning.policy import DEFAULT, AlertingPolicy
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion, ScoredVerdict


def get(session: Session, policy_id: int) -> PolicyVersion | None:
    return session.get(PolicyVersion, policy_id)


def lock(session: Session, policy_id: int) -> PolicyVersion | None:
    """The version, held against a second decision at the same instant until the transaction ends."""
    query = select(PolicyVersion).where(PolicyVersion.id == policy_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def lock_active(session: Session, pipeline: str) -> PolicyVersion | None:
    """The version in force, held until the transaction ends; None while a pipeline has what it starts with."""
    query = select(PolicyVersion).where(
        PolicyVersion.pipeline == pipeline, PolicyVersion.status == PolicyStatus.ACTIVE
    )
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def active(session: Session, pipeline: str) -> tuple[int, AlertingPolicy]:
    """The number and the values of the version in force; 1 is what every pipeline starts with."""
    query = select(PolicyVersion).where(
        PolicyVersion.pipeline == pipeline, PolicyVersion.status == PolicyStatus.ACTIVE
    )
    found = session.scalars(query).one_or_none()
    return (found.version, AlertingPolicy.from_json(found.thresholds)) if found else (1, DEFAULT)


def version(session: Session, pipeline: str, number: int) -> PolicyVersion | None:
    query = select(PolicyVersion).where(PolicyVersion.pipeline == pipeline, PolicyVersion.version == number)
    return session.scalars(query).one_or_none()


def made_by_run(session: Session, run: str) -> PolicyVersion | None:
    """The version that a durable run has made before it was repeated."""
    return session.scalars(select(PolicyVersion).where(PolicyVersion.run == run)).one_or_none()


def newest_version(session: Session, pipeline: str) -> int:
    """The highest number given so far; 0 before the first."""
    query = select(func.max(PolicyVersion.version)).where(PolicyVersion.pipeline == pipeline)
    return session.scalar(query) or 0


def versions(session: Session, pipeline: str, limit: int = 10) -> Sequence[PolicyVersion]:
    """The newest versions first."""
    query = select(PolicyVersion).where(PolicyVersion.pipeline == pipeline)
    return session.scalars(query.order_by(PolicyVersion.version.desc()).limit(limit)).all()


def first_verdicts(session: Session, pipeline: str, until: datetime, limit: int) -> Sequence[Evaluation]:
    """The first evaluation of each of the newest `limit` windows that ended by then, oldest window first."""
    first = (
        select(Evaluation.window_start, func.min(Evaluation.known_at).label("known_at"))
        .where(Evaluation.pipeline == pipeline, Evaluation.window_end <= until)
        .group_by(Evaluation.window_start)
        .subquery()
    )
    joined = (Evaluation.window_start == first.c.window_start) & (Evaluation.known_at == first.c.known_at)
    query = select(Evaluation).join(first, joined).where(Evaluation.pipeline == pipeline)
    return session.scalars(query.order_by(Evaluation.window_start.desc()).limit(limit)).all()[::-1]


def scored(session: Session, pipeline: str, limit: int) -> Sequence[ScoredVerdict]:
    """The newest `limit` scored verdicts, oldest first."""
    query = select(ScoredVerdict).where(ScoredVerdict.pipeline == pipeline)
    return session.scalars(query.order_by(ScoredVerdict.window_start.desc()).limit(limit)).all()[::-1]


def past(session: Session, pipeline: str, limit: int) -> list[PastWindow]:
    """The newest `limit` scored verdicts as the rules take them, oldest first."""
    return [_window(row) for row in scored(session, pipeline, limit)]


def _window(row: ScoredVerdict) -> PastWindow:
    findings = tuple(Said(each["check"], each["kind"], each["score"]) for each in row.findings)
    start, end = row.window_start, row.window_end
    return PastWindow(start, end, row.risk, findings, row.dropped, row.acted, row.noise, row.stated)
