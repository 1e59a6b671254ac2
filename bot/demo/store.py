"""What the demo looks at: how far the story is, what waits for a person, and what has happened so far."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from core.alerts.tables import AlertGroup
from core.approvals.decide import deciders
from core.approvals.tables import Approval, ApprovalStatus
from core.config.load import Config
from core.evaluation.tables import CardStatus, Evaluation, Review, ReviewCard
from core.models.tables import Deployment, DeploymentStatus
from core.oncall.tables import HandoffStatus, Notification, Page, PageStatus, ShiftHandoff
from core.outbox.tables import OutboxRow, OutboxStatus
from core.runs.tables import Run, RunStatus
from core.tickets.tables import Ticket

CARDS_OF_THE_STORY = 3


@dataclass(frozen=True)
class Chapter:
    """One thing to see or do in the story, and whether it was."""

    label: str
    done: bool


def story(session: Session) -> list[Chapter]:
    """The story in the order in which it is usually lived through."""
    breached = AlertGroup.evaluation_id.is_not(None)
    answered = breached & AlertGroup.acknowledged_by.is_not(None)
    back, forth = Approval.action == "roll_back", Approval.action == "promote"
    decided_by_people = Approval.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.REJECTED))
    verified = (Deployment.action == "roll_back") & (Deployment.status == DeploymentStatus.VERIFIED)
    return [
        Chapter("The storm breaks the SLO", _any(session, AlertGroup.id, breached)),
        Chapter(
            "Acknowledge the alert",
            _any(session, AlertGroup.id, answered),
        ),
        Chapter(
            "File the bug", _any(session, Ticket.id, Ticket.group_id.in_(select(AlertGroup.id).where(breached)))
        ),
        Chapter("Ask for the rollback", _any(session, Approval.id, back)),
        Chapter("Approve it as somebody else", _any(session, Approval.id, back & decided_by_people)),
        Chapter("See it verified in serving", _any(session, Deployment.id, verified)),
        Chapter("Accept the handoff", _any(session, ShiftHandoff.id, _told_of_the_storm())),
        Chapter("Go through three review cards", _decided_cards(session) >= CARDS_OF_THE_STORY),
        Chapter("Decide on the retrained candidate", _any(session, Approval.id, forth & decided_by_people)),
    ]


def _told_of_the_storm() -> ColumnElement[bool]:
    """An accepted handoff of the shift in which the objective broke, or of a later one: the shift in
    which the demo begins was handed over, too."""
    broke = select(func.min(AlertGroup.opened_at)).where(AlertGroup.evaluation_id.is_not(None)).scalar_subquery()
    return (ShiftHandoff.status == HandoffStatus.ACCEPTED) & (ShiftHandoff.shift_end > broke)


@dataclass(frozen=True)
class Waiting:
    """What somebody has to do before time goes on, and the ids of those who can."""

    what: str
    people: tuple[str, ...]


def waiting(session: Session, config: Config) -> Waiting | None:
    """What the clock waits for; None when nobody is asked for anything. A page goes before a request."""
    page = session.scalars(select(Page).where(Page.status == PageStatus.OPEN).order_by(Page.id)).first()
    if page is not None:
        calls = select(Notification).where(Notification.page_id == page.id).order_by(Notification.id.desc())
        called = session.scalars(calls).first()
        return Waiting("answer the alert", tuple(called.people) if called else ())
    approval = session.scalars(select(Approval).where(Approval.status == ApprovalStatus.PENDING)).first()
    if approval is None:
        return None
    noun = {"roll_back": "rollback", "tune": "alerting policy"}.get(approval.action, "promotion")
    return Waiting(f"decide the {noun}", tuple(deciders(approval, config.team)))


def marks(session: Session) -> tuple[int, ...]:
    """Changes whenever something happens that a visitor would want to stop at."""
    newest = (Page.id, Approval.id, ShiftHandoff.id, Review.id)
    return tuple(session.scalar(select(func.max(column))) or 0 for column in newest)


def happened(session: Session) -> dict[str, int]:
    """Counts of everything that a headless run reports."""
    return {
        "evaluations": _count(session, Evaluation.id),
        "alerts": _count(session, AlertGroup.id),
        "acknowledged": _count(session, AlertGroup.id, AlertGroup.acknowledged_by.is_not(None)),
        "tickets": _count(session, Ticket.id),
        "approvals": _count(session, Approval.id, Approval.status == ApprovalStatus.APPROVED),
        "rollbacks": _count(session, Deployment.id, Deployment.action == "roll_back"),
        "retrains": _count(session, Run.id, (Run.kind == "retrain") & (Run.status == RunStatus.FINISHED)),
        "handoffs": _count(session, ShiftHandoff.id, ShiftHandoff.status == HandoffStatus.ACCEPTED),
        "reviews": _count(session, ReviewCard.id, ReviewCard.status != CardStatus.OPEN),
    }


def failures(session: Session) -> list[str]:
    """Everything that went wrong inside: failed runs and messages that could not be sent."""
    runs = session.scalars(select(Run).where(Run.status == RunStatus.FAILED)).all()
    dead = session.scalars(select(OutboxRow).where(OutboxRow.status == OutboxStatus.DEAD)).all()
    return [f"run {run.id}: {run.error}" for run in runs] + [f"message {row.key}: {row.error}" for row in dead]


def _decided_cards(session: Session) -> int:
    return _count(session, ReviewCard.id, ReviewCard.status != CardStatus.OPEN)


def _any(session: Session, column: InstrumentedAttribute[Any], where: ColumnElement[bool]) -> bool:
    return _count(session, column, where) > 0


def _count(session: Session, column: InstrumentedAttribute[Any], where: ColumnElement[bool] | None = None) -> int:
    query = select(func.count(column))
    return session.scalar(query if where is None else query.where(where)) or 0
