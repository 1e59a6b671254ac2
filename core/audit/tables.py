"""The audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.naming import ABOUT_PEOPLE, Kind, Named, PersonId, naming

GOLDILOCKS = "goldilocks"
"""The actor of everything that no person did."""

SUBJECTS = tuple(Named(kind, where="subject_kind", values=(kind,)) for kind in Kind)


class AuditEntry(Base):
    """One thing that somebody did, or was refused.

    `actor` is a person's id, `slack:U…` for a stranger, `source:ID` for a sender of alerts, or `goldilocks` itself.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[PersonId]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str] = mapped_column(info=naming(*SUBJECTS))
    allowed: Mapped[bool]
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(default="", info=ABOUT_PEOPLE)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict, info=ABOUT_PEOPLE)
