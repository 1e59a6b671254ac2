"""What one window means: where the objective stands, and the alert that this deserves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.pipeline import Slo
from core.evaluation.metric import Measured
from core.evaluation.tables import SloState


@dataclass(frozen=True)
class Verdict:
    """The SLO's state with the reason that people see."""

    state: SloState
    reason: str


@dataclass(frozen=True)
class AlertText:
    """What the alert about a breach says."""

    title: str
    summary: str


def judge(measured: Measured | None, rows: int, slo: Slo) -> Verdict:
    """Whether the realized metric keeps the objective.

    The metric of a window is a fact about the labels that are in, not a sample: below the objective is a breach.
    With fewer than `minimum_labels` nothing is said.
    """
    name = metric_name(slo)
    if rows == 0:
        return Verdict(SloState.UNKNOWN, "Nothing was predicted in this window.")
    labels = measured.labels if measured else 0
    if measured is None or labels < slo.minimum_labels:
        return Verdict(
            SloState.UNKNOWN, f"{labels:,} of {rows:,} labels are in; {slo.minimum_labels:,} are needed to judge."
        )
    figure, objective = f"{name} was {_share(measured.value)}", _share(slo.objective)
    if measured.value < slo.objective:
        gap = (slo.objective - measured.value) * 100
        return Verdict(SloState.BREACHED, f"{figure}, {gap:.1f} points below the objective of {objective}.")
    return Verdict(SloState.MET, f"{figure}; the objective is {objective}.")


def alert(verdict: Verdict, title: str, slo: Slo, day: str, worst: str | None) -> AlertText | None:
    """The page for a breach; None when there is nothing to raise.

    `title` is the pipeline's, `day` names the window, `worst` the slice that stands out, if one does.
    """
    if verdict.state is not SloState.BREACHED:
        return None
    where = f" Worst where {worst}." if worst else ""
    return AlertText(
        title=f"{title}: {metric_name(slo).lower()} below objective on {day}",
        summary=f"{verdict.reason}{where}",
    )


def expected(estimate: Mapping[str, Any], title: str, slo: Slo, day: str) -> AlertText:
    """The page for a miss that is expected before its labels are in; `estimate` as it is stored."""
    span = f"{_share(estimate['low'])} to {_share(estimate['high'])}"
    sure = f"with {estimate['coverage']:.0%} of the labels in"
    bound = f"the objective is {_share(slo.objective)}, and the chance of a miss {estimate['risk']:.0%}"
    return AlertText(
        title=f"{title}: {metric_name(slo).lower()} expected below objective on {day}",
        summary=f"{metric_name(slo)} is estimated at {_share(estimate['value'])} ({span}) {sure}; {bound}.",
    )


def metric_name(slo: Slo) -> str:
    """As a sentence begins with it."""
    return "AUC" if slo.metric == "auc" else slo.metric.value.capitalize()


def day_name(start: datetime, end: datetime) -> str:
    """How people name a window, given in the zone of its schedule: a day, an hour, or a stretch of days."""
    day = f"{start:%a} {start.day} {start:%b}"
    if (end - start).total_seconds() < 23 * 3600:
        return f"{day} {start:%H:%M}"
    if (end - start).total_seconds() <= 25 * 3600:
        return day
    return f"{day} to {end:%a} {end.day} {end:%b}"


def _share(value: float) -> str:
    return f"{value:.1%}"
