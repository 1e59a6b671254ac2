"""Requests that came in from people."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base


class InboundStatus(StrEnum):
    """RECEIVED is not finished yet; DONE took effect (or was refused); FAILED changed nothing,
    its sender was told, and may ask again."""

    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"


class InboundRequest(Base):
    """One request. `key` names the delivery, so that the same one arriving twice is recognised.

    `body` is what is needed to do it again after a crash, without credentials. `owner` is the replica that carries it
    out; once `leased_until` is past and it is still not finished, that replica is taken for dead and another may.
    """

    __tablename__ = "inbound"
    __table_args__ = (Index("ix_inbound_status", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default=InboundStatus.RECEIVED)
    owner: Mapped[str]
    leased_until: Mapped[datetime]
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]
