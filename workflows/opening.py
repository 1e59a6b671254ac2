"""What is written down when a group opens: why it goes where it goes, and what had changed just before."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.labels import Labels
from core.alerts.routing import Reason, explain
from core.alerts.tables import AlertGroup
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.changes import store as changes
from core.config.load import Config
from core.decision import allow, quoted
from workflows import escalate


def record_opening(session: Session, config: Config, group: AlertGroup, labels: Labels, now: datetime) -> None:
    """One row in the trail with every reason, for `/alerts why`; a change shortly before marks the group."""
    calls = escalate.calls(config, group)
    reasons = [*explain(labels, config), *_change(session, config, group, now), *_folded(group)]
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="alert.open",
        subject=("alert_group", group.id),
        decision=allow(calls.reason, calls.detail),
        data={"severity": group.severity, "status": group.status, "why": [list(reason) for reason in reasons]},
    )


def _folded(group: AlertGroup) -> list[Reason]:
    if group.storm_id is None:
        return []
    return [Reason("folded", f"Many opened at once, so it is told, and calls, with them: storm {group.storm_id}.")]


def _change(session: Session, config: Config, group: AlertGroup, now: datetime) -> list[Reason]:
    """Marks the group with the newest change of its pipeline, if that is recent."""
    window = config.team.alerts.after_change
    if group.pipeline is None or not window:
        return []
    found = changes.between(session, group.pipeline, now - window, now, limit=1)
    if not found:
        return []
    group.change_id = found[0].id
    minutes = int((now - found[0].at).total_seconds()) // 60
    return [Reason("after_change", f"It opened {minutes} min after a change: {quoted(found[0].summary)}")]
