"""Versions of alerting policies, and past verdicts with what turned out."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class PolicyStatus(StrEnum):
    """PROPOSED waits for people; ACTIVE is in force; the others are not: DECLINED never was, REPLACED gave way to a
    newer one, ROLLED_BACK to the one before it."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"


class PolicyVersion(Base):
    """One version of a pipeline's alerting policy; `thresholds` as in `AlertingPolicy.as_json` never change.

    `replaces` is the version that it was made from, and that a rollback returns to. `why` is the sentence of its
    replay, `replay` what that rests on (both replays, the records of checks, the chart). `run` names the durable run
    that made it.
    `active_from` is when it last came into force, `ended_at` when it last ended.
    """

    __tablename__ = "alerting_policy"
    __table_args__ = (
        UniqueConstraint("pipeline", "version"),
        Index(
            "uq_alerting_policy_active",
            "pipeline",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    version: Mapped[int]
    thresholds: Mapped[dict[str, Any]]
    status: Mapped[str]
    replaces: Mapped[int | None]
    why: Mapped[str]
    replay: Mapped[dict[str, Any]] = mapped_column(default=dict)
    run: Mapped[str | None] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    active_from: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[PersonId | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox, when it needed nobody's approval."""
        return f"alerting-policy:{self.id}"


class ScoredVerdict(Base):
    """What was said of a window, and what turned out; written once nearly all of its labels are in.

    The verdict is that of the window's first evaluation. `risk`, `findings`, `stated`, `acted` and `noise` as in
    `PastWindow`; `value` is the realized metric over `labels` of `rows`.
    """

    __tablename__ = "scored_verdict"
    __table_args__ = (UniqueConstraint("pipeline", "window_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    evaluation_id: Mapped[int]
    risk: Mapped[float | None]
    findings: Mapped[list[Any]]
    stated: Mapped[bool | None]
    acted: Mapped[bool]
    noise: Mapped[bool]
    value: Mapped[float]
    rows: Mapped[int]
    labels: Mapped[int]
    dropped: Mapped[bool]
