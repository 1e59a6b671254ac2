"""Pages (who was called for an alert group, and when the next step is due) and handoffs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import ABOUT_PEOPLE, Kind, Named, PersonId, PolicyId, RotationId, naming


class PageStatus(StrEnum):
    """OPEN waits for an answer until `due_at`; ANSWERED and WITHDRAWN are over; EXHAUSTED ran out of steps; HELD was
    answered, and its holder is asked at `due_at` whether they are still on it."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    EXHAUSTED = "exhausted"
    HELD = "held"


class Page(Base):
    """The call for somebody to take an alert group. `step` counts from 0 over the policy's steps and repeats.

    `first` is the step with which its running pass began; it is held for its hours before that when `step` is lower.
    `reminders` counts what was said after the last step. `asked` is the entry of the trail in which its holder was
    asked whether they are still on it, while that is open. Whatever it waits for happens at `due_at`.
    """

    __tablename__ = "page"
    __table_args__ = (Index("ix_page_status_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("alert_group.id"), unique=True)
    rotation: Mapped[RotationId]
    policy: Mapped[PolicyId]
    step: Mapped[int]
    first: Mapped[int] = mapped_column(default=0, server_default="0")
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default=PageStatus.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_by: Mapped[PersonId | None]
    answered_at: Mapped[datetime | None]
    asked: Mapped[int | None]


class Notification(Base):
    """One step of a page that was taken: whom it notified (people's ids) and why. Steps are never taken twice."""

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("page_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    step: Mapped[int]
    people: Mapped[list[str]] = mapped_column(info=ABOUT_PEOPLE)
    shadows: Mapped[list[str]] = mapped_column(default=list, info=ABOUT_PEOPLE)
    reason: Mapped[str]
    at: Mapped[datetime]


class CallKind(StrEnum):
    """A PERSON is relied on; a SHADOW gets a copy; a CHANNEL gets a post; a WEBHOOK is a pager for phones; a COPY is
    for who stands behind a primary that still learns, and is called with the next step."""

    PERSON = "person"
    SHADOW = "shadow"
    CHANNEL = "channel"
    WEBHOOK = "webhook"
    COPY = "copy"


PEOPLE = (CallKind.PERSON, CallKind.SHADOW, CallKind.COPY)
"""The kinds of calls whose target is a person."""


class PageCall(Base):
    """One that a page called, with a message of its own, so that none waits for another.

    `target` is the id of a person, channel or pager; `mention` is what a channel's post mentions. `lost` is why it
    did not arrive. `said` is what a shadow answered. Calls that a person asked for belong to no step.
    """

    __tablename__ = "page_call"
    __table_args__ = (
        UniqueConstraint("notification_id", "kind", "target"),
        Index("ix_page_call_page", "page_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id"))
    step: Mapped[int]
    kind: Mapped[str]
    target: Mapped[str] = mapped_column(info=naming(Named(Kind.PERSON, where="kind", values=PEOPLE)))
    mention: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    lost: Mapped[str | None]
    said: Mapped[str | None]

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"page-call:{self.id}"


class HandoffStatus(StrEnum):
    DRAFTED = "drafted"
    ACCEPTED = "accepted"


class ShiftHandoff(Base):
    """The end of one shift: what happened in it (`report`, plain values), and whether it was taken over. `layer` is the
    rotation's layer whose shift it was, the rotation's own id at its base.

    `summary` and `watch` are what people made of the drafted headline and of what to watch; empty while nobody edited
    them. `chased` is how often the incoming person was reminded.
    """

    __tablename__ = "handoff"
    __table_args__ = (UniqueConstraint("rotation", "layer", "shift_end"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[RotationId]
    layer: Mapped[str] = mapped_column(info=naming(Named(Kind.ROTATION, where="rotation")))
    shift_start: Mapped[datetime]
    shift_end: Mapped[datetime]
    outgoing: Mapped[PersonId]
    incoming: Mapped[PersonId]
    shadow: Mapped[PersonId | None]
    report: Mapped[dict[str, Any]] = mapped_column(info=ABOUT_PEOPLE)
    summary: Mapped[str] = mapped_column(default="", server_default="")
    watch: Mapped[str] = mapped_column(default="", server_default="")
    edited_by: Mapped[PersonId | None]
    chased: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default=HandoffStatus.DRAFTED)
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its parent message in the outbox."""
        return f"handoff:{self.id}"

    @property
    def in_short(self) -> str:
        """The shift in a few sentences: as people wrote it, else as it was drafted."""
        return self.summary or str(self.report.get("headline", ""))

    @property
    def to_watch(self) -> str:
        """What to watch: as people left it, which may be nothing, else as it was drafted, a point a line."""
        return self.watch if self.edited_by else "\n".join(f"• {each}" for each in self.report.get("watch") or ())
