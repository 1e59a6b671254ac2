"""What a shift's report is made from: plain values that the neighbours of on-call hand in. Pure.

A `pipeline` is its key in the YAML, `pipeline_title` what people call it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AlertFact:
    """An alert group that was open at some time of the shift."""

    group_id: int
    title: str
    severity: str
    pipeline: str | None
    opened_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    silenced: bool = False


@dataclass(frozen=True)
class CallFact:
    """One step of a page that was taken during the shift; `step` 0 is the first call."""

    group_id: int
    title: str
    step: int
    reason: str
    people: list[str]
    at: datetime


@dataclass(frozen=True)
class TicketFact:
    """A ticket that was opened or closed during the shift."""

    ticket_id: int
    title: str
    severity: str
    status: str
    pipeline: str | None
    created_at: datetime
    closed_at: datetime | None
    resolution: str


@dataclass(frozen=True)
class RequestFact:
    """An approval that was asked for or decided during the shift, or that still waits."""

    approval_id: int
    action: str
    pipeline: str
    from_version: int | None
    to_version: int
    status: str
    requested_by: str
    decided_by: str | None
    outcome: str | None
    pipeline_title: str = ""


@dataclass(frozen=True)
class DeploymentFact:
    """A change of the champion, with what came of it (`status`: moved, verified or reverted)."""

    action: str
    pipeline: str
    version: int
    previous: int | None
    by: str
    at: datetime
    status: str
    detail: str
    pipeline_title: str = ""


@dataclass(frozen=True)
class SilenceFact:
    """A silence that is in force after the shift; `begins_at` says when, where that is after it."""

    silence_id: str
    matchers: list[Any]
    comment: str
    created_by: str
    ends_at: datetime
    begins_at: datetime | None = None


@dataclass(frozen=True)
class DayFact:
    """The last word of the shift on one evaluated window of a pipeline; `name` is what people call it, in the zone of
    its schedule."""

    pipeline: str
    day: datetime
    state: str
    metric: str
    value: float | None
    objective: float
    labels: int
    rows: int
    name: str = ""
    unit: str = ""
    pipeline_title: str = ""


@dataclass(frozen=True)
class NoiseFact:
    """Somebody's word that a group was noise, with their reason."""

    group_id: int
    title: str
    reason: str
    given_by: str


@dataclass(frozen=True)
class RetrainFact:
    """A retraining that ended: `status` is finished or failed, `error` why it failed."""

    pipeline: str
    at: datetime
    status: str
    error: str | None
    pipeline_title: str = ""


@dataclass(frozen=True)
class ChangeFact:
    """A change that a sender told of: a deployment, a new version in a registry, a backfill."""

    summary: str
    at: datetime
    source: str
    pipeline: str | None


@dataclass(frozen=True)
class ShiftFacts:
    """Everything that happened in the shift `[start, end)`, as its neighbours know it."""

    start: datetime
    end: datetime
    alerts: Sequence[AlertFact] = ()
    calls: Sequence[CallFact] = ()
    tickets: Sequence[TicketFact] = ()
    requests: Sequence[RequestFact] = ()
    deployments: Sequence[DeploymentFact] = ()
    silences: Sequence[SilenceFact] = ()
    days: Sequence[DayFact] = ()
    noise: Sequence[NoiseFact] = ()
    retrains: Sequence[RetrainFact] = ()
    changes: Sequence[ChangeFact] = ()
