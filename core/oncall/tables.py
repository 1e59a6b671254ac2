"""Pages (who was called for an alert group, and when the next step is due) and handoffs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base


class PageStatus(StrEnum):
    """OPEN waits for an answer until `due_at`; ANSWERED and WITHDRAWN are over; EXHAUSTED ran out of steps."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    EXHAUSTED = "exhausted"


class Page(Base):
    """The call for somebody to take an alert group. `step` counts from 0 over the policy's steps and repeats.

    `first` is the step with which its running pass began; it is held for its hours before that when `step` is lower.
    `reminders` counts what was said after the last step. Whatever it waits for happens at `due_at`.
    """

    __tablename__ = "page"
    __table_args__ = (Index("ix_page_status_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("alert_group.id"), unique=True)
    rotation: Mapped[str]
    policy: Mapped[str]
    step: Mapped[int]
    first: Mapped[int] = mapped_column(default=0, server_default="0")
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default=PageStatus.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class Notification(Base):
    """One step of a page that was taken: whom it notified (people's ids) and why. Steps are never taken twice."""

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("page_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    step: Mapped[int]
    people: Mapped[list[str]]
    shadows: Mapped[list[str]] = mapped_column(default=list)
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
    target: Mapped[str]
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
    """The end of one shift: what happened in it (`report`, plain values), and whether it was taken over.

    `summary` and `watch` are what people made of the drafted headline and of what to watch; empty while nobody edited
    them. `chased` is how often the incoming person was reminded.
    """

    __tablename__ = "handoff"
    __table_args__ = (UniqueConstraint("rotation", "shift_end"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[str]
    shift_start: Mapped[datetime]
    shift_end: Mapped[datetime]
    outgoing: Mapped[str]
    incoming: Mapped[str]
    shadow: Mapped[str | None]
    report: Mapped[dict[str, Any]]
    summary: Mapped[str] = mapped_column(default="", server_default="")
    watch: Mapped[str] = mapped_column(default="", server_default="")
    edited_by: Mapped[str | None]
    edited_at: Mapped[datetime | None]
    chased: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default=HandoffStatus.DRAFTED)
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its parent message in the outbox."""
        return f"handoff:{self.id}"


class DutyRole(StrEnum):
    """What somebody is on call as: the PRIMARY answers, the SHADOW goes along and is not relied on."""

    PRIMARY = "primary"
    SHADOW = "shadow"


class Override(Base):
    """One person in one role for `[starts_at, ends_at)`, whatever the rotation says; `taken` by that person.

    One that is cancelled was in force until then.
    """

    __tablename__ = "rota_override"
    __table_args__ = (Index("ix_rota_override_ends", "rotation", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[str]
    role: Mapped[str] = mapped_column(default=DutyRole.PRIMARY)
    person: Mapped[str]
    taken: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    cancelled_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]


class Absence(Base):
    """A person who is away for `[starts_at, ends_at)`, from every rotation. Cancelled: was away until then."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_ends", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    cancelled_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]


class SwapStatus(StrEnum):
    """ASKED waits for the other's word until `due_at`; only ACCEPTED changes who is on call."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Swap(Base):
    """`asked_by` offers their `[starts_at, ends_at)` to `asked_of`, for `[back_starts_at, back_ends_at)` in return.

    Without a return it is a favour. Both stretches lie in one rotation.
    """

    __tablename__ = "swap"
    __table_args__ = (Index("ix_swap_status_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[str]
    asked_by: Mapped[str]
    asked_of: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    back_starts_at: Mapped[datetime | None]
    back_ends_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=SwapStatus.ASKED)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message to the person who is asked."""
        return f"swap:{self.id}"


class StepStatus(StrEnum):
    """ASKED waits for a word; only APPROVED changes what somebody is; NOT_YET is asked again after another shift.
    TAKEN_BACK had begun, and ended with the step after it."""

    ASKED = "asked"
    APPROVED = "approved"
    NOT_YET = "not_yet"
    TAKEN_BACK = "taken_back"


BEGUN = (StepStatus.APPROVED, StepStatus.TAKEN_BACK)
"""What a stage's step is from its beginning on."""


class ShadowStep(Base):
    """One step of `person`'s way to being on call in a rotation, numbered by `version` from 1, which is its beginning.

    `stage` is the one that begins at `starts_at` once it is approved. `evidence` is what they had done when it was
    asked: `done` and `needed` shifts, `pages` seen, the stage `from` which it would follow; and who took it back.
    """

    __tablename__ = "shadow_step"
    __table_args__ = (UniqueConstraint("rotation", "person", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[str]
    person: Mapped[str]
    version: Mapped[int]
    stage: Mapped[str]
    status: Mapped[str] = mapped_column(default=StepStatus.ASKED)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"shadow-step:{self.id}"


class RotaPlan(Base):
    """Up to when a rotation's notices are planned, and as what it was `declared` then (a digest).

    Whoever changes the rota holds this row, so that changes happen one after the other.
    """

    __tablename__ = "rota_plan"

    rotation: Mapped[str] = mapped_column(primary_key=True)
    planned_until: Mapped[datetime | None]
    declared: Mapped[str] = mapped_column(default="")


class NoticeKind(StrEnum):
    """TOMORROW and START are for whoever goes on call; MOVED for whoever somebody else put on or off; GAP tells the
    channel that nobody will be on call."""

    TOMORROW = "tomorrow"
    START = "start"
    MOVED = "moved"
    GAP = "gap"


class NoticeStatus(StrEnum):
    """PLANNED is due at `due_at`; DROPPED came too late to be of use."""

    PLANNED = "planned"
    TOLD = "told"
    DROPPED = "dropped"


class Notice(Base):
    """Something to be told about a stretch of a rota, to `person`, or to the rotation's channel when that is empty.

    `spans` (`start`, `end` as ISO 8601) are the parts of what has several; of a MOVED one all that moved (`gained` or
    lost), and `audit_id` is what moved them.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_status_due", "status", "due_at"),
        Index("ix_notice_rotation_starts", "rotation", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[str]
    kind: Mapped[str]
    person: Mapped[str]
    role: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=NoticeStatus.PLANNED)
    spans: Mapped[list[Any]] = mapped_column(default=list)
    audit_id: Mapped[int | None]


class CalendarCopy(Base):
    """A calendar that is read: what of it was last good (`sha256`), when that changed, and what is wrong with it now.

    `source` is `absences:PERSON` or `import:ROTATION`.
    """

    __tablename__ = "calendar_copy"

    source: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]


class CalendarEvent(Base):
    """A stretch of the last good copy: `person` is away, or on call, in `[starts_at, ends_at)`; since `seen_at`."""

    __tablename__ = "calendar_event"
    __table_args__ = (Index("ix_calendar_event_source_ends", "source", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    person: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]


class CalendarFeed(Base):
    """A calendar's secret address, known by its hash: of a person, or of a whole rotation (`person` is empty)."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    person: Mapped[str | None]
    rotation: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
