"""Heartbeats."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.heartbeats.rules import Pulse


class HeartbeatRow(Base):
    """What is known of a declared heartbeat; see `Pulse`."""

    __tablename__ = "heartbeat"

    id: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime | None]
    counts_from: Mapped[datetime]
    excused: Mapped[bool] = mapped_column(default=False)
    missed: Mapped[int] = mapped_column(default=0)

    @property
    def pulse(self) -> Pulse:
        return Pulse(self.heard_at, self.counts_from, self.excused, self.missed)
