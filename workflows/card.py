"""Gathers a pipeline's card from everything that knows about it."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup
from core.config.load import Config
from core.evaluation import store as evaluations
from core.evaluation.tables import Evaluation
from core.models import store as models
from core.models.tables import DeploymentStatus
from core.oncall import rota_store
from core.pipelines.card import (
    AlertLine,
    Champion,
    EvaluationLine,
    Facts,
    OnCall,
    PastBug,
    PipelineCard,
    TicketLine,
    card,
)
from core.tickets import store as tickets
from core.tickets.tables import Ticket
from workflows.facts import store
from workflows.file_bug import Queued, list_open
from workflows.rota import rotation_of

ALERTS, PAST_BUGS, DAYS = 5, 3, 14
"""How many of each a card holds: what fits into one look; two weeks tell a bad day from a bad model."""


def pipeline_card(
    session: Session, config: Config, pipeline_id: str, champion: int | None, now: datetime
) -> PipelineCard | None:
    """The card of a pipeline at `now`; None for one that is not declared.

    `champion` is the version that the registry says is in service, None before the first.
    """
    pipeline = config.pipelines.get(pipeline_id)
    if pipeline is None:
        return None
    facts = Facts(
        on_call=_on_call(session, config, pipeline.rotation, now),
        champion=_champion(session, pipeline_id, champion) if champion is not None else None,
        alerts=[_alert(group) for group in store.recent_groups(session, pipeline_id, ALERTS)],
        tickets=[_ticket(queued) for queued in list_open(session, now, pipeline_id)],
        past_bugs=[_past(ticket) for ticket in tickets.closed(session, pipeline_id, PAST_BUGS)],
        evaluations=[_evaluation(row) for row in evaluations.latest(session, pipeline_id, DAYS)],
    )
    return card(pipeline, facts)


def _on_call(session: Session, config: Config, rotation: str, now: datetime) -> OnCall:
    rota = rota_store.rota(session, rotation_of(config, rotation), now)
    duty = rota.at(now)
    following = rota.next_after(duty)
    return OnCall(duty.rotation, duty.primary, duty.shadow, duty.end, following.primary if following else None)


def _champion(session: Session, pipeline: str, version: int) -> Champion:
    """The version in service, with the deployment that brought it there, if we made it."""
    made = next(
        (
            deployment
            for deployment in models.history(session, pipeline)
            if deployment.version == version and deployment.status != DeploymentStatus.REVERTED
        ),
        None,
    )
    if made is None:
        return Champion(version)
    return Champion(version, made.at, made.by, made.action, made.previous)


def _alert(group: AlertGroup) -> AlertLine:
    return AlertLine(
        group_id=group.id,
        title=group.title,
        severity=group.severity,
        status=group.status,
        opened_at=group.opened_at,
        acknowledged_by=group.acknowledged_by,
        resolved_at=group.resolved_at,
    )


def _ticket(queued: Queued) -> TicketLine:
    ticket = queued.ticket
    return TicketLine(
        ticket.id, ticket.title, ticket.severity, ticket.status, ticket.assignee, queued.ranked.priority
    )


def _past(ticket: Ticket) -> PastBug:
    return PastBug(
        ticket.id, ticket.title, ticket.symptom, ticket.resolution, ticket.closed_at or ticket.updated_at
    )


def _evaluation(row: Evaluation) -> EvaluationLine:
    return EvaluationLine(row.id, row.window_start, row.state, row.value, row.labels, row.rows)
