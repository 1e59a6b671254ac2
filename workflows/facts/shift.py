"""The facts of one shift, gathered from everything that its rotation looks after."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts import silence_store
from core.alerts import store as alerts
from core.alerts.silence_tables import Silence
from core.alerts.tables import AlertGroup, GroupStatus, Verdict
from core.approvals.tables import Approval
from core.config.load import Config
from core.config.rotation import Rotation
from core.evaluation.tables import Evaluation
from core.models import store as models
from core.models.tables import Deployment
from core.oncall.facts import (
    AlertFact,
    CallFact,
    ChangeFact,
    DayFact,
    DeploymentFact,
    NoiseFact,
    RequestFact,
    RetrainFact,
    ShiftFacts,
    SilenceFact,
    TicketFact,
)
from core.oncall.tables import Notification
from core.runs.tables import Run
from core.tickets import store as tickets
from core.tickets.tables import Ticket
from workflows.facts import store


def gather(session: Session, config: Config, rotation: Rotation, start: datetime, end: datetime) -> ShiftFacts:
    """What happened in `[start, end)`, for its handoff.

    A rotation looks after the pipelines that name it, and the team's catch-all rotation also after what names no
    pipeline.
    """
    pipelines = {pipeline.pipeline for pipeline in config.pipelines.values() if pipeline.rotation == rotation.id}
    span = (start, end)
    return ShiftFacts(
        *span,
        alerts=[_alert(group) for group in alerts.between(session, *span, rotation=rotation.id)],
        calls=[_call(*row) for row in store.calls_during(session, rotation.id, *span)],
        tickets=[_ticket(row) for row in tickets.between(session, *span) if _is_ours(row, config, rotation)],
        requests=[_request(row, config) for row in store.requests_during(session, pipelines, *span)],
        deployments=[
            _deployment(row, config) for row in models.between(session, *span) if row.pipeline in pipelines
        ],
        silences=[_silence(row, end) for row in _silences(session, config, pipelines, end)],
        days=[_day(row, config) for row in store.evaluations_during(session, pipelines, *span)],
        noise=[_noise(*row) for row in store.noise_during(session, rotation.id, *span)],
        retrains=[
            _retrain(row, config)
            for row in store.runs_during(session, "retrain", *span)
            if row.args.get("pipeline") in pipelines
        ],
        changes=[
            ChangeFact(row.summary, row.at, row.source, row.pipeline)
            for row in store.changes_during(
                session, pipelines, *span, nameless=rotation.id == config.team.alerts.rotation
            )
        ],
    )


def _title(config: Config, pipeline: str) -> str:
    """What people call it; its key, once the YAML has it no more."""
    found = config.pipelines.get(pipeline)
    return found.title if found else pipeline


def _is_ours(ticket: Ticket, config: Config, rotation: Rotation) -> bool:
    pipeline = config.pipelines.get(ticket.pipeline or "")
    return rotation.id == (pipeline.rotation if pipeline else config.team.alerts.rotation)


def _silences(session: Session, config: Config, pipelines: set[str], end: datetime) -> list[Silence]:
    """Silences made before the shift's end that are in force after it and concern these pipelines."""
    return [
        silence
        for silence in silence_store.standing_since(session, end)
        if silence.created_at < end
        and silence.ended_by is None
        and _concerns(silence, pipelines, set(config.pipelines))
    ]


def _concerns(silence: Silence, mine: set[str], all_pipelines: set[str]) -> bool:
    """A silence concerns a rotation unless it names a pipeline, by equality, that another one looks after."""
    named = {
        matcher["value"] for matcher in silence.matchers if matcher["name"] == "pipeline" and _is_equality(matcher)
    }
    return not named & (all_pipelines - mine)


def _is_equality(matcher: dict[str, Any]) -> bool:
    return bool(matcher.get("isEqual", True)) and not matcher.get("isRegex", False)


def _alert(group: AlertGroup) -> AlertFact:
    return AlertFact(
        group_id=group.id,
        title=group.title,
        severity=group.severity,
        pipeline=group.pipeline,
        opened_at=group.opened_at,
        acknowledged_by=group.acknowledged_by,
        acknowledged_at=group.acknowledged_at,
        resolved_at=group.resolved_at,
        silenced=group.status == GroupStatus.SILENCED,
    )


def _call(call: Notification, group: AlertGroup) -> CallFact:
    return CallFact(group.id, group.title, call.step, call.reason, call.people, call.at)


def _ticket(ticket: Ticket) -> TicketFact:
    return TicketFact(
        ticket_id=ticket.id,
        title=ticket.title,
        severity=ticket.severity,
        status=ticket.status,
        pipeline=ticket.pipeline,
        created_at=ticket.created_at,
        closed_at=ticket.closed_at,
        resolution=ticket.resolution,
    )


def _request(approval: Approval, config: Config) -> RequestFact:
    return RequestFact(
        approval_id=approval.id,
        action=approval.action,
        pipeline=approval.pipeline,
        from_version=approval.from_version,
        to_version=approval.to_version,
        status=approval.status,
        requested_by=approval.requested_by,
        decided_by=approval.decided_by,
        outcome=approval.outcome,
        pipeline_title=_title(config, approval.pipeline),
    )


def _deployment(deployment: Deployment, config: Config) -> DeploymentFact:
    return DeploymentFact(
        action=deployment.action,
        pipeline=deployment.pipeline,
        version=deployment.version,
        previous=deployment.previous,
        by=deployment.by,
        at=deployment.at,
        status=deployment.status,
        detail=deployment.detail,
        pipeline_title=_title(config, deployment.pipeline),
    )


def _silence(silence: Silence, end: datetime) -> SilenceFact:
    return SilenceFact(
        silence.id,
        silence.matchers,
        silence.comment,
        silence.created_by,
        silence.ends_at,
        begins_at=silence.starts_at if silence.starts_at > end else None,
    )


def _noise(verdict: Verdict, group: AlertGroup) -> NoiseFact:
    return NoiseFact(group.id, group.title, verdict.reason, verdict.given_by)


def _retrain(run: Run, config: Config) -> RetrainFact:
    pipeline, at = run.args["pipeline"], run.finished_at or run.requested_at
    return RetrainFact(pipeline, at, run.status, run.error, _title(config, pipeline))


def _day(row: Evaluation, config: Config) -> DayFact:
    return DayFact(
        pipeline=row.pipeline,
        day=row.window_start,
        state=row.state,
        metric=row.metric,
        value=row.value,
        objective=row.objective,
        labels=row.labels,
        rows=row.rows,
        name=str(row.summary.get("day", "")),
        unit=str(row.summary.get("unit") or ""),
        pipeline_title=_title(config, row.pipeline),
    )
