"""The card of a pipeline: what somebody who has never seen it needs at the moment of an alert. Pure values.

The facts of its neighbours are handed in, newest or most urgent first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.config.metric import Metric
from core.config.pipeline import Pipeline


@dataclass(frozen=True)
class OnCall:
    """Who looks after the pipeline now, until when, and who comes next (people's ids)."""

    rotation: str
    primary: str | None
    shadow: str | None
    until: datetime
    next: str | None


@dataclass(frozen=True)
class Champion:
    """The version in service, and how it came there; None where that was before Goldilocks looked after it."""

    version: int
    since: datetime | None = None
    by: str | None = None
    action: str | None = None
    previous: int | None = None


@dataclass(frozen=True)
class AlertLine:
    """An alert group in one line."""

    group_id: int
    title: str
    severity: str
    status: str
    opened_at: datetime
    acknowledged_by: str | None
    resolved_at: datetime | None


@dataclass(frozen=True)
class TicketLine:
    """An open ticket in one line, with its priority in points."""

    ticket_id: int
    title: str
    severity: str
    status: str
    assignee: str | None
    priority: float


@dataclass(frozen=True)
class PastBug:
    """A closed ticket, and what fixed it."""

    ticket_id: int
    title: str
    symptom: str
    resolution: str
    closed_at: datetime


@dataclass(frozen=True)
class EvaluationLine:
    """An evaluated window: the realized metric over `labels` of `rows`, and what it means for the objective."""

    evaluation_id: int
    window_start: datetime
    state: str
    value: float | None
    labels: int
    rows: int


@dataclass(frozen=True)
class Facts:
    """What the neighbours know about a pipeline."""

    on_call: OnCall
    champion: Champion | None
    alerts: Sequence[AlertLine] = ()
    tickets: Sequence[TicketLine] = ()
    past_bugs: Sequence[PastBug] = ()
    evaluations: Sequence[EvaluationLine] = ()


@dataclass(frozen=True)
class PipelineCard:
    """Everything about one pipeline on one card.

    `deployed` says whether its versions are looked after here. `days_met` of `days_judged` evaluated windows reached
    the objective; windows with too few labels count in neither.
    """

    pipeline: str
    title: str
    description: str
    channel: str
    runbook: str
    metric: Metric
    objective: float
    unit: str
    minimum_labels: int
    on_call: OnCall
    champion: Champion | None
    deployed: bool
    alerts: tuple[AlertLine, ...]
    tickets: tuple[TicketLine, ...]
    past_bugs: tuple[PastBug, ...]
    evaluations: tuple[EvaluationLine, ...]
    days_met: int
    days_judged: int


def card(pipeline: Pipeline, facts: Facts) -> PipelineCard:
    """The card of a declared pipeline, with the facts that its neighbours handed in."""
    states = [evaluation.state for evaluation in facts.evaluations]
    return PipelineCard(
        pipeline=pipeline.pipeline,
        title=pipeline.title,
        description=pipeline.description,
        channel=pipeline.channel,
        runbook=pipeline.runbook,
        metric=pipeline.metric,
        objective=pipeline.slo.objective,
        unit=pipeline.unit,
        minimum_labels=pipeline.slo.minimum_labels,
        on_call=facts.on_call,
        champion=facts.champion,
        deployed=pipeline.deployment is not None,
        alerts=tuple(facts.alerts),
        tickets=tuple(facts.tickets),
        past_bugs=tuple(facts.past_bugs),
        evaluations=tuple(facts.evaluations),
        days_met=states.count("met"),
        days_judged=states.count("met") + states.count("breached"),
    )
