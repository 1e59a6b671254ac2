"""What people did about the alerts of a pipeline, over groups, verdicts and tickets at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, Verdict
from core.audit.tables import GOLDILOCKS
from core.tickets.tables import Ticket


class Reaction(NamedTuple):
    """A group that an evaluation raised, from when to when it was open, and what people made of it."""

    opened_at: datetime
    resolved_at: datetime | None
    acted: bool
    noise: bool


def reactions(session: Session, pipeline: str, since: datetime) -> Sequence[Reaction]:
    """The groups that evaluations of a pipeline raised and that were open at or after an instant, oldest first."""
    query = select(AlertGroup).where(
        AlertGroup.pipeline == pipeline,
        AlertGroup.evaluation_id.is_not(None),
        or_(AlertGroup.resolved_at.is_(None), AlertGroup.resolved_at >= since),
    )
    groups = session.scalars(query.order_by(AlertGroup.opened_at, AlertGroup.id)).all()
    ids = [group.id for group in groups]
    standing = select(Verdict.group_id).where(Verdict.group_id.in_(ids), Verdict.withdrawn_at.is_(None))
    noise = set(session.scalars(standing))
    filed = set(session.scalars(select(Ticket.group_id).where(Ticket.group_id.in_(ids))))
    return [
        Reaction(group.opened_at, group.resolved_at, _acted(group) or group.id in filed, group.id in noise)
        for group in groups
    ]


def _acted(group: AlertGroup) -> bool:
    return group.acknowledged_by is not None or group.resolved_by not in (None, GOLDILOCKS)
