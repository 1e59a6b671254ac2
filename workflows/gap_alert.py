"""The alert about a version that does worse live than its held-out rows promised: what it says, and when it ends."""

from typing import Any

from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.goal import goal_of
from core.evaluation.tables import Evaluation
from core.evaluation.tuning.calling import gap_of
from workflows.respond import RaisedAlert, raised_group

OFFLINE_ONLINE_GAP = "OfflineOnlineGap"


def raised(pipeline: Pipeline, evaluation: Evaluation | None = None) -> RaisedAlert:
    """It calls nobody (the objective does when it is missed), and its version can be rolled back there."""
    found = gap_of(evaluation) if evaluation else None
    return RaisedAlert(
        name=OFFLINE_ONLINE_GAP,
        severity=Severity.WARNING,
        title=f"{pipeline.title}: {goal_of(pipeline).title} live is not what held-out rows promised",
        summary=f"{found['reason']} {found['response']}" if found else "",
        evaluation_id=evaluation.id if evaluation else None,
    )


def followed(session: Session, config: Config, pipeline: Pipeline) -> str | None:
    """The version that the open alert is about, which is looked at until it ends; None without one."""
    group = raised_group(session, config, pipeline.pipeline, raised(pipeline))
    return _version(session, group) if group else None


def is_over(session: Session, group: AlertGroup, evaluation: Evaluation) -> bool:
    """Whether the alert ends: its version does what was promised, or another one serves. A window in which nothing
    serves, or that has too few labels to tell, ends nothing; nor does time."""
    now = _deployment(evaluation)
    if now.get("serving") is None:
        return False
    return now["gap"] is False or now["serving"] != _version(session, group)


def _version(session: Session, group: AlertGroup) -> str | None:
    told = store.get(session, group.evaluation_id) if group.evaluation_id else None
    return _deployment(told).get("serving") if told else None


def _deployment(evaluation: Evaluation) -> dict[str, Any]:
    """Which version was `serving`, and whether there was a `gap`; evaluations from before it was kept say nothing."""
    found: dict[str, Any] = evaluation.summary.get("deployment") or {}
    return found
