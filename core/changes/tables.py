"""Changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base


class Change(Base):
    """Something that a sender says has changed. `at` is the sender's time, `received_at` ours; `links` are
    `{"href", "text"}`."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_digest", "digest", "received_at"),
        Index("ix_change_pipeline", "pipeline", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    pipeline: Mapped[str | None]
    summary: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    links: Mapped[list[Any]] = mapped_column(default=list)
    details: Mapped[dict[str, str]] = mapped_column(default=dict)
    digest: Mapped[str]
