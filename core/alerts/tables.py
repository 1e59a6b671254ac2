"""Alerts (cold and hot), the groups that people see, and silences."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base

BigId = BigInteger().with_variant(Integer, "sqlite")


class GroupStatus(StrEnum):
    """FIRING needs somebody; ACKNOWLEDGED has somebody; SILENCED is not to disturb anybody; RESOLVED is over."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    RESOLVED = "resolved"


def _unique_while(name: str, column: str, condition: str) -> Index:
    """At most one row per `column` among those that meet `condition`, on both databases."""
    return Index(name, column, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


class AlertCold(Base):
    """What rarely changes about an alert: written when it is new, or when its texts change.

    A row belongs to one group for good, so that the record of an old incident stays whole; it `is_open` as long
    as its group is. `digest` tells changed texts from the same ones (see `core.alerts.delivery.Texts`).
    """

    __tablename__ = "alert_cold"
    __table_args__ = (
        Index("ix_alert_cold_fingerprint", "fingerprint"),
        _unique_while("uq_alert_cold_open", "fingerprint", "is_open"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    fingerprint: Mapped[str]
    is_open: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str]
    labels: Mapped[dict[str, str]]
    annotations: Mapped[dict[str, str]] = mapped_column(default=dict)
    generator_url: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    group_id: Mapped[int] = mapped_column(ForeignKey("alert_group.id"), index=True)
    first_seen: Mapped[datetime]


class AlertHot(Base):
    """What changes with every delivery, by the alert's integer id.

    `ends_at` is None until somebody says that it is over: such alerts do not expire. `ends_explicit` tells an end
    that the sender stated from one that the resolve timeout gave. `counted` is how often the alert was delivered.
    """

    __tablename__ = "alert_hot"
    __table_args__ = (Index("ix_alert_hot_expiry", "resolved", "ends_at"),)

    id: Mapped[int] = mapped_column(ForeignKey("alert_cold.id"), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ends_explicit: Mapped[bool]
    resolved: Mapped[bool]
    last_seen: Mapped[datetime]
    counted: Mapped[int]


class AlertGroup(Base):
    """Alerts that people handle as one: the incident that has one message, one owner, one thread.

    `key` is what its alerts have in common; at most one group of a key is not RESOLVED. `evaluation_id` leads to
    the evidence when an evaluation raised it.
    """

    __tablename__ = "alert_group"
    __table_args__ = (
        Index("ix_alert_group_status", "status"),
        _unique_while("uq_alert_group_open", "key", "status <> 'resolved'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    labels: Mapped[dict[str, str]]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    severity: Mapped[str]
    pipeline: Mapped[str | None] = mapped_column(index=True)
    channel: Mapped[str]
    rotation: Mapped[str]
    policy: Mapped[str]
    status: Mapped[str] = mapped_column(default=GroupStatus.FIRING)
    opened_at: Mapped[datetime]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    silence_id: Mapped[str | None]
    evaluation_id: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its parent message in the outbox."""
        return f"alert-group:{self.id}"


class SilenceState(StrEnum):
    """PENDING has not begun, ACTIVE is in force, EXPIRED is over."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class Silence(Base):
    """Alerts that match every matcher stay quiet in `[starts_at, ends_at)`.

    A matcher is `{"name", "value", "isRegex", "isEqual"}`, as in the Alertmanager API. `applied` is the state that
    the alert groups have been told of; the times may be ahead of it until the next pass.
    """

    __tablename__ = "silence"

    id: Mapped[str] = mapped_column(primary_key=True)
    matchers: Mapped[list[Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[str]
    comment: Mapped[str]
    created_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    applied: Mapped[str] = mapped_column(default=SilenceState.PENDING, index=True)
