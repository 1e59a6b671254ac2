"""The gate: is a candidate good enough to take the champion's place? A pure rule over the same held-out rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.config.metric import Metric, fitting, points
from core.evaluation.formulas import value_of
from core.evaluation.metric import Measured, measure
from core.evaluation.rows import Rows
from core.models.guard import Guard, GuardResult, check
from core.models.paired import CONFIDENCE, Difference, HeldOut, difference


class GateDecision(StrEnum):
    """NOT_WORSE: at most the margin is lost, with confidence. TOO_FEW: the rows cannot tell."""

    BETTER = "better"
    NOT_WORSE = "not_worse"
    WORSE = "worse"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class GatePolicy:
    """What a team asks of a candidate, by the pipeline's `metric` (in `unit`, where it has one).

    `margin` is the loss that still counts as not worse, for the sake of a fresher model: one point (`points`).
    `minimum_rows` is what it takes for such a margin to mean anything at all. `confidence` is two-sided.
    """

    metric: Metric = Metric.ACCURACY
    unit: str = ""
    margin: float = 1.0
    confidence: float = CONFIDENCE
    minimum_rows: int = 200


Figures = Mapping[str, float | None]
"""Each metric that fits the task, by its name, on the held-out rows; None where it is not defined on them."""


@dataclass(frozen=True)
class GateResult:
    """The decision with its reason and the figures it rests on; `promise` is what the candidate reached, for the days
    after its deployment.

    Reasons: `significantly_better`, `within_margin`, `significantly_worse`, `guard_broken`, `too_few_rows`,
    `not_defined`, `interval_too_wide`.
    """

    decision: GateDecision
    reason: str
    detail: str
    metric: Metric
    unit: str
    rows: int
    candidate: Figures | None = None
    champion: Figures | None = None
    difference: Difference | None = None
    guards: tuple[GuardResult, ...] = ()
    promise: Measured | None = None


def judge(rows: HeldOut, policy: GatePolicy, guards: Sequence[Guard] = ()) -> GateResult:
    """Compare candidate and champion."""
    count, metric = len(rows), policy.metric
    if count < policy.minimum_rows:
        detail = f"{count} labelled held-out rows, {policy.minimum_rows} needed"
        return GateResult(GateDecision.TOO_FEW, "too_few_rows", detail, metric, policy.unit, count)
    candidate, champion = _figures(rows.candidate), _figures(rows.champion)
    guarded = tuple(check(guard, rows, metric, policy.unit) for guard in guards)
    found = difference(metric, rows.candidate, rows.champion, policy.confidence)
    told = _told(found, policy, candidate, champion)
    decision, reason, detail = _decide(found, policy, champion, told, [each for each in guarded if each.broken])
    promise = measure(metric, rows.candidate)
    return GateResult(
        decision, reason, detail, metric, policy.unit, count, candidate, champion, found, guarded, promise
    )


def _decide(
    found: Difference | None, policy: GatePolicy, champion: Figures, told: str, broken: Sequence[GuardResult]
) -> tuple[GateDecision, str, str]:
    if broken:
        detail = f"{told}; it breaks what must not break: {', '.join(each.name for each in broken)}"
        return GateDecision.WORSE, "guard_broken", detail
    if found is None:
        return GateDecision.TOO_FEW, "not_defined", told
    better = found.better(policy.metric.higher_is_better)
    margin = points(policy.margin, champion[policy.metric] or 0.0, higher=policy.metric.higher_is_better)
    if better.low > 0:
        return GateDecision.BETTER, "significantly_better", told
    if better.low >= -margin:
        lost = policy.metric.change(margin, policy.unit).lstrip("+")
        return GateDecision.NOT_WORSE, "within_margin", f"{told}; surely within the margin of {lost}"
    if better.high < 0:
        return GateDecision.WORSE, "significantly_worse", told
    return GateDecision.TOO_FEW, "interval_too_wide", f"{told}; more held-out rows are needed to tell"


def _told(found: Difference | None, policy: GatePolicy, candidate: Figures, champion: Figures) -> str:
    """The metric, from what to what, and the interval of the change."""
    metric, new, old = policy.metric, candidate[policy.metric], champion[policy.metric]
    if found is None or new is None or old is None:
        need = "at least two rows of each class" if metric is Metric.AUC else "rows that differ more"
        return f"{metric.spoken} cannot be compared on these rows: it needs {need}"
    told = found.told(lambda by, among: metric.change(by, policy.unit, among), policy.confidence)
    return f"{metric.spoken} {metric.step(old, new, policy.unit)}, {told}"


def _figures(rows: Rows) -> Figures:
    return {each.value: value_of(each, rows)[0] for each in fitting(rows.task, scored=rows.score is not None)}
