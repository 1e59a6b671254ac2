"""What people say about a group in hindsight: that it was noise, and that it was not."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store
from core.alerts.judging import NOISE, may_mark, may_unmark
from core.alerts.tables import GroupStatus, Verdict
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from workflows import respond


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
    if group is not None and person is not None and decision.allowed:
        session.add(
            Verdict(group_id=group.id, verdict=NOISE, reason=reason.strip(), given_by=person.id, given_at=now)
        )
        session.flush()
    respond.answer(session, group_id, group, actor, "alert.mark_noise", decision, now)
    if group is not None and decision.allowed and close and group.status != GroupStatus.RESOLVED:
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
    if standing is not None and decision.allowed:
        standing.withdrawn_at = now
    return respond.answer(session, group_id, group, actor, "alert.unmark_noise", decision, now)
