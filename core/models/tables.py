"""Which version of a model was put in front of users, when, by whom and why."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class DeploymentStatus(StrEnum):
    """MOVED has the alias, not yet seen in serving; REVERTED was undone because it never was."""

    MOVED = "moved"
    VERIFIED = "verified"
    REVERTED = "reverted"


class Deployment(Base):
    """One change of a pipeline's champion. `action` is `initial`, `promote` or `roll_back`."""

    __tablename__ = "deployment"
    __table_args__ = (Index("ix_deployment_pipeline_at", "pipeline", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline: Mapped[str]
    version: Mapped[int]
    previous: Mapped[int | None]
    action: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[PersonId]
    run_id: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=DeploymentStatus.MOVED)
    detail: Mapped[str] = mapped_column(default="")
