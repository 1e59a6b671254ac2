"""Queries over evaluations, named slices and reviews."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.evaluation.tables import (
    CardStatus,
    Evaluation,
    EvaluationSlice,
    Review,
    ReviewCard,
    WeeklyReport,
)

T = TypeVar("T")


def get(session: Session, evaluation_id: int) -> Evaluation | None:
    return session.get(Evaluation, evaluation_id)


def of_window(
    session: Session, pipeline: str, window_start: datetime, known_at: datetime | None = None
) -> Evaluation | None:
    """The evaluation of a window made at `known_at`, or the newest one."""
    query = select(Evaluation).where(Evaluation.pipeline == pipeline, Evaluation.window_start == window_start)
    if known_at is not None:
        query = query.where(Evaluation.known_at == known_at)
    return session.scalars(query.order_by(Evaluation.known_at.desc())).first()


def known_before(session: Session, pipeline: str, known_at: datetime) -> datetime | None:
    """The instant of the newest evaluation that was made for an earlier one."""
    query = select(func.max(Evaluation.known_at)).where(
        Evaluation.pipeline == pipeline, Evaluation.known_at < known_at
    )
    return session.scalars(query).one()


def latest(session: Session, pipeline: str, limit: int = 1) -> Sequence[Evaluation]:
    """The newest evaluation of each of the newest windows, newest window first."""
    newest = _newest_of_each_window(pipeline)
    return session.scalars(newest.order_by(Evaluation.window_start.desc()).limit(limit)).all()


def between(session: Session, pipeline: str, start: datetime, end: datetime) -> Sequence[Evaluation]:
    """The newest evaluation of each window that starts in `[start, end)`, oldest window first."""
    newest = _newest_of_each_window(pipeline).where(
        Evaluation.window_start >= start, Evaluation.window_start < end
    )
    return session.scalars(newest.order_by(Evaluation.window_start)).all()


def _newest_of_each_window(pipeline: str) -> Any:
    newest = (
        select(Evaluation.window_start, func.max(Evaluation.known_at).label("known_at"))
        .where(Evaluation.pipeline == pipeline)
        .group_by(Evaluation.window_start)
        .subquery()
    )
    joined = (Evaluation.window_start == newest.c.window_start) & (Evaluation.known_at == newest.c.known_at)
    return select(Evaluation).join(newest, joined).where(Evaluation.pipeline == pipeline)


def tracked_slices(session: Session, pipeline: str) -> Sequence[EvaluationSlice]:
    """The newest version of every named slice that is not retired, by name."""
    newest = (
        select(EvaluationSlice.name, func.max(EvaluationSlice.version).label("version"))
        .where(EvaluationSlice.pipeline == pipeline)
        .group_by(EvaluationSlice.name)
        .subquery()
    )
    joined = (EvaluationSlice.name == newest.c.name) & (EvaluationSlice.version == newest.c.version)
    query = select(EvaluationSlice).join(newest, joined).where(EvaluationSlice.pipeline == pipeline)
    return session.scalars(query.where(EvaluationSlice.retired_at.is_(None)).order_by(EvaluationSlice.name)).all()


def newest_slice(session: Session, pipeline: str, name: str) -> EvaluationSlice | None:
    """The newest version of a named slice, retired or not."""
    query = select(EvaluationSlice).where(EvaluationSlice.pipeline == pipeline, EvaluationSlice.name == name)
    return session.scalars(query.order_by(EvaluationSlice.version.desc())).first()


def get_slice(session: Session, slice_id: int) -> EvaluationSlice | None:
    return session.get(EvaluationSlice, slice_id)


def get_review(session: Session, review_id: int) -> Review | None:
    return session.get(Review, review_id)


def lock_review(session: Session, review_id: int) -> Review | None:
    """The review, held against a second decision at the same instant until the transaction ends."""
    return session.scalars(_held(select(Review).where(Review.id == review_id))).one_or_none()


def review_of_week(session: Session, pipeline: str, week_start: datetime) -> Review | None:
    query = select(Review).where(Review.pipeline == pipeline, Review.week_start == week_start)
    return session.scalars(query).one_or_none()


def reviews(session: Session, pipeline: str | None = None, limit: int = 10) -> Sequence[Review]:
    """The newest reviews first, of one pipeline or of all."""
    query = select(Review).order_by(Review.week_start.desc(), Review.id.desc()).limit(limit)
    return session.scalars(query if pipeline is None else query.where(Review.pipeline == pipeline)).all()


def get_weekly(session: Session, report_id: int) -> WeeklyReport | None:
    return session.get(WeeklyReport, report_id)


def weekly_of(session: Session, pipeline: str, week_start: datetime) -> WeeklyReport | None:
    query = select(WeeklyReport).where(WeeklyReport.pipeline == pipeline, WeeklyReport.week_start == week_start)
    return session.scalars(query).one_or_none()


def newest_weekly(session: Session, pipeline: str) -> WeeklyReport | None:
    """The report of the newest week."""
    query = select(WeeklyReport).where(WeeklyReport.pipeline == pipeline)
    return session.scalars(query.order_by(WeeklyReport.week_start.desc())).first()


def get_card(session: Session, card_id: int) -> ReviewCard | None:
    return session.get(ReviewCard, card_id)


def cards(session: Session, review_id: int) -> Sequence[ReviewCard]:
    """All cards of a review, in order."""
    query = select(ReviewCard).where(ReviewCard.review_id == review_id)
    return session.scalars(query.order_by(ReviewCard.position)).all()


def open_cards(session: Session, review_id: int) -> Sequence[ReviewCard]:
    """Cards that nobody has decided, in order."""
    query = select(ReviewCard).where(ReviewCard.review_id == review_id, ReviewCard.status == CardStatus.OPEN)
    return session.scalars(query.order_by(ReviewCard.position)).all()


def lock_card(session: Session, card_id: int) -> ReviewCard | None:
    """The card, held against a second decision at the same instant until the transaction ends."""
    return session.scalars(_held(select(ReviewCard).where(ReviewCard.id == card_id))).one_or_none()


def _held(query: Select[T]) -> Select[T]:
    """Lock the rows and read them anew: the session may know them from before somebody else changed them."""
    return query.with_for_update().execution_options(populate_existing=True)
