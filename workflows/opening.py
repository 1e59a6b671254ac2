"""What is written down when a group opens: why it goes where it goes, and what had changed just before."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.labels import Labels
from core.alerts.routing import Reason, explain
from core.alerts.tables import AlertGroup
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.changes import store as changes
from core.changes.tables import Change
from core.config.load import Config
from core.decision import allow, quoted
from workflows import escalate

Recent = Mapping[str, Change]
"""The newest change of each pipeline, where it is recent."""


def recent_changes(session: Session, config: Config, opened: Iterable[AlertGroup], now: datetime) -> Recent:
    """What changed shortly before these groups opened: asked once for each pipeline, however many opened."""
    window = config.team.alerts.after_change
    pipelines = {group.pipeline for group in opened if group.pipeline is not None} if window else set()
    found = {name: changes.between(session, name, now - window, now, limit=1) for name in sorted(pipelines)}
    return {name: rows[0] for name, rows in found.items() if rows}


def record_opening(
    session: Session, config: Config, group: AlertGroup, labels: Labels, recent: Recent, now: datetime
) -> None:
    """One row in the trail with every reason, for `/alerts why`; a change shortly before marks the group."""
    calls = escalate.calls(config, group)
    reasons = [*explain(labels, config), *_change(group, recent, now), *_folded(group)]
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="alert.open",
        subject=("alert_group", group.id),
        decision=allow(calls.reason, calls.detail),
        data={"severity": group.severity, "status": group.status, "why": [list(reason) for reason in reasons]},
        at_once=False,
    )


def _folded(group: AlertGroup) -> list[Reason]:
    if group.storm_id is None:
        return []
    return [Reason("folded", f"Many opened at once, so it is told, and calls, with them: storm {group.storm_id}.")]


def _change(group: AlertGroup, recent: Recent, now: datetime) -> list[Reason]:
    change = recent.get(group.pipeline or "")
    if change is None:
        return []
    group.change_id = change.id
    minutes = int((now - change.at).total_seconds()) // 60
    return [Reason("after_change", f"It opened {minutes} min after a change: {quoted(change.summary)}")]
