"""What the auditor asks, over pages, groups and messages at once: each by an index, so that it may ask often."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.alerts.tables import AlertGroup, GroupStatus
from core.oncall.store import TIMED
from core.oncall.tables import CallKind, Notification, Page, PageCall, PageStatus
from core.outbox.store import LEASE
from core.outbox.tables import OutboxRow, OutboxStatus

MOST = 200
"""How much one pass looks at of each kind; the next pass goes on."""


class Look(NamedTuple):
    """A page with what belongs to it. `silent` counts messages of its last step that were never enqueued."""

    page: Page
    group_status: str
    in_storm: bool
    has_step: bool
    silent: int


def unanswered(session: Session, page_id: int | None = None) -> list[Look]:
    """Pages that wait for an answer or are held for a time, or whose status is none, by their timers; or this one only,
    whatever it is."""
    wanted = Page.status.in_(TIMED) | unknown(Page.status, PageStatus)
    query = select(Page, AlertGroup.status, AlertGroup.storm_id).join(AlertGroup, AlertGroup.id == Page.group_id)
    query = query.where(wanted if page_id is None else Page.id == page_id).order_by(Page.due_at).limit(MOST)
    found = list(session.execute(query))
    ids = [page.id for page, _, _ in found]
    step = (Page.id == Notification.page_id) & (Page.step == Notification.step)
    taken = set(session.scalars(select(Page.id).join(Notification, step).where(Page.id.in_(ids))))
    silent = Counter([step.page_id for step in silent_steps(session, ids)])
    silent.update(call.page_id for call in silent_calls(session, ids))
    return [
        Look(page, status, storm is not None, page.id in taken, silent[page.id]) for page, status, storm in found
    ]


def unpaged(session: Session, severities: Collection[str], before: datetime) -> Sequence[int]:
    """Groups of these severities that fire, that people heard of before then, and that call nobody, neither by
    themselves nor as part of a storm."""
    over = or_(Page.id.is_(None), Page.status.in_((PageStatus.ANSWERED, PageStatus.WITHDRAWN)))
    query = select(AlertGroup.id).outerjoin(Page, Page.group_id == AlertGroup.id)
    query = query.where(AlertGroup.status == GroupStatus.FIRING, AlertGroup.severity.in_(severities), over)
    query = query.where(AlertGroup.storm_id.is_(None))
    query = query.where(AlertGroup.revision > 0, AlertGroup.told_at <= before)
    return session.scalars(query.order_by(AlertGroup.id).limit(MOST)).all()


def silent_steps(session: Session, page_ids: Collection[int]) -> Sequence[Notification]:
    """The last steps of these pages, where the line in the thread was never enqueued."""
    query = select(Notification).join(Page, (Page.id == Notification.page_id) & (Page.step == Notification.step))
    said = _enqueued(literal("page:") + cast(Notification.id, String))
    return session.scalars(query.where(Page.id.in_(page_ids), ~said)).all()


def silent_calls(session: Session, page_ids: Collection[int]) -> Sequence[PageCall]:
    """Calls of these pages' last steps that were never enqueued."""
    query = select(PageCall).join(Page, (Page.id == PageCall.page_id) & (Page.step == PageCall.step))
    number = cast(PageCall.id, String)
    pager = (PageCall.kind == CallKind.WEBHOOK) & ~_enqueued(literal("pager:") + number + literal(":trigger"))
    other = (PageCall.kind != CallKind.WEBHOOK) & ~_enqueued(literal("page-call:") + number)
    return session.scalars(query.where(Page.id.in_(page_ids), PageCall.lost.is_(None), pager | other)).all()


def last_step(session: Session, page_id: int) -> int | None:
    """The last step of which there is a row."""
    query = select(Notification.step).where(Notification.page_id == page_id)
    return session.scalars(query.order_by(Notification.step.desc()).limit(1)).first()


def stuck(session: Session, late: datetime, far: datetime) -> Sequence[OutboxRow]:
    """Messages, held, that their sender never finished, that wait for a time that is too far, or whose status is
    none."""
    sending = OutboxRow.status == OutboxStatus.SENDING
    unfinished = sending & (OutboxRow.claimed_at.is_(None) | (OutboxRow.claimed_at <= late - LEASE))
    waiting = OutboxRow.status.in_((OutboxStatus.PENDING, OutboxStatus.UNKNOWN)) & (OutboxRow.due_at > far)
    query = select(OutboxRow).where(unfinished | waiting | unknown(OutboxRow.status, OutboxStatus))
    return session.scalars(query.order_by(OutboxRow.due_at).limit(MOST).with_for_update(skip_locked=True)).all()


def unknown(column: InstrumentedAttribute[str], known: Iterable[str]) -> ColumnElement[bool]:
    """Values that are none of these, as ranges: an index finds them without reading the rest."""
    names = sorted(known)
    between = [(column > low) & (column < high) for low, high in pairwise(names)]
    return or_(column < names[0], *between, column > names[-1])


def _enqueued(key: ColumnElement[str]) -> ColumnElement[bool]:
    row = aliased(OutboxRow)
    return select(row.id).where(row.key == key).exists()
