"""A long past, made before a round that deletes: what is over and is to go, and what is as old and must stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.alerts.silence_tables import Silence
from core.alerts.tables import AlertCold, AlertGroup, GroupStatus, Verdict
from core.config.load import Config
from core.oncall.tables import Notification, Page
from core.outbox.tables import OutboxRow, OutboxStatus
from core.runs import sweep_store
from core.runs.tables import Sweep
from core.tickets.tables import Ticket
from tests.alerts_support import webhook
from tests.chaos import team
from tests.oncall_support import person
from workflows import lapse, respond
from workflows.retention import forget, remains_store
from workflows.step_pages import step_due

OLD = timedelta(days=500)
OVER, LARGE = 12, 300
"""Groups a round that are over and may go, and how many alerts one of them has: several parts of a sweep."""

LINKED = ("bug", "verdict", "silence")
OPEN = ("nobody", "sofia")
"""Who has acknowledged what goes on."""

Ids = dict[type[Any], set[Any]]


@dataclass
class Past:
    """What the rounds' past amounts to. `goes` must be gone when a round's sweeps are done, `may_go` may; `stays` are
    rows that must be there for ever, by table. `instances` are the alerts of what may go; the messages of `untold`
    groups count as sent and were never in Slack. `known` are all groups seen so far, `keys` whose message each post
    is: rows that knew may be deleted."""

    goes: set[int] = field(default_factory=set)
    may_go: set[int] = field(default_factory=set)
    stays: Ids = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)
    untold: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)


def grow(session: Session, config: Config, seed: int, past: Past, now: datetime) -> None:
    """Put all that there is back by years, add what else is that old, and let a round of deletion begin."""
    remains_store.hold(session, list(session.scalars(select(AlertGroup.id))))
    _over(session, config, seed, past, now)
    _linked(session, config, seed, past, now)
    _open(session, config, seed, past, now)
    _settle(session, now)
    _age(session, past, now)
    session.execute(update(Sweep).where(Sweep.began_at.is_(None)).values(ended_at=now - timedelta(days=2)))


def _labels(seed: int, name: str, number: int = 0) -> dict[str, str]:
    made = {"alertname": f"past-{seed}-{name}", "severity": "critical", "host": str(number)}
    return {**made, "pipeline": team.pipeline(number % team.PIPELINES)}


def _fires(session: Session, config: Config, labels: list[dict[str, str]], at: datetime, *, ends: bool) -> int:
    """A group of alerts that fire, and call people; and end after ten minutes. Its id."""
    respond.receive(session, config, [webhook(each, starts_at=at) for each in labels], at)
    lapse.tell_due(session, config, at + timedelta(minutes=1))
    session.flush()
    found: int = session.scalars(select(func.max(AlertGroup.id))).one()
    if ends:
        end = at + timedelta(minutes=10)
        step_due(session, config, at + timedelta(minutes=2))
        respond.receive(session, config, [webhook(each, starts_at=at, ends_at=end) for each in labels], end)
    return found


def _over(session: Session, config: Config, seed: int, past: Past, now: datetime) -> None:
    for number in range(OVER):
        at = now - OLD + timedelta(hours=number)
        many = range(LARGE) if number == OVER - 1 else range(1)
        alerts = [{**_labels(seed, f"over-{number}", number), "disk": str(each)} for each in many]
        past.goes.add(_fires(session, config, alerts, at, ends=True))
    past.untold |= past.goes
    past.may_go |= past.goes


def _linked(session: Session, config: Config, seed: int, past: Past, now: datetime) -> None:
    """Each of a reason for which what is over stays."""
    old = now - OLD
    for number, why in enumerate(LINKED):
        group = _fires(session, config, [_labels(seed, why, number)], old + timedelta(days=1 + number), ends=True)
        past.untold.add(group)
        if why == "bug":
            bug = {"title": "Old", "severity": "low", "symptom": "other", "reporter": "maya", "status": "closed"}
            session.add(Ticket(group_id=group, created_at=old, updated_at=old, **bug))
        elif why == "verdict":
            said = {"verdict": "noise", "reason": "", "given_by": "maya", "given_at": old}
            session.add(Verdict(group_id=group, **said))
        else:
            matcher = {"name": "host", "value": "nowhere", "isRegex": False, "isEqual": True}
            times = {"starts_at": old, "created_at": old, "ends_at": now + 90 * timedelta(days=1)}
            made = {"created_by": "maya", "comment": "", "applied": "active"}
            session.add(Silence(id=f"past-{seed}", matchers=[matcher], group_id=group, **times, **made))
        _keep(session, past, group)


def _open(session: Session, config: Config, seed: int, past: Past, now: datetime) -> None:
    """What goes on since then, acknowledged or not; its messages are sent."""
    for number, holder in enumerate(OPEN):
        group = _fires(session, config, [_labels(seed, holder, number)], now, ends=False)
        if holder != "nobody":
            respond.acknowledge(session, config, group, person(holder), holder, now)
        _keep(session, past, group)


def _keep(session: Session, past: Past, group: int) -> None:
    session.flush()
    for table, ids in _rows(session, group).items():
        past.stays.setdefault(table, set()).update(ids)


def _rows(session: Session, group: int) -> Mapping[type[Any], set[Any]]:
    """What belongs to a group, and what leads to it."""
    pages = select(Page.id).where(Page.group_id == group)
    queries = {
        AlertGroup: select(AlertGroup.id).where(AlertGroup.id == group),
        Page: pages,
        Notification: select(Notification.id).where(Notification.page_id.in_(pages)),
        **{each: select(each.id).where(each.group_id == group) for each in (AlertCold, Ticket, Verdict, Silence)},
    }
    return {table: set(session.scalars(query)) for table, query in queries.items()}


def _settle(session: Session, now: datetime) -> None:
    """What was to be said of old alerts was said then; it is not in this Slack."""
    old = (OutboxRow.status == OutboxStatus.PENDING) & (OutboxRow.created_at < now - OLD / 2)
    for row in session.scalars(select(OutboxRow).where(old)):
        row.status, row.sent_at, row.slack_channel, row.slack_ts = "sent", row.created_at, "C0PAST", f"{row.id}.0"


def _age(session: Session, past: Past, now: datetime) -> None:
    """Every alert began years ago, and what is over was over then; what was said was said then."""
    young = now - OLD / 2
    for group in session.scalars(select(AlertGroup).where(AlertGroup.opened_at > young)):
        group.opened_at -= OLD
        if group.status == GroupStatus.RESOLVED and group.resolved_at is not None:
            group.resolved_at -= OLD
            past.may_go.add(group.id)
    over = select(Page.id).join(AlertGroup, AlertGroup.id == Page.group_id)
    over = over.where(AlertGroup.status == GroupStatus.RESOLVED)
    called = select(Notification).where(Notification.at > young, Notification.page_id.in_(over))
    for call in session.scalars(called):
        call.at -= OLD
    sent = select(OutboxRow).where(OutboxRow.status == OutboxStatus.SENT, OutboxRow.sent_at > young)
    for row in session.scalars(sent):
        row.created_at, row.sent_at = row.created_at - OLD, row.sent_at and row.sent_at - OLD
    session.flush()
    for labels in session.scalars(select(AlertCold.labels).where(AlertCold.group_id.in_(past.may_go))):
        past.instances.add(labels.get("instance", ""))


def sweeping(session: Session, now: datetime) -> tuple[tuple[str, int, int], ...]:
    """How far the rounds of deletion are that are not done."""
    names = [each.name for each in forget.SWEEPINGS if sweep_store.due_at(session, each.name, now) <= now]
    found = {row.name: row for row in session.scalars(select(Sweep).execution_options(populate_existing=True))}
    return tuple(
        (name, found[name].reached, found[name].deleted) if name in found else (name, 0, 0) for name in names
    )


def missing(session: Session, past: Past) -> tuple[str, ...]:
    """The rows that must stay, and are gone."""
    there = {table: set(session.scalars(select(table.id))) for table in past.stays}
    lost = (
        (table.__tablename__, each) for table, ids in past.stays.items() for each in sorted(ids - there[table])
    )
    return tuple(f"{name} {each}" for name, each in lost)


def leftovers(session: Session, past: Past, groups: set[int]) -> tuple[str, ...]:
    """Messages of alerts that were deleted; the newest row of all may be one."""
    gone = {f"alert-group:{each}" for each in past.may_go - groups}
    newest = session.scalar(select(func.max(OutboxRow.id)))
    rows = session.execute(select(OutboxRow.id, OutboxRow.key, OutboxRow.parent)).all()
    found = (row.key for row in rows if row.id != newest and not gone.isdisjoint(chain((row.key, row.parent))))
    return tuple(found)
