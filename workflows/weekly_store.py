"""The pages of a week with what they were about, over pages, groups, verdicts and evaluations at once."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, Verdict
from core.evaluation.tables import Evaluation
from core.evaluation.weekly import Paged
from core.oncall.tables import Page


def pages(session: Session, pipeline: str, start: datetime, end: datetime) -> list[Paged]:
    """The pages of a pipeline that began in `[start, end)`, or before it and whose alerts went on in it; oldest first.

    A group goes on over several windows; its page was about the newest one that was known when the page began.
    """
    about = (
        select(func.max(Evaluation.window_start))
        .where(Evaluation.pipeline == pipeline, Evaluation.known_at <= Page.opened_at)
        .correlate(Page)
        .scalar_subquery()
    )
    query = (
        select(Page.group_id, AlertGroup.evaluation_id, about, Page.opened_at < start)
        .join(AlertGroup, AlertGroup.id == Page.group_id)
        .where(AlertGroup.pipeline == pipeline, Page.opened_at < end)
        .where(or_(Page.opened_at >= start, AlertGroup.resolved_at.is_(None), AlertGroup.resolved_at > start))
    )
    rows = session.execute(query.order_by(Page.opened_at, Page.id)).all()
    ids = [group for group, *_ in rows]
    standing = select(Verdict.group_id).where(Verdict.group_id.in_(ids), Verdict.withdrawn_at.is_(None))
    noise = set(session.scalars(standing))
    return [Paged(window if raised else None, group in noise, bool(old)) for group, raised, window, old in rows]
