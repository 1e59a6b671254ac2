"""Calendars that are read, and calendars that are shared."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import Kind, Named, PersonId, RotationId, naming

ABSENCES, IMPORT = "absences:", "import:"
"""What the source of a calendar begins with: a person's, or a rotation's."""

SOURCES = (Named(Kind.PERSON, ABSENCES), Named(Kind.ROTATION, IMPORT))


class CalendarCopy(Base):
    """A calendar that is read: what of it was last good (`sha256`), when that changed, and what is wrong with it now.

    `source` is `absences:PERSON` or `import:ROTATION`.
    """

    __tablename__ = "calendar_copy"

    source: Mapped[str] = mapped_column(primary_key=True, info=naming(*SOURCES))
    sha256: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class CalendarEvent(Base):
    """A stretch of the last good copy: `person` is away, or on call, in `[starts_at, ends_at)`; since `seen_at`."""

    __tablename__ = "calendar_event"
    __table_args__ = (Index("ix_calendar_event_source_ends", "source", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(info=naming(*SOURCES))
    person: Mapped[PersonId]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]


class CalendarFeed(Base):
    """A calendar's secret address, known by its hash: of a person, or of a whole rotation (`person` is empty)."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    person: Mapped[PersonId | None]
    rotation: Mapped[RotationId | None]
    created_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
