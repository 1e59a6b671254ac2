"""Deliveries and the short ways in which alert tests ask what became of them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.delivery import Delivery, identity, texts
from core.alerts.matching import parse_matcher
from core.alerts.tables import AlertCold, AlertGroup, AlertHot
from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.db.times import to_datetime
from core.oncall.tables import Page
from core.outbox.tables import OutboxRow
from workflows.quieten import SilenceRequest

LATENCY = {"alertname": "HighLatency", "severity": "critical"}


def api(
    labels: dict[str, str] | None = None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    annotations: dict[str, str] | None = None,
) -> Delivery:
    """As the Alertmanager API delivers: an alert without an end expires."""
    return Delivery(
        identity(labels or LATENCY), texts(annotations or {}), "test", starts_at, ends_at, expires=True
    )


def webhook(
    labels: dict[str, str] | None = None, *, starts_at: datetime, ends_at: datetime | None = None
) -> Delivery:
    """As a webhook delivers: it fires until an end is told."""
    return Delivery(identity(labels or LATENCY), texts({}), "test", starts_at, ends_at, expires=False)


def groups(session: Session) -> list[AlertGroup]:
    return list(session.scalars(select(AlertGroup).order_by(AlertGroup.id)))


def statuses(session: Session) -> list[str]:
    return [group.status for group in groups(session)]


def audit_of(session: Session, action: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def posts(session: Session, kind: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))


def page_of(session: Session, group_id: int) -> Page | None:
    return session.scalars(select(Page).where(Page.group_id == group_id)).one_or_none()


def state(session: Session) -> list[object]:
    """Everything about alerts except how often and when they were last heard of."""
    rows = session.execute(
        select(AlertCold, AlertHot).join(AlertHot, AlertHot.id == AlertCold.id).order_by(AlertCold.fingerprint)
    )
    heard = journal.pending(session)

    def end(hot: AlertHot) -> datetime | None:
        news = heard.get(hot.id)
        return hot.ends_at if news is None or hot.ends_at is None else max(hot.ends_at, to_datetime(news.end))

    alerts = [
        (c.fingerprint, c.group_id, c.is_open, dict(c.annotations), h.starts_at, end(h), h.resolved)
        for c, h in rows
    ]
    return [alerts, [(g.key, g.status, g.severity, g.revision) for g in groups(session)]]


def wanted(clock: SimulatedClock, text: str, hours: int = 10, **changes: Any) -> SilenceRequest:
    values = {
        "matchers": [parse_matcher(text)],
        "starts_at": clock.now(),
        "ends_at": clock.now() + timedelta(hours=hours),
        "created_by": "maya",
        "comment": "maintenance",
    }
    return SilenceRequest(**{**values, **changes})
