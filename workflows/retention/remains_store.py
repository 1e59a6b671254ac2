"""All rows that belong to alert groups, and their deletion: children first, the groups last."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts import store as alerts
from core.alerts.tables import AlertCold, AlertGroup, AlertHot, Inhibitor
from core.audit.tables import AuditEntry
from core.oncall.tables import Notification, Page, PageCall
from core.outbox.tables import OutboxRow
from workflows.retention.groups_store import chunks, thread

ACTIONS = ("trigger", "acknowledge", "resolve")
"""What pagers are told; see `workflows.call`."""


@dataclass(frozen=True)
class Remains:
    """The ids of the rows of some groups, at most as many of each kind as were asked for. A storm is the last of its
    groups."""

    groups: Sequence[int]
    messages: Sequence[int]
    alerts: Sequence[int]
    inhibitors: Sequence[int]
    calls: Sequence[int]
    notifications: Sequence[int]
    pages: Sequence[int]

    @property
    def rows(self) -> int:
        """How many rows these are; an alert is two."""
        rest = (self.groups, self.messages, self.inhibitors, self.calls, self.notifications, self.pages)
        return 2 * len(self.alerts) + sum(map(len, rest))

    def first(self, rows: int) -> "Remains":
        """So many of them at most, in an order in which nothing leads to what has gone."""
        left, found = rows, {}
        for name, cost in _ORDER.items():
            found[name] = getattr(self, name)[: left // cost]
            whole = len(found[name]) == len(getattr(self, name))
            left = left - cost * len(found[name]) if whole else 0
        return Remains(**found)


_ORDER = {
    "messages": 1,
    "calls": 1,
    "notifications": 1,
    "inhibitors": 1,
    "alerts": 2,
    "pages": 1,
    "groups": 1,
}
"""In which order a group goes that has more rows than one transaction deletes, and what each costs."""


def hold(session: Session, ids: Sequence[int]) -> None:
    """Hold these groups, after the journal, as all do who write alerts."""
    journal.hold(session)
    alerts.lock_groups(session, ids)


def remains(session: Session, ids: Sequence[int], limit: int) -> Remains:
    """What there is of these groups, at most `limit` rows of each kind, the oldest first."""
    alert_ids = _ids(session, AlertCold, AlertCold.group_id, ids, limit)
    pages = _ids(session, Page, Page.group_id, ids, limit)
    notifications = _ids(session, Notification, Notification.page_id, pages, limit)
    calls = _ids(session, PageCall, PageCall.page_id, pages, limit)
    keys = [*_keys(session, ids), *(f"page:{each}" for each in notifications), *_of_calls(calls)]
    keys += _questions(session, pages)
    inhibitors = _ids(session, Inhibitor, Inhibitor.alert_id, alert_ids, limit)
    return Remains(ids, _messages(session, keys, limit), alert_ids, inhibitors, calls, notifications, pages)


def remove(session: Session, what: Remains, now: datetime) -> int:
    """Delete all of these rows; how many. Whoever remembers the alerts learns it from the journal."""
    _delete(session, OutboxRow, OutboxRow.id, what.messages)
    _delete(session, Inhibitor, Inhibitor.id, what.inhibitors)
    _delete(session, AlertHot, AlertHot.id, what.alerts)
    _delete(session, AlertCold, AlertCold.id, what.alerts)
    _delete(session, PageCall, PageCall.id, what.calls)
    _delete(session, Notification, Notification.id, what.notifications)
    _delete(session, Page, Page.id, what.pages)
    _delete(session, AlertGroup, AlertGroup.id, what.groups)
    journal.note(session, what.alerts, now)
    return what.rows


def _ids(session: Session, table: Any, column: Any, values: Sequence[int], limit: int) -> list[int]:
    found: list[int] = []
    for chunk in chunks(values):
        query = select(table.id).where(column.in_(chunk)).order_by(column, table.id).limit(limit - len(found))
        found += session.scalars(query)
    return found


def _keys(session: Session, ids: Sequence[int]) -> Iterator[str]:
    """The messages of the groups themselves, their copies in other channels, and their evidence."""
    for group_id, copies in session.execute(
        select(AlertGroup.id, AlertGroup.copies).where(AlertGroup.id.in_(ids))
    ):
        yield thread(group_id)
        yield from (f"{thread(group_id)}@{channel}" for channel in copies)
        yield f"evidence:{group_id}"


def _of_calls(calls: Iterable[int]) -> Iterator[str]:
    for each in calls:
        yield f"page-call:{each}"
        yield from (f"pager:{each}:{action}" for action in ACTIONS)


def _questions(session: Session, pages: Sequence[int]) -> list[str]:
    """The questions to holders whether they are still on it."""
    found: list[str] = []
    for chunk in chunks(pages):
        query = select(AuditEntry.id).where(AuditEntry.subject_kind == "page", AuditEntry.action == "page.ask")
        asked = session.scalars(query.where(AuditEntry.subject_id.in_(map(str, chunk))))
        found += (f"page-question:{each}" for each in asked)
    return found


def _messages(session: Session, keys: Sequence[str], limit: int) -> list[int]:
    """The rows of these messages and of the replies to them."""
    found: set[int] = set()
    for start in range(0, len(keys), 500):
        for column in (OutboxRow.key, OutboxRow.parent):
            query = select(OutboxRow.id).where(column.in_(keys[start : start + 500])).order_by(OutboxRow.id)
            found.update(session.scalars(query.limit(limit)))
    return sorted(found)[:limit]


def _delete(session: Session, table: Any, column: Any, ids: Sequence[int]) -> None:
    for chunk in chunks(ids):
        session.execute(delete(table).where(column.in_(chunk)).execution_options(synchronize_session=False))
