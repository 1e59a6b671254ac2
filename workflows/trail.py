"""Rows of the trail that several workflows write."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.silence_tables import Silence
from core.audit import store as audit
from core.audit.tables import AuditEntry
from core.decision import Decision
from core.matchers import written


def record_silence(
    session: Session, silence: Silence, action: str, actor: str, decision: Decision, now: datetime
) -> AuditEntry:
    """One row in the trail about a silence, with what it is."""
    return audit.record(
        session,
        at=now,
        actor=actor,
        action=action,
        subject=("silence", silence.id),
        decision=decision,
        data={
            "created_by": silence.created_by,
            "comment": silence.comment,
            "matchers": silence.matchers,
            "written": written(silence.matchers),
        },
    )
