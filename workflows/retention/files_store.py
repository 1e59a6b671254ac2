"""Which old files of the data folder somebody may still look for, and that pictures are gone."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from core.alerts.tables import AlertGroup, GroupStatus
from core.approvals.tables import Approval, ApprovalStatus
from core.evaluation.tables import Evaluation
from core.models.places import folder_name
from core.outbox.tables import OutboxRow
from core.runs import store as runs
from core.tickets.tables import Ticket, TicketStatus
from workflows.retention.groups_store import UNSETTLED

SHOWN_IN, ASKED_IN = ("evaluation", "evidence"), ("approval",)
"""The messages with the picture of an evaluation, and those with the picture of a training."""


class Picture(NamedTuple):
    """The picture of an evaluation, by its path below the data folder."""

    evaluation: int
    path: str


def old_pictures(session: Session, before: datetime, reached: int, limit: int) -> list[Picture]:
    """The next pictures of evaluations beyond an id that were made before then, oldest first, without those of each
    pipeline's newest window."""
    newer = aliased(Evaluation)
    followed = select(newer.id).where(
        newer.pipeline == Evaluation.pipeline, newer.window_start > Evaluation.window_start
    )
    query = select(Evaluation.id, Evaluation.chart).where(Evaluation.id > reached, Evaluation.known_at < before)
    query = query.where(Evaluation.chart.is_not(None), followed.exists()).order_by(Evaluation.id).limit(limit)
    return [Picture(row[0], str(row[1])) for row in session.execute(query)]


def spent(session: Session, pictures: Sequence[Picture], before: datetime) -> list[Picture]:
    """Those of at most 500 pictures that nobody looks for: of no alert that goes on, was not over by then or has an
    open bug, of no request under way, and of no message that is still to be sent."""
    ids = [each.evaluation for each in pictures]
    over = and_(AlertGroup.status == GroupStatus.RESOLVED, AlertGroup.resolved_at < before)
    open_bug = and_(Ticket.group_id == AlertGroup.id, Ticket.status != TicketStatus.CLOSED)
    group = select(AlertGroup.evaluation_id).where(AlertGroup.evaluation_id.in_(ids))
    wanted = {*session.scalars(group.where(~over)), *session.scalars(group.join(Ticket, open_bug))}
    wanted |= {each.evidence.get("evaluation_id") for each in _asked(session)}
    wanted.update(map(int, _to_be_told(session, SHOWN_IN, map(str, ids))))
    paths = {each.path for each in pictures if each.evaluation in wanted}
    return [each for each in pictures if each.path not in paths]


def forget_pictures(session: Session, evaluations: Collection[int]) -> None:
    """These have no picture any more."""
    session.execute(update(Evaluation).where(Evaluation.id.in_(evaluations)).values(chart=None))


def wanted_trainings(session: Session) -> set[str]:
    """The names of the folders of trainings that run, that people still decide on, or whose message is to be sent."""
    told = [int(each) for each in _to_be_told(session, ASKED_IN)]
    shown = session.scalars(select(Approval).where(Approval.id.in_(told)))
    charts = (str(each.evidence.get("chart") or "") for each in (*_asked(session), *shown))
    return {Path(each).parent.name for each in charts} | {folder_name(each.id) for each in runs.open_runs(session)}


def _asked(session: Session) -> Sequence[Approval]:
    """What waits for its decision, or is being carried out."""
    carried_out = and_(Approval.status == ApprovalStatus.APPROVED, Approval.outcome.is_(None))
    return session.scalars(
        select(Approval).where(or_(Approval.status == ApprovalStatus.PENDING, carried_out))
    ).all()


def _to_be_told(session: Session, kinds: Collection[str], subjects: Iterator[str] | None = None) -> Sequence[str]:
    """The subjects, of all or of these, of which such a message is still to be sent."""
    query = select(OutboxRow.subject).where(OutboxRow.status.in_(UNSETTLED), OutboxRow.kind.in_(kinds))
    return session.scalars(query if subjects is None else query.where(OutboxRow.subject.in_(subjects))).all()
