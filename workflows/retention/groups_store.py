"""Which old alert groups may go: those that are over, and that nothing which is kept leads to."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.alerts.silence_tables import Silence
from core.alerts.tables import AlertCold, AlertGroup, GroupStatus, Verdict
from core.approvals.tables import Approval
from core.oncall.store import TIMED
from core.oncall.tables import Notification, Page, PageCall
from core.outbox.tables import OutboxRow, OutboxStatus
from core.tickets.tables import Ticket

CALLS = timedelta(days=366)
"""How long calls are kept: `/oncall fairness` looks back as far."""

UNSETTLED = (OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)

_CHUNK = 500
"""Values per IN list; both databases limit the parameters of a statement."""


class Unit(NamedTuple):
    """Groups that stand or fall together: a storm, which is the last of them, with its groups; or one alone."""

    root: int
    ids: tuple[int, ...]


def after(session: Session, reached: int, limit: int) -> list[tuple[int, datetime]]:
    """The next groups beyond an id that are in no storm, oldest first, and when each opened."""
    query = select(AlertGroup.id, AlertGroup.opened_at).where(
        AlertGroup.id > reached, AlertGroup.storm_id.is_(None)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(AlertGroup.id).limit(limit))]


def free(session: Session, roots: Sequence[int], before: datetime, now: datetime) -> list[Unit]:
    """Those of these groups that may go, with all that stands or falls with them, oldest first."""
    storms = _members(session, roots)
    barred = kept(session, {*roots, *storms}, before, now)
    barred |= {storms[each] for each in barred if each in storms}
    members: dict[int, list[int]] = {}
    for group, storm in storms.items():
        members.setdefault(storm, []).append(group)
    return [Unit(root, (*sorted(members.get(root, ())), root)) for root in roots if root not in barred]


def _members(session: Session, roots: Collection[int]) -> dict[int, int]:
    """The groups of these storms, with their storm's id."""
    queries = (
        select(AlertGroup.id, AlertGroup.storm_id).where(AlertGroup.storm_id.in_(ids)) for ids in chunks(roots)
    )
    rows = [row for query in queries for row in session.execute(query)]
    return {group: storm for group, storm in rows if storm is not None}


def kept(session: Session, ids: Collection[int], before: datetime, now: datetime) -> set[int]:
    """Those of these groups that must stay for their own sake, or because something that is kept leads to them."""
    found: set[int] = set()
    for chunk in chunks(ids):
        for query in _reasons(chunk, before, now):
            found.update(each for each in session.scalars(query) if each is not None)
        found |= _asked_about(session, chunk) | _told_of(session, chunk)
    return found | _newest(session) & set(ids)


def _reasons(ids: Sequence[int], before: datetime, now: datetime) -> Iterator[Select[int] | Select[int | None]]:
    """Not over for long enough, raised by an evaluation (what tuning learns from), with a bug, a verdict, a silence
    that is in force or to come, calls that fairness counts, or explaining what is open."""
    group, inhibited = select(AlertGroup.id).where(AlertGroup.id.in_(ids)), aliased(AlertGroup)
    young = AlertGroup.resolved_at.is_(None) | (AlertGroup.resolved_at >= before)
    yield group.where(or_(AlertGroup.status != GroupStatus.RESOLVED, young, AlertGroup.evaluation_id.is_not(None)))
    yield select(Ticket.group_id).where(Ticket.group_id.in_(ids))
    yield select(Verdict.group_id).where(Verdict.group_id.in_(ids))
    yield select(Silence.group_id).where(Silence.group_id.in_(ids), Silence.ends_at > now)
    yield group.join(Silence, Silence.id == AlertGroup.silence_id).where(Silence.ends_at > now)
    page = select(Page.group_id).where(Page.group_id.in_(ids))
    yield page.where(Page.status.in_(TIMED))
    yield page.join(Notification, Notification.page_id == Page.id).where(Notification.at >= now - CALLS)
    explains = select(AlertCold.group_id).join(inhibited, inhibited.inhibitor_id == AlertCold.id)
    yield explains.where(inhibited.status == GroupStatus.INHIBITED, AlertCold.group_id.in_(ids))


def _newest(session: Session) -> set[int]:
    """The groups with the highest ids of anything that goes with a group. SQLite gives the id of a newest row that was
    deleted to the next one, and the trail, messages and people know things by their ids for ever."""
    page = select(Page.group_id)
    found = (
        select(func.max(AlertGroup.id)),
        select(AlertCold.group_id).where(highest(AlertCold.id)),
        page.where(highest(Page.id)),
        page.join(Notification, Notification.page_id == Page.id).where(highest(Notification.id)),
        page.join(PageCall, PageCall.page_id == Page.id).where(highest(PageCall.id)),
    )
    return {each for each in map(session.scalar, found) if each is not None}


def newest(session: Session) -> int | None:
    """The highest id that a group has; it is never deleted."""
    return session.scalar(select(func.max(AlertGroup.id)))


def highest(column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The newest row of a table, by its id."""
    return column == select(func.max(column)).scalar_subquery()


def _asked_about(session: Session, ids: Sequence[int]) -> set[int]:
    """Those in whose thread somebody asked for an approval."""
    threads = {thread(each): each for each in ids}
    asked = session.scalars(select(Approval.parent).where(Approval.parent.in_(threads)))
    return {threads[each] for each in asked if each is not None}


def _told_of(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of which a message is still to be sent."""
    threads = {thread(each): each for each in ids}
    found: set[int] = set()
    for column in (OutboxRow.key, OutboxRow.parent):
        query = select(column).where(column.in_(threads), OutboxRow.status.in_(UNSETTLED))
        found.update(threads[each] for each in session.scalars(query) if each is not None)
    return found


def thread(group_id: int) -> str:
    """The key of a group's message; see `AlertGroup.message`."""
    return f"alert-group:{group_id}"


def chunks(values: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
