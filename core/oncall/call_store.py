"""Reading whom pages called."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.oncall.tables import CallKind, Page, PageCall, PageStatus


def get(session: Session, call_id: int) -> PageCall | None:
    return session.get(PageCall, call_id)


def of_pass(session: Session, page: Page) -> Sequence[PageCall]:
    """Everybody whom the running pass of a page called so far, in order."""
    query = select(PageCall).where(PageCall.page_id == page.id, PageCall.step >= page.first)
    return session.scalars(query.order_by(PageCall.id)).all()


def of_step(session: Session, page: Page) -> Sequence[PageCall]:
    """Whom the last step called, those whom a person asked for since included."""
    query = select(PageCall).where(PageCall.page_id == page.id, PageCall.step == page.step)
    return session.scalars(query.order_by(PageCall.id)).all()


def latest(session: Session, page_id: int, kind: CallKind, target: str) -> PageCall | None:
    """The last call of this kind to this target."""
    query = select(PageCall).where(PageCall.page_id == page_id, PageCall.kind == kind, PageCall.target == target)
    return session.scalars(query.order_by(PageCall.id.desc()).limit(1)).first()


def groups_calling(session: Session, person: str) -> set[int]:
    """The alert groups whose unanswered pages have called this person, by id; those that were lost are no call."""
    query = select(Page.group_id).join(PageCall, PageCall.page_id == Page.id)
    query = query.where(Page.status.in_((PageStatus.OPEN, PageStatus.EXHAUSTED)), PageCall.step >= Page.first)
    query = query.where(PageCall.target == person, PageCall.kind == CallKind.PERSON, PageCall.lost.is_(None))
    return set(session.scalars(query))
