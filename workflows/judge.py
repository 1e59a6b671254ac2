"""What people say about a group in hindsight: that it was noise, and that it was not."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store
from core.alerts.judging import NOISE, may_mark, may_unmark
from core.alerts.tables import AlertGroup, GroupStatus, Verdict
from core.audit import store as audit
from core.config.load import Config
from core.config.team import Person
from core.decision import Decision
from workflows import respond
from workflows.announce import announce, note


def mark_noise(
    session: Session,
    config: Config,
    group_id: int,
    reason: str,
    close: bool,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Put on record that a group was noise, and why; with `close` it is resolved as well. Whatever learns from
    verdicts reads the row."""
    group = store.lock(session, group_id)
    standing = store.verdict(session, group_id) if group else None
    decision = may_mark(group, standing, person, reason)
    if group is None or person is None or not decision.allowed:
        return _refused(session, group_id, "alert.mark_noise", actor, decision, now)
    session.add(Verdict(group_id=group.id, verdict=NOISE, reason=reason.strip(), given_by=person.id, given_at=now))
    session.flush()
    _tell(session, group, actor, "alert.mark_noise", decision, now)
    if close and group.status != GroupStatus.RESOLVED:
        respond.resolve(session, config, group.id, person, actor, now)
    return decision


def unmark_noise(
    session: Session,
    config: Config,  # noqa: ARG001 - every answer to a click takes the same
    group_id: int,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Take the verdict back; it stays on record that it once stood."""
    group = store.lock(session, group_id)
    standing = store.verdict(session, group_id) if group else None
    decision = may_unmark(standing, person)
    if group is None or standing is None or not decision.allowed:
        return _refused(session, group_id, "alert.unmark_noise", actor, decision, now)
    standing.withdrawn_by, standing.withdrawn_at = actor, now
    _tell(session, group, actor, "alert.unmark_noise", decision, now)
    return decision


def _tell(session: Session, group: AlertGroup, actor: str, action: str, decision: Decision, now: datetime) -> None:
    announce(session, group, now)
    note(session, group, actor, action, decision, now)


def _refused(
    session: Session, group_id: int, action: str, actor: str, decision: Decision, now: datetime
) -> Decision:
    subject = ("alert_group", group_id)
    audit.record(session, at=now, actor=actor, action=action, subject=subject, decision=decision)
    return decision
