"""Silences, and their states."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId


class SilenceState(StrEnum):
    """PENDING has not begun, ACTIVE is in force, EXPIRED is over."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class Silence(Base):
    """Alerts that match every matcher stay quiet in `[starts_at, ends_at)`.

    A matcher is `{"name", "value", "isRegex", "isEqual"}`, as in the Alertmanager API. `applied` is the state that
    the alert groups have been told of; the times may be ahead of it until the next pass. `group_id` is the group that
    it was made for. With `until_resolved` it also ends when the last alert that it covers does. At `warn_at` people
    are told that it will end; None when they were, or need not be.
    """

    __tablename__ = "silence"

    id: Mapped[str] = mapped_column(primary_key=True)
    matchers: Mapped[list[Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[PersonId]
    comment: Mapped[str]
    created_at: Mapped[datetime]
    ended_by: Mapped[PersonId | None]
    applied: Mapped[str] = mapped_column(default=SilenceState.PENDING, index=True)
    group_id: Mapped[int | None]
    until_resolved: Mapped[bool] = mapped_column(default=False, server_default=false())
    warn_at: Mapped[datetime | None]
