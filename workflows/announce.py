"""What people see of a group: a new revision of its message, wherever it is shown, and lines in its thread."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.decision import Decision
from core.outbox.store import Lane, Post, enqueue
from workflows.note import tell


def announce(session: Session, group: AlertGroup, now: datetime) -> None:
    """The group looks different now: a new revision of its message, and of the copies in other channels."""
    group.revision += 1
    group.told_at, group.due_at = now, None
    if group.status not in (GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED):
        group.remind_at = None
    session.flush()
    post = Post("alert_group", group.id, group.message, group.channel, revision=group.revision)
    enqueue(session, post, now)
    for channel in group.copies:
        copy = Post("alert_group", group.id, f"{group.message}@{channel}", channel, revision=group.revision)
        enqueue(session, copy, now)


def note(
    session: Session,
    group: AlertGroup,
    actor: str,
    action: str,
    decision: Decision,
    now: datetime,
    *,
    data: dict[str, Any] | None = None,
    quiet: bool = False,
    lane: Lane | None = None,
) -> None:
    """One audit row about a group, and its line in the group's thread unless it is `quiet` (there is none yet)."""
    entry = audit.record(
        session,
        at=now,
        actor=actor,
        action=action,
        subject=("alert_group", group.id),
        decision=decision,
        data=data,
        at_once=not quiet,
    )
    if not quiet:
        tell(session, entry, channel=group.channel, parent=group.message, now=now, lane=lane)
