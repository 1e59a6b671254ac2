"""What one window means: where the objective stands, and the alert that this deserves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.metric import Metric
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.goal import Goal
from core.evaluation.metric import Measured
from core.evaluation.tables import SloState
from core.text import percent


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


def judge(measured: Measured | None, rows: int, goal: Goal, coming: Estimate | Unknown | None = None) -> Verdict:
    """Whether the metric keeps the objective.

    Once a window's labels are in, its metric is a fact and not a sample: a miss is a breach. While
    labels are to come, `coming` is what the metric will be (None: they are in): early labels are unlike late ones, so
    the state is then what the rest cannot change, or what the whole interval of the estimate says, and else unknown.
    With fewer than `minimum_labels` nothing is said.
    """
    if rows == 0:
        return Verdict(SloState.UNKNOWN, "Nothing was predicted in this window.")
    labels = measured.labels if measured else 0
    if measured is None or labels < goal.minimum_labels:
        return Verdict(
            SloState.UNKNOWN, f"{labels:,} of {rows:,} labels are in; {goal.minimum_labels:,} are needed to judge."
        )
    if coming is None:
        return _of_labels(measured.value, goal)
    return _proven(measured, rows, goal) or _of_estimate(measured, rows, goal, coming)


def _of_labels(value: float, goal: Goal) -> Verdict:
    figure, objective = f"{goal.begun} was {goal.written(value)}", goal.figure
    if goal.missed_by(value):
        return Verdict(SloState.BREACHED, f"{figure}, {goal.away(value)} the objective of {objective}.")
    return Verdict(SloState.MET, f"{figure}; the objective is {goal.stated}.")


def _proven(measured: Measured, rows: int, goal: Goal) -> Verdict | None:
    """The state that holds whatever the labels to come will say."""
    if goal.metric is not Metric.ACCURACY:
        return None
    right = measured.value * measured.labels
    worst, best = right / rows, (right + rows - measured.labels) / rows
    said = f"{_in(measured, rows)} and the rest cannot change it; the objective is {goal.figure}."
    if goal.missed_by(best):
        return Verdict(SloState.BREACHED, f"Accuracy will be {goal.written(best)} at best: {said}")
    kept = not goal.missed_by(worst)
    return Verdict(SloState.MET, f"Accuracy will be {goal.written(worst)} at least: {said}") if kept else None


def _of_estimate(measured: Measured, rows: int, goal: Goal, coming: Estimate | Unknown) -> Verdict:
    early = f"{_in(measured, rows)}, at {goal.written(measured.value)}, and early labels are unlike late ones"
    if isinstance(coming, Unknown):
        return Verdict(SloState.UNKNOWN, f"{early}. {coming.reason}")
    span = f"{goal.written(coming.value)} ({goal.span(coming.low, coming.high)})"
    figure = f"{goal.begun} is estimated at {span} with all labels; the objective is {goal.stated}"
    missed = [goal.missed_by(end) for end in (coming.low, coming.high)]
    if missed[0] == missed[1]:
        state = SloState.BREACHED if missed[0] else SloState.MET
        return Verdict(state, f"{figure}. {early}.", estimated=True)
    likely = goal.missed_by(coming.value)
    odds = "more likely missed than kept" if likely else "more likely kept than missed"
    return Verdict(SloState.UNKNOWN, f"{figure}, {odds}. {early}.", estimated=True)


def _in(measured: Measured, rows: int) -> str:
    return f"{measured.labels:,} of {rows:,} labels are in"


def alert(verdict: Verdict, title: str, goal: Goal, day: str, worst: str | None) -> AlertText | None:
    """The page for a breach; None when there is nothing to raise.

    `title` is the pipeline's, `day` names the window, `worst` the slice that stands out, if one does.
    """
    if verdict.state is not SloState.BREACHED:
        return None
    where = f" Worst where {worst}." if worst else ""
    return AlertText(
        title=f"{title}: {goal.title} {goal.side} objective on {day}",
        summary=f"{verdict.reason}{where}",
    )


def expected(estimate: Mapping[str, Any], title: str, goal: Goal, day: str) -> AlertText:
    """The page for a miss that is expected before its labels are in; `estimate` as it is stored."""
    figure = f"{goal.written(estimate['value'])} ({goal.span(estimate['low'], estimate['high'])})"
    sure = f"with {estimate['coverage']:.0%} of the labels in"
    bound = f"the objective is {goal.stated}, and the chance of a miss {percent(estimate['risk'])}"
    return AlertText(
        title=f"{title}: {goal.title} expected {goal.side} objective on {day}",
        summary=f"{goal.begun} is estimated at {figure} {sure}; {bound}.",
    )


def unestimated(call: Mapping[str, Any], title: str, goal: Goal, day: str) -> AlertText:
    """The page about a window that cannot be estimated; `call` as it is stored (`live.unestimated`), `day` names the
    window."""
    missed = f"{goal.side} objective"
    said = f"{missed} on {call['name']}" if call["name"] else f"expected {missed} on {day}"
    return AlertText(title=f"{title}: {goal.title} {said}", summary=call["reason"])


def day_name(start: datetime, end: datetime) -> str:
    """How people name a window, given in the zone of its schedule: a day, an hour, or a stretch of days."""
    day = f"{start:%a} {start.day} {start:%b}"
    if (end - start).total_seconds() < 23 * 3600:
        return f"{day} {start:%H:%M}"
    if (end - start).total_seconds() <= 25 * 3600:
        return day
    return f"{day} to {end:%a} {end.day} {end:%b}"
