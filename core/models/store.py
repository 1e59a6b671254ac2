"""Which versions were deployed, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models.tables import Deployment


def by_run(session: Session, run_id: str) -> Deployment | None:
    """The deployment that a run made, if it got that far."""
    return session.scalars(select(Deployment).where(Deployment.run_id == run_id)).one_or_none()


def history(session: Session, pipeline: str, limit: int = 20) -> Sequence[Deployment]:
    """Changes of the champion, newest first."""
    query = select(Deployment).where(Deployment.pipeline == pipeline)
    return session.scalars(query.order_by(Deployment.at.desc(), Deployment.id.desc()).limit(limit)).all()


def between(session: Session, start: datetime, end: datetime) -> Sequence[Deployment]:
    """Changes of any champion in `[start, end)`, oldest first."""
    query = select(Deployment).where(Deployment.at >= start, Deployment.at < end)
    return session.scalars(query.order_by(Deployment.at, Deployment.id)).all()
