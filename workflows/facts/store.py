"""Reading across concepts: what a shift, a ticket queue or a pipeline's card is told about its neighbours."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, Verdict
from core.approvals.tables import Approval, ApprovalStatus
from core.changes.tables import Change
from core.evaluation.tables import Evaluation, SloState
from core.oncall.tables import Notification, Page
from core.runs.tables import Run

CHANGES = 50
"""How many changes one report keeps."""


def recent_groups(session: Session, pipeline: str, limit: int) -> Sequence[AlertGroup]:
    """A pipeline's alert groups, newest first."""
    query = select(AlertGroup).where(AlertGroup.pipeline == pipeline)
    return session.scalars(query.order_by(AlertGroup.id.desc()).limit(limit)).all()


def calls_during(
    session: Session, rotation: str, start: datetime, end: datetime
) -> list[tuple[Notification, AlertGroup]]:
    """The calls made in `[start, end)` for a rotation's pages, with what they were about, oldest first."""
    query = select(Notification, AlertGroup).join(Page, Page.id == Notification.page_id)
    query = query.join(AlertGroup, AlertGroup.id == Page.group_id)
    query = query.where(Page.rotation == rotation, Notification.at >= start, Notification.at < end)
    return [(call, group) for call, group in session.execute(query.order_by(Notification.id))]


def noise_during(
    session: Session, rotation: str, start: datetime, end: datetime
) -> list[tuple[Verdict, AlertGroup]]:
    """What people called noise in `[start, end)` and did not take back, among a rotation's groups, oldest first."""
    query = select(Verdict, AlertGroup).join(AlertGroup, AlertGroup.id == Verdict.group_id)
    query = query.where(AlertGroup.rotation == rotation, Verdict.withdrawn_at.is_(None))
    query = query.where(Verdict.given_at >= start, Verdict.given_at < end).order_by(Verdict.id)
    return [(verdict, group) for verdict, group in session.execute(query)]


def changes_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime, *, nameless: bool
) -> Sequence[Change]:
    """The newest changes of these pipelines in `[start, end)`, at most CHANGES, oldest first; with those that name no
    pipeline where they are wanted (`nameless`)."""
    wanted = Change.pipeline.in_(pipelines) | (Change.pipeline.is_(None) if nameless else false())
    query = select(Change).where(wanted, Change.at >= start, Change.at < end)
    return session.scalars(query.order_by(Change.at.desc(), Change.id.desc()).limit(CHANGES)).all()[::-1]


def runs_during(session: Session, kind: str, start: datetime, end: datetime) -> Sequence[Run]:
    """Runs of a kind that ended in `[start, end)`, oldest first."""
    query = select(Run).where(Run.kind == kind, Run.finished_at >= start, Run.finished_at < end)
    return session.scalars(query.order_by(Run.finished_at, Run.id)).all()


def requests_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime
) -> Sequence[Approval]:
    """Approvals asked for or decided in `[start, end)`, and those that still wait, oldest first."""
    touched = (
        (Approval.requested_at >= start)
        | (Approval.decided_at >= start)
        | (Approval.status == ApprovalStatus.PENDING)
    )
    query = select(Approval).where(Approval.pipeline.in_(pipelines), Approval.requested_at < end, touched)
    return session.scalars(query.order_by(Approval.id)).all()


def evaluations_during(
    session: Session, pipelines: Collection[str], start: datetime, end: datetime
) -> Sequence[Evaluation]:
    """The last evaluation made in `[start, end)` of each window, by pipeline and window."""
    query = select(Evaluation).where(Evaluation.pipeline.in_(pipelines))
    query = query.where(Evaluation.known_at >= start, Evaluation.known_at < end).order_by(Evaluation.known_at)
    last = {(row.pipeline, row.window_start): row for row in session.scalars(query)}
    return [last[key] for key in sorted(last)]


def days_judged(session: Session, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """By pipeline, the windows that ended in `(start, end]`: how many missed the objective, of how many judged.

    The last evaluation of each window counts; windows with too few labels are not judged.
    """
    query = select(Evaluation.pipeline, Evaluation.window_start, Evaluation.state).order_by(Evaluation.known_at)
    query = query.where(Evaluation.window_end > start, Evaluation.window_end <= end)
    last = {(pipeline, window): state for pipeline, window, state in session.execute(query)}
    judged: dict[str, tuple[int, int]] = {}
    for (pipeline, _), state in last.items():
        if state != SloState.UNKNOWN:
            breached, days = judged.get(pipeline, (0, 0))
            judged[pipeline] = (breached + (state == SloState.BREACHED), days + 1)
    return judged
