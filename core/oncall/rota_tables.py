"""What people change about a rotation, how far those are who learn, and what is told of it all."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import ABOUT_PEOPLE, PersonId, RotationId


class DutyRole(StrEnum):
    """What somebody is on call as: the PRIMARY answers, the SHADOW goes along and is not relied on."""

    PRIMARY = "primary"
    SHADOW = "shadow"


class Said:
    """What somebody said about a person for `[starts_at, ends_at)`, and who took it back, if anybody did.
    `import_id` is the import that it came with."""

    person: Mapped[PersonId]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")
    created_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    cancelled_by: Mapped[PersonId | None]
    cancelled_at: Mapped[datetime | None]
    import_id: Mapped[int | None]


class Override(Said, Base):
    """One person in one role for `[starts_at, ends_at)`, whatever the rotation says; `taken` by that person.

    One that is cancelled was in force until then.
    """

    __tablename__ = "rota_override"
    __table_args__ = (
        Index("ix_rota_override_ends", "rotation", "ends_at"),
        Index("ix_rota_override_import", "import_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[RotationId]
    role: Mapped[str] = mapped_column(default=DutyRole.PRIMARY)
    taken: Mapped[bool] = mapped_column(default=False)


class Absence(Said, Base):
    """A person who is away for `[starts_at, ends_at)`, from every rotation. Cancelled: was away until then."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_ends", "ends_at"), Index("ix_absence_import", "import_id"))

    id: Mapped[int] = mapped_column(primary_key=True)


class RotaImport(Base):
    """Shifts of `rotation`, or without one absences, that somebody gave all at once (`items`: person, start and end as
    ISO 8601, name, line), from `source` in words. It changes nothing until it is `applied_at`, as overrides or absences
    that name it; `ends_at` is the end of its last item. One that is cancelled was in force until then.
    """

    __tablename__ = "rota_import"
    __table_args__ = (Index("ix_rota_import_ends", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation: Mapped[RotationId | None]
    source: Mapped[str]
    items: Mapped[list[Any]] = mapped_column(default=list, info=ABOUT_PEOPLE)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[PersonId]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    cancelled_by: Mapped[PersonId | None]
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
    rotation: Mapped[RotationId]
    asked_by: Mapped[PersonId]
    asked_of: Mapped[PersonId]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    back_starts_at: Mapped[datetime | None]
    back_ends_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=SwapStatus.ASKED)
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    cancelled_by: Mapped[PersonId | None]
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
    rotation: Mapped[RotationId]
    person: Mapped[PersonId]
    version: Mapped[int]
    stage: Mapped[str]
    status: Mapped[str] = mapped_column(default=StepStatus.ASKED)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict, info=ABOUT_PEOPLE)
    decided_by: Mapped[PersonId | None]
    decided_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def message(self) -> str:
        """The key of its message in the outbox."""
        return f"shadow-step:{self.id}"


class RotaPlan(Base):
    """Up to when a rotation's notices are planned, and as what it was `declared` then: a digest, and the whole in
    `declaration` (see `core.oncall.declaring`), None for one that was planned before this was written down.

    `seen_since` is when they were first planned: nothing is known of what was before. None for a rotation that was
    planned before this was written down.

    Whoever changes the rota holds this row, so that changes happen one after the other.
    """

    __tablename__ = "rota_plan"

    rotation: Mapped[RotationId] = mapped_column(primary_key=True)
    planned_until: Mapped[datetime | None]
    seen_since: Mapped[datetime | None]
    declared: Mapped[str] = mapped_column(default="")
    declaration: Mapped[dict[str, Any] | None] = mapped_column(info=ABOUT_PEOPLE)


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
    rotation: Mapped[RotationId]
    kind: Mapped[str]
    person: Mapped[PersonId]
    role: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=NoticeStatus.PLANNED)
    spans: Mapped[list[Any]] = mapped_column(default=list, info=ABOUT_PEOPLE)
    audit_id: Mapped[int | None]
