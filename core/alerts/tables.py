"""Alerts (cold and hot), and the groups that people see."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import PersonId, PolicyId, RotationId

BigId = BigInteger().with_variant(Integer, "sqlite")


STORM = "storm:"
"""How the keys of storms begin: groups that stand for many others. All other keys are JSON."""


class GroupStatus(StrEnum):
    """FIRING needs somebody; ACKNOWLEDGED has somebody; SILENCED is not to disturb anybody; INHIBITED is explained by
    something else that fires; RESOLVED is over."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    RESOLVED = "resolved"


def _where(name: str, column: str, condition: str) -> Index:
    """An index of the rows that meet `condition`, on both databases."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


def _unique_while(name: str, column: str, condition: str) -> Index:
    """At most one row per `column` among those that meet `condition`, on both databases."""
    return Index(name, column, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


def _where_set(name: str, column: str) -> Index:
    """An index of the few rows that have the column at all."""
    condition = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)


class AlertCold(Base):
    """What rarely changes about an alert: written when it is new, or when its texts change.

    A row belongs to one group for good, so that the record of an old incident stays whole; it `is_open` as long
    as its group is. `digest` tells changed texts from the same ones (see `core.alerts.delivery.Texts`).
    """

    __tablename__ = "alert_cold"
    __table_args__ = (
        _where("ix_alert_cold_closed", "fingerprint", "NOT is_open"),
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


class AlertJournal(Base):
    """What the intake heard, one entry a transaction; see `core.alerts.journal_store`.

    `beats` are 16 bytes for each alert that fires on; they came before `changed`, a JSON list of the alerts that were
    written otherwise. After an entry that is `folded` the alerts' rows say all that the journal said until then.
    `learned`, 64 bytes each, is by what alerts that fire are known from then on; None where no other process asks.
    """

    __tablename__ = "alert_journal"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    folded: Mapped[bool]
    changed: Mapped[str]
    beats: Mapped[bytes]
    learned: Mapped[bytes | None]


class AlertSecret(Base):
    """The one secret with which all processes make the marks of alerts; see `core.alerts.mirror`."""

    __tablename__ = "alert_secret"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[bytes]


class AlertBacklog(Base):
    """New and ended alerts that were acknowledged and are not in the rows yet; see `core.alerts.backlog`.

    `fresh` are the rows of new alerts and `ended` those of ends, as MessagePack, with what the driver takes.
    """

    __tablename__ = "alert_backlog"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    fresh: Mapped[bytes]
    ended: Mapped[bytes]


class AlertGroup(Base):
    """Alerts that people handle as one: the incident that has one message, one owner, one thread.

    `key` is what its alerts have in common; at most one group of a key is not RESOLVED. `evaluation_id` leads to
    the evidence when an evaluation raised it, `change_id` to the change that it followed, `inhibitor_id` to the alert
    that explains it, `storm_id` to the group that tells of it together with many others.

    `route` is the path of the route that took it, `copies` are further channels with its message. `due_at` is when
    people are to hear of what changed, `told_at` when they last did (never, while its `revision` is 0), `remind_at`
    when they are reminded that it goes on.
    """

    __tablename__ = "alert_group"
    __table_args__ = (
        Index("ix_alert_group_status", "status"),
        Index("ix_alert_group_opened", "channel", "opened_at"),
        _where_set("ix_alert_group_due", "due_at"),
        _where_set("ix_alert_group_remind", "remind_at"),
        _where_set("ix_alert_group_storm", "storm_id"),
        _where_set("ix_alert_group_change", "change_id"),
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
    rotation: Mapped[RotationId]
    policy: Mapped[PolicyId]
    status: Mapped[str] = mapped_column(default=GroupStatus.FIRING)
    opened_at: Mapped[datetime]
    acknowledged_by: Mapped[PersonId | None]
    acknowledged_at: Mapped[datetime | None]
    resolved_by: Mapped[PersonId | None]
    resolved_at: Mapped[datetime | None]
    silence_id: Mapped[str | None]
    evaluation_id: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    route: Mapped[str] = mapped_column(default="", server_default="")
    copies: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    due_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    change_id: Mapped[int | None]
    inhibitor_id: Mapped[int | None]
    storm_id: Mapped[int | None]

    @property
    def is_storm(self) -> bool:
        """Whether it stands for many other groups, and has no alerts of its own."""
        return self.key.startswith(STORM)

    @property
    def message(self) -> str:
        """The key of its parent message in the outbox."""
        return f"alert-group:{self.id}"


class Digest(Base):
    """What a channel is told of the alerts of `[starts_at, ends_at)` in one message (`content`: see `digest`)."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("channel", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"digest:{self.id}"


class Inhibitor(Base):
    """An alert that quietens others while it fires: the source of an inhibition.

    `rule` is the digest of the inhibition's matchers, `equal` what the labels are that targets must share. `applied`
    tells whether the groups have been told that it fires.
    """

    __tablename__ = "alert_inhibitor"
    __table_args__ = (UniqueConstraint("alert_id", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert_cold.id"))
    rule: Mapped[str]
    equal: Mapped[dict[str, str]] = mapped_column(default=dict)
    applied: Mapped[bool] = mapped_column(default=False)


class Verdict(Base):
    """What a person said about a group in hindsight, for whatever learns from it: that it was noise, and why.

    A verdict that was taken back stays on record.
    """

    __tablename__ = "alert_verdict"
    __table_args__ = (_unique_while("uq_alert_verdict_stands", "group_id", "withdrawn_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("alert_group.id"), index=True)
    verdict: Mapped[str]
    reason: Mapped[str]
    given_by: Mapped[PersonId]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
