"""Reading and writing the steps of shadows' plans."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.config.rotation import Rotation
from core.oncall.learning import Learner, Stage, learners
from core.oncall.rota_tables import BEGUN, ShadowStep, StepStatus
from core.oncall.tables import CallKind, Page, PageCall


def of_rotation(session: Session, rotation: Rotation) -> list[Learner]:
    """Who learns in a rotation, and in which stage when; no query where nobody does."""
    if not rotation.shadowing:
        return []
    begun: dict[str, list[tuple[Stage, datetime]]] = {}
    query = select(ShadowStep).where(ShadowStep.rotation == rotation.id, ShadowStep.status.in_(BEGUN))
    for row in session.scalars(query.order_by(ShadowStep.version)):
        if row.starts_at is not None and row.version > 1:
            begun.setdefault(row.person, []).append((Stage(row.stage), row.starts_at))
    return [each for plan in rotation.shadowing for each in learners(plan, begun.get(plan.person, []))]


def steps(session: Session, rotation: str, person: str) -> Sequence[ShadowStep]:
    """All steps of one plan, oldest first."""
    query = select(ShadowStep).where(ShadowStep.rotation == rotation, ShadowStep.person == person)
    return session.scalars(query.order_by(ShadowStep.version)).all()


def step(session: Session, step_id: int) -> ShadowStep | None:
    return session.get(ShadowStep, step_id)


def lock(session: Session, step_id: int) -> ShadowStep | None:
    """A step, held against a second decision at the same instant."""
    query = select(ShadowStep).where(ShadowStep.id == step_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def newest_begun(session: Session) -> Sequence[ShadowStep]:
    """The last approved step of each plan that had one approved by people, oldest first."""
    newest = select(func.max(ShadowStep.id)).where(ShadowStep.status == StepStatus.APPROVED)
    which = newest.group_by(ShadowStep.rotation, ShadowStep.person)
    query = select(ShadowStep).where(ShadowStep.id.in_(which), ShadowStep.version > 1)
    return [each for each in session.scalars(query.order_by(ShadowStep.id)) if "from" in each.evidence]


def asked(session: Session) -> Sequence[ShadowStep]:
    """The steps that wait for a word, oldest first."""
    query = select(ShadowStep).where(ShadowStep.status == StepStatus.ASKED)
    return session.scalars(query.order_by(ShadowStep.id)).all()


def pages_seen(session: Session, rotation: str, person: str, kind: CallKind, since: datetime) -> int:
    """On how many pages of a rotation somebody was called or copied since then, where that arrived."""
    query = (
        select(func.count(func.distinct(Page.id)))
        .join(PageCall, PageCall.page_id == Page.id)
        .where(Page.rotation == rotation, PageCall.target == person, PageCall.kind == kind)
        .where(PageCall.at >= since, PageCall.lost.is_(None))
    )
    return session.scalar(query) or 0
