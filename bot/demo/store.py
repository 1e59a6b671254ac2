"""What the demo looks at: how far the story is, what waits for a person, and what has happened so far."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from core.alerts.tables import AlertGroup
from core.approvals.tables import Approval, ApprovalStatus
from core.evaluation.tables import CardStatus, Evaluation, Review, ReviewCard
from core.models.tables import Deployment, DeploymentStatus
from core.oncall.tables import HandoffStatus, Page, PageStatus, ShiftHandoff
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
    back, forth = Approval.action == "roll_back", Approval.action == "promote"
    decided_by_people = Approval.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.REJECTED))
    verified = (Deployment.action == "roll_back") & (Deployment.status == DeploymentStatus.VERIFIED)
    return [
        Chapter("The storm breaks the SLO", _any(session, AlertGroup.id, breached)),
        Chapter("Acknowledge the alert", _any(session, AlertGroup.id, AlertGroup.acknowledged_by.is_not(None))),
        Chapter("File the bug", _any(session, Ticket.id, Ticket.group_id.is_not(None))),
        Chapter("Ask for the rollback", _any(session, Approval.id, back)),
        Chapter("Approve it as somebody else", _any(session, Approval.id, back & decided_by_people)),
        Chapter("See it verified in serving", _any(session, Deployment.id, verified)),
        Chapter("Decide on the retrained candidate", _any(session, Approval.id, forth & decided_by_people)),
        Chapter(
            "Accept the handoff", _any(session, ShiftHandoff.id, ShiftHandoff.status == HandoffStatus.ACCEPTED)
        ),
        Chapter("Go through three review cards", _decided_cards(session) >= CARDS_OF_THE_STORY),
    ]


def waiting(session: Session) -> str | None:
    """What the clock waits for, because a person has to act before time goes on; None when nothing does."""
    page = session.scalars(
        select(AlertGroup).join(Page, Page.group_id == AlertGroup.id).where(Page.status == PageStatus.OPEN)
    ).first()
    if page is not None:
        return f"an answer to “{page.title}”"
    approval = session.scalars(select(Approval).where(Approval.status == ApprovalStatus.PENDING)).first()
    if approval is not None:
        noun = "rollback" if approval.action == "roll_back" else "promotion"
        return f"a decision on the {noun} to v{approval.to_version}"
    return None


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
