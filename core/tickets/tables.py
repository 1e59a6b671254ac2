"""Bug tickets."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class TicketStatus(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class Severity(StrEnum):
    """How bad it is for the product, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Symptom(StrEnum):
    """What a bug looks like from outside; the symptoms repeat even where the causes do not."""

    METRIC_DROP = "metric_drop"
    BAD_DATA = "bad_data"
    MISSING_DATA = "missing_data"
    LATE_LABELS = "late_labels"
    SLICE = "slice"
    SERVING = "serving"
    TRAINING = "training"
    OTHER = "other"


class Ticket(Base):
    """One bug in the central queue; `group_id` leads to the alert group it was filed from."""

    __tablename__ = "ticket"
    __table_args__ = (Index("ix_ticket_status", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    pipeline: Mapped[str | None] = mapped_column(index=True)
    severity: Mapped[str]
    symptom: Mapped[str]
    status: Mapped[str] = mapped_column(default=TicketStatus.OPEN)
    reporter: Mapped[PersonId]
    assignee: Mapped[PersonId | None]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("alert_group.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    resolution: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"ticket:{self.id}"


class IncidentReport(Base):
    """What somebody wrote about one bug for those who come after (see `incident.Parts`)."""

    __tablename__ = "incident_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)
    happened: Mapped[str] = mapped_column(default="")
    impact: Mapped[str] = mapped_column(default="")
    cause: Mapped[str] = mapped_column(default="")
    fix: Mapped[str] = mapped_column(default="")
    follow_up: Mapped[str] = mapped_column(default="")
    written_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"incident-report:{self.id}"
