"""Evaluations, named slices and the weekly review of wrong predictions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class SloState(StrEnum):
    """UNKNOWN means too few labels are in to say."""

    MET = "met"
    BREACHED = "breached"
    UNKNOWN = "unknown"


class Evaluation(Base):
    """What was known at `known_at` about the predictions of one window `[window_start, window_end)`.

    `value` is the realized metric over the `labels` of `rows` that are in. `findings` are the checks that failed
    (see `checks.Finding.as_json`), `slices` the reported sub-populations (`{"name", "where", "rows", "labels",
    "value", "usual", "low", "high", "worse", "tracked", "version"}`), `summary` what later evaluations, charts and
    reviews are made from, `chart` the file of the picture below the data folder.
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("pipeline", "window_start", "known_at"),
        Index("ix_evaluation_pipeline_window", "pipeline", "window_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    known_at: Mapped[datetime]
    versions: Mapped[list[str]]
    rows: Mapped[int]
    labels: Mapped[int]
    metric: Mapped[str]
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    objective: Mapped[float]
    state: Mapped[str]
    reason: Mapped[str]
    findings: Mapped[list[Any]] = mapped_column(default=list)
    slices: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chart: Mapped[str | None]

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"evaluation:{self.id}"


class SummaryPlan(Base):
    """How a pipeline's features are summarised, so that its windows stay comparable (`summaries.plan.Plan`)."""

    __tablename__ = "summary_plan"

    pipeline: Mapped[str] = mapped_column(primary_key=True)
    plan: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class SummaryRow(Base):
    """One window's summary by its pipeline's plan, and what the data checks found in it when it was judged."""

    __tablename__ = "window_summary"

    pipeline: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    summary: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]] = mapped_column(default=list)


class SliceSummaryRow(Base):
    """One slice's summary of a window, with what its own data checks found. `slice` is its key
    (`live.chosen.key_of`), `whole` how many rows the whole window had when it was made."""

    __tablename__ = "slice_summary"

    pipeline: Mapped[str] = mapped_column(primary_key=True)
    slice: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    whole: Mapped[int]
    summary: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]] = mapped_column(default=list)


class SketchRow(Base):
    """What it takes to add late rows to a stored summary: its `sketch` (`summaries.packed`) and the marks of the
    `parts` of the log that it has; `late` says which rows were added when (`live.late.Late`)."""

    __tablename__ = "window_sketch"

    pipeline: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    sketch: Mapped[bytes]
    parts: Mapped[bytes]
    late: Mapped[list[Any]] = mapped_column(default=list)


class EvaluationSlice(Base):
    """A named, versioned sub-population that every evaluation reports. `where` maps features to values."""

    __tablename__ = "evaluation_slice"
    __table_args__ = (UniqueConstraint("pipeline", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    where: Mapped[dict[str, Any]]
    description: Mapped[str] = mapped_column(default="")
    created_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ReviewStatus(StrEnum):
    OPEN = "open"
    DONE = "done"


class Review(Base):
    """One week's wrong predictions, gone through together."""

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("pipeline", "week_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    week_start: Mapped[datetime]
    week_end: Mapped[datetime]
    channel: Mapped[str]
    wrong: Mapped[int]
    judged: Mapped[int]
    status: Mapped[str] = mapped_column(default=ReviewStatus.OPEN)
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its parent message in the outbox."""
        return f"review:{self.id}"


class WeeklyReport(Base):
    """How the week `[week_start, week_end)` of a pipeline went; `content` as `weekly.compose` makes it."""

    __tablename__ = "weekly_report"
    __table_args__ = (UniqueConstraint("pipeline", "week_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    week_start: Mapped[datetime]
    week_end: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    chart: Mapped[str | None]
    created_at: Mapped[datetime]

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"weekly:{self.id}"


class CardStatus(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class ReviewCard(Base):
    """One wrong prediction of a review, with what the model saw, said, and what was true: 0 or 1, a text, or a number
    (`prediction_log.LoggedRow`); `score` is None where none is logged."""

    __tablename__ = "review_card"
    __table_args__ = (UniqueConstraint("review_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    position: Mapped[int]
    entity: Mapped[str]
    predicted_at: Mapped[datetime]
    features: Mapped[dict[str, Any]]
    score: Mapped[float | None]
    prediction: Mapped[Any] = mapped_column(JSON)
    label: Mapped[Any] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(default=CardStatus.OPEN)
    failure_mode: Mapped[str | None]
    slice_id: Mapped[int | None] = mapped_column(ForeignKey("evaluation_slice.id"))
    decided_by: Mapped[PersonId | None]
    decided_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message, a reply in the review's thread."""
        return f"review-card:{self.id}"
