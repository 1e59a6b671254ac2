"""Requests that another person decides."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ApprovalAction(StrEnum):
    """What can be asked for: two change the champion, TUNE the alerting policy (its versions are that policy's)."""

    ROLL_BACK = "roll_back"
    PROMOTE = "promote"
    TUNE = "tune"


class Approval(Base):
    """A request to do `action` with a pipeline's versions; `from_version` is None where none is in service yet.

    `evidence` is what the approver decides on. `run_id` names the durable run that an approval starts;
    `parent` is the key of the message in whose thread the request was made.
    """

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_status_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    pipeline: Mapped[str]
    from_version: Mapped[int | None]
    to_version: Mapped[int]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    channel: Mapped[str]
    parent: Mapped[str | None]
    requested_by: Mapped[PersonId]
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=ApprovalStatus.PENDING)
    decided_by: Mapped[PersonId | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    run_id: Mapped[str | None]
    outcome: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"approval:{self.id}"

    @property
    def thread(self) -> str:
        """The key of the message in whose thread everything about this request is said."""
        return self.parent or self.message
