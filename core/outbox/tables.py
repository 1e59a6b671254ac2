"""Messages to be sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import Kind, Named, naming


class OutboxStatus(StrEnum):
    """Where a message stands.

    PENDING waits for its `due_at`; SENDING is claimed by a sender; UNKNOWN was handed over and nobody knows
    whether it arrived, so it must be looked up before it is sent again; SENT is delivered; DEAD was refused for
    good.
    """

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DEAD = "dead"


class OutboxRow(Base):
    """One message. `kind` and `subject` say what to render when it is sent; `key` names the message itself.

    A row whose key was sent before updates that message in place. `parent` is the key of the message in
    whose thread it belongs. `channel` is a channel's id in the team's YAML, `@person` for a direct message, or
    `pager:ID` for what goes to a pager.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_status_due", "status", "due_at"),
        Index("ix_outbox_key", "key"),
        Index("ix_outbox_parent", "parent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    revision: Mapped[int]
    lane: Mapped[int]
    channel: Mapped[str] = mapped_column(info=naming(Named(Kind.PERSON, "@")))
    parent: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=OutboxStatus.PENDING)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    slack_channel: Mapped[str | None]
    slack_ts: Mapped[str | None]
    error: Mapped[str | None]


class PaceRow(Base):
    """How far a channel's pace is used up, over all replicas: see `core.outbox.pace.Bucket`. `name` is a channel as in
    OutboxRow, or UPDATES."""

    __tablename__ = "outbox_pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    paid_until: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]
