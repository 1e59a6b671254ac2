"""The gate: is a candidate good enough to take the champion's place? A pure rule over the same held-out rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.config.metric import Metric
from core.models.metrics import Floats, accuracy, auc, brier, log_loss
from core.models.paired import Difference, accuracy_difference, auc_difference


class GateDecision(StrEnum):
    """NOT_WORSE: at most the margin is lost, with confidence. TOO_FEW: the rows cannot tell."""

    BETTER = "better"
    NOT_WORSE = "not_worse"
    WORSE = "worse"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class HeldOut:
    """Rows that neither model was trained on: labels 0 or 1, and both models' scores in [0, 1]."""

    labels: Floats
    candidate: Floats
    champion: Floats
    threshold: float = 0.5

    def where(self, mask: NDArray[np.bool_]) -> "HeldOut":
        """Only the rows of a slice."""
        return HeldOut(self.labels[mask], self.candidate[mask], self.champion[mask], self.threshold)


@dataclass(frozen=True)
class GatePolicy:
    """What a team asks of a candidate.

    `margin` is the loss of the metric that still counts as not worse, for the sake of a fresher model: one point.
    `minimum_rows` is what it takes for such a margin to mean anything at all. `confidence` is two-sided.
    """

    metric: Metric = Metric.ACCURACY
    margin: float = 0.01
    confidence: float = 0.95
    minimum_rows: int = 200


@dataclass(frozen=True)
class Guard:
    """A slice that must not break: `mask` picks its held-out rows.

    It is broken when the observed accuracy falls by more than `tolerance`. It rests on the observed figure, not on
    an interval, so that a small but important slice is protected; below `minimum_rows` it is not judged.
    """

    name: str
    mask: ArrayLike
    tolerance: float = 0.02
    minimum_rows: int = 50


@dataclass(frozen=True)
class GuardResult:
    """How a guarded slice fared; `broken` is None when it had too few rows to be judged."""

    name: str
    rows: int
    candidate: float | None
    champion: float | None
    broken: bool | None


@dataclass(frozen=True)
class Figures:
    """One model's metrics on the held-out rows; `auc` is None when a label is missing."""

    accuracy: float
    log_loss: float
    brier: float
    auc: float | None


@dataclass(frozen=True)
class GateResult:
    """The decision with its reason and the figures it rests on.

    Reasons: `significantly_better`, `within_margin`, `significantly_worse`, `guard_broken`, `too_few_rows`,
    `one_label_only`, `interval_too_wide`.
    """

    decision: GateDecision
    reason: str
    detail: str
    metric: Metric
    rows: int
    candidate: Figures | None
    champion: Figures | None
    difference: Difference | None
    guards: tuple[GuardResult, ...] = ()


def judge(rows: HeldOut, policy: GatePolicy, guards: Sequence[Guard] = ()) -> GateResult:
    """Compare candidate and champion. Raises ValueError when labels or scores are not what HeldOut says."""
    count = len(rows.labels)
    if count < policy.minimum_rows:
        detail = f"{count} labelled held-out rows, {policy.minimum_rows} needed"
        return GateResult(GateDecision.TOO_FEW, "too_few_rows", detail, policy.metric, count, None, None, None)
    candidate, champion = _figures(rows, rows.candidate), _figures(rows, rows.champion)
    guarded = tuple(_check(guard, rows) for guard in guards)
    difference = _difference(rows, policy)
    decision, reason, detail = _decide(difference, policy, [each.name for each in guarded if each.broken])
    return GateResult(decision, reason, detail, policy.metric, count, candidate, champion, difference, guarded)


def _decide(
    difference: Difference | None, policy: GatePolicy, broken: Sequence[str]
) -> tuple[GateDecision, str, str]:
    if broken:
        return GateDecision.WORSE, "guard_broken", f"it breaks what must not break: {', '.join(broken)}"
    if difference is None:
        return GateDecision.TOO_FEW, "one_label_only", "AUC needs at least two held-out rows of each label"
    told = f"{policy.metric.value} {difference.estimate:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
    if difference.low > 0:
        return GateDecision.BETTER, "significantly_better", told
    if difference.low >= -policy.margin:
        return GateDecision.NOT_WORSE, "within_margin", f"{told}, at most {policy.margin:.3f} is lost"
    if difference.high < 0:
        return GateDecision.WORSE, "significantly_worse", told
    return GateDecision.TOO_FEW, "interval_too_wide", f"{told}: more held-out rows are needed to tell"


def _difference(rows: HeldOut, policy: GatePolicy) -> Difference | None:
    if policy.metric is Metric.ACCURACY:
        return accuracy_difference(rows.labels, rows.candidate, rows.champion, rows.threshold, policy.confidence)
    ones = int(rows.labels.sum())
    if min(ones, len(rows.labels) - ones) < 2:
        return None
    return auc_difference(rows.labels, rows.candidate, rows.champion, policy.confidence)


def _figures(rows: HeldOut, scores: Floats) -> Figures:
    both = len(set(rows.labels.tolist())) == 2
    return Figures(
        accuracy=accuracy(rows.labels, scores, rows.threshold),
        log_loss=log_loss(rows.labels, scores),
        brier=brier(rows.labels, scores),
        auc=auc(rows.labels, scores) if both else None,
    )


def _check(guard: Guard, rows: HeldOut) -> GuardResult:
    part = rows.where(np.asarray(guard.mask, dtype=bool))
    count = len(part.labels)
    if not count:
        return GuardResult(guard.name, 0, None, None, None)
    new = accuracy(part.labels, part.candidate, part.threshold)
    old = accuracy(part.labels, part.champion, part.threshold)
    judged = count >= guard.minimum_rows
    return GuardResult(guard.name, count, new, old, old - new > guard.tolerance if judged else None)
