"""Reading pages, the steps that were taken, and handoffs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.oncall.tables import HandoffStatus, Notification, Page, PageStatus, ShiftHandoff

UNANSWERED = (PageStatus.OPEN, PageStatus.EXHAUSTED)
TIMED = (*UNANSWERED, PageStatus.HELD)
"""Pages whose `due_at` is waited for."""


def lock_page_of(session: Session, group_id: int) -> Page | None:
    """The page of an alert group, if it ever had one, held against a step or an answer at the same instant."""
    query = select(Page).where(Page.group_id == group_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def page_of(session: Session, group_id: int) -> Page | None:
    """The page of an alert group, if it ever had one."""
    return session.scalars(select(Page).where(Page.group_id == group_id)).one_or_none()


def due_pages(session: Session, now: datetime) -> Sequence[Page]:
    """Pages that wait for an answer and whose timer is over, longest overdue first, without those that somebody else
    holds."""
    query = select(Page).where(Page.status.in_(UNANSWERED), Page.due_at <= now)
    query = query.order_by(Page.due_at, Page.id).with_for_update(skip_locked=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def next_due(session: Session) -> datetime | None:
    """When the next step, reminder or question of any page falls due, or None when none waits."""
    return session.scalar(select(func.min(Page.due_at)).where(Page.status.in_(TIMED)))


def groups_held_until(session: Session, now: datetime) -> Sequence[int]:
    """The groups of pages that somebody holds and whose timer is over, in the order in which groups are locked."""
    query = select(Page.group_id).where(Page.status == PageStatus.HELD, Page.due_at <= now)
    return session.scalars(query.order_by(Page.group_id)).all()


def asked_of(session: Session, person: str, limit: int) -> tuple[Sequence[Page], int]:
    """The pages of which this person is asked whether they are still on it, the one that calls again first at the
    front, and how many there are in all."""
    where = [Page.status == PageStatus.HELD, Page.asked.is_not(None), Page.answered_by == person]
    total = session.scalar(select(func.count()).select_from(Page).where(*where)) or 0
    return session.scalars(select(Page).where(*where).order_by(Page.due_at, Page.id).limit(limit)).all(), total


def lock_page(session: Session, page_id: int) -> Page | None:
    """A page by its own id, held."""
    query = select(Page).where(Page.id == page_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def page(session: Session, page_id: int) -> Page | None:
    return session.get(Page, page_id)


def notification(session: Session, notification_id: int) -> Notification | None:
    return session.get(Notification, notification_id)


def notifications(session: Session, page_id: int) -> Sequence[Notification]:
    """The steps of a page that were taken, in order."""
    query = select(Notification).where(Notification.page_id == page_id)
    return session.scalars(query.order_by(Notification.step)).all()


def handoff(session: Session, handoff_id: int) -> ShiftHandoff | None:
    return session.get(ShiftHandoff, handoff_id)


def lock_handoff(session: Session, handoff_id: int) -> ShiftHandoff | None:
    """The handoff, held against a second acceptance at the same instant."""
    query = select(ShiftHandoff).where(ShiftHandoff.id == handoff_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def handoff_at(session: Session, rotation: str, layer: str, shift_end: datetime) -> ShiftHandoff | None:
    """The handoff of the layer's shift that ended at `shift_end`."""
    query = select(ShiftHandoff).where(ShiftHandoff.rotation == rotation, ShiftHandoff.shift_end == shift_end)
    return session.scalars(query.where(ShiftHandoff.layer == layer)).one_or_none()


def latest_handoffs(session: Session, rotation: str, layer: str, limit: int = 5) -> Sequence[ShiftHandoff]:
    """The handoffs of a rotation's layer, newest first."""
    query = select(ShiftHandoff).where(ShiftHandoff.rotation == rotation, ShiftHandoff.layer == layer)
    return session.scalars(query.order_by(ShiftHandoff.shift_end.desc()).limit(limit)).all()


def unaccepted(session: Session) -> Sequence[ShiftHandoff]:
    """Handoffs that nobody has accepted, oldest first."""
    query = select(ShiftHandoff).where(ShiftHandoff.status == HandoffStatus.DRAFTED)
    return session.scalars(query.order_by(ShiftHandoff.id)).all()


def handoffs_between(session: Session, start: datetime, end: datetime) -> Sequence[ShiftHandoff]:
    """Handoffs of shifts that ended in `[start, end)`, newest first."""
    query = select(ShiftHandoff).where(ShiftHandoff.shift_end >= start, ShiftHandoff.shift_end < end)
    return session.scalars(query.order_by(ShiftHandoff.shift_end.desc(), ShiftHandoff.id.desc())).all()


def add_handoff(session: Session, handoff: ShiftHandoff) -> bool:
    """Add a handoff; False, and nothing changed, when another process has just drafted the same one."""
    try:
        with session.begin_nested():
            session.add(handoff)
    except IntegrityError:
        if handoff_at(session, handoff.rotation, handoff.layer, handoff.shift_end) is None:
            raise
        return False
    return True


def called_between(session: Session, start: datetime, end: datetime) -> list[str]:
    """A person's id for each time that a step called them in `[start, end)`."""
    query = select(Notification.people).where(Notification.at >= start, Notification.at < end)
    return [person for people in session.scalars(query) for person in people]
