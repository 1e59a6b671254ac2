"""What one window means: where the objective stands, and the alert that this deserves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.pipeline import Metric, Slo
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.metric import Measured
from core.evaluation.tables import SloState


@dataclass(frozen=True)
class Verdict:
    """The SLO's state with the reason that people see; `estimated` where it rests on what the labels to come will
    say, and not on those that are in."""

    state: SloState
    reason: str
    estimated: bool = False


@dataclass(frozen=True)
class AlertText:
    """What the alert about a breach says."""

    title: str
    summary: str


def judge(measured: Measured | None, rows: int, slo: Slo, coming: Estimate | Unknown | None = None) -> Verdict:
    """Whether the metric keeps the objective.

    Once a window's labels are in, its metric is a fact and not a sample: below the objective is a breach. While
    labels are to come, `coming` is what the metric will be (None: they are in): early labels are unlike late ones, so
    the state is then what the rest cannot change, or what the whole interval of the estimate says, and else unknown.
    With fewer than `minimum_labels` nothing is said.
    """
    if rows == 0:
        return Verdict(SloState.UNKNOWN, "Nothing was predicted in this window.")
    labels = measured.labels if measured else 0
    if measured is None or labels < slo.minimum_labels:
        return Verdict(
            SloState.UNKNOWN, f"{labels:,} of {rows:,} labels are in; {slo.minimum_labels:,} are needed to judge."
        )
    if coming is None:
        return _of_labels(measured.value, slo)
    return _proven(measured, rows, slo) or _of_estimate(measured, rows, slo, coming)


def _of_labels(value: float, slo: Slo) -> Verdict:
    figure, objective = f"{metric_name(slo)} was {_share(value)}", _share(slo.objective)
    if value < slo.objective:
        gap = (slo.objective - value) * 100
        return Verdict(SloState.BREACHED, f"{figure}, {gap:.1f} points below the objective of {objective}.")
    return Verdict(SloState.MET, f"{figure}; the objective is {objective}.")


def _proven(measured: Measured, rows: int, slo: Slo) -> Verdict | None:
    """The state that holds whatever the labels to come will say."""
    if slo.metric is not Metric.ACCURACY:
        return None
    right = measured.value * measured.labels
    worst, best = right / rows, (right + rows - measured.labels) / rows
    said = f"{_in(measured, rows)} and the rest cannot change it; the objective is {_share(slo.objective)}."
    if best < slo.objective:
        return Verdict(SloState.BREACHED, f"Accuracy will be {_share(best)} at best: {said}")
    return (
        Verdict(SloState.MET, f"Accuracy will be {_share(worst)} at least: {said}")
        if worst >= slo.objective
        else None
    )


def _of_estimate(measured: Measured, rows: int, slo: Slo, coming: Estimate | Unknown) -> Verdict:
    early = f"{_in(measured, rows)}, at {_share(measured.value)}, and early labels are unlike late ones"
    if isinstance(coming, Unknown):
        return Verdict(SloState.UNKNOWN, f"{early}. {coming.reason}")
    span = f"{_share(coming.value)} ({_share(coming.low)} to {_share(coming.high)})"
    figure = f"{metric_name(slo)} is estimated at {span} with all labels; the objective is {_share(slo.objective)}"
    if coming.high < slo.objective or coming.low >= slo.objective:
        state = SloState.BREACHED if coming.high < slo.objective else SloState.MET
        return Verdict(state, f"{figure}. {early}.", estimated=True)
    odds = "more likely missed than kept" if coming.value < slo.objective else "more likely kept than missed"
    return Verdict(SloState.UNKNOWN, f"{figure}, {odds}. {early}.", estimated=True)


def _in(measured: Measured, rows: int) -> str:
    return f"{measured.labels:,} of {rows:,} labels are in"


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


def unestimated(call: Mapping[str, Any], title: str, slo: Slo, day: str) -> AlertText:
    """The page about a window that cannot be estimated; `call` as it is stored (`live.unestimated`), `day` names the
    window."""
    said = f"below objective on {call['name']}" if call["name"] else f"expected below objective on {day}"
    return AlertText(title=f"{title}: {spoken(slo.metric)} {said}", summary=call["reason"])


def spoken(metric: Metric) -> str:
    """The metric's name within a sentence."""
    return "AUC" if metric is Metric.AUC else metric.value


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
