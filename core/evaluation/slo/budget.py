"""The error budget of one objective over a rolling period, and how fast it burns.

A metric is a loss per labelled prediction: one minus the metric where more is better (accuracy .80 loses .20), the
metric itself where less is better. The objective allows a loss; the period's budget is that loss for each of its
predictions. So the budget is spent exactly when the period's own metric, weighted by labels, misses the objective,
and a burn rate of 1 spends exactly what the objective allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite


@dataclass(frozen=True)
class Objective:
    """`value` of a metric at least (`at_least`) or at most; metrics of "at least" lie in [.., 1].

    ValueError when it allows no loss at all, since there is no budget to speak of then.
    """

    value: float
    at_least: bool = True

    def __post_init__(self) -> None:
        if not isfinite(self.value) or self.allowed <= 0:
            raise ValueError(f"an objective of {self.value} allows no loss, so it has no error budget")

    @property
    def allowed(self) -> float:
        """The loss per prediction that keeps the objective, > 0."""
        return 1.0 - self.value if self.at_least else self.value

    def loss(self, metric: float) -> float:
        return 1.0 - metric if self.at_least else metric

    def metric(self, loss: float) -> float:
        """The metric that loses so much per prediction."""
        return 1.0 - loss if self.at_least else loss


@dataclass(frozen=True)
class Reading:
    """The metric of one window over `labels` labelled predictions; None while nobody can tell.

    For a product metric that comes as a series, `labels` is the weight of its point (1 where all count alike). For a
    window whose labels are still to come, `value` is estimated in `[low, high]`, `labels` is how many will come, and
    `arrived` how many have.
    """

    value: float | None
    labels: float
    low: float | None = None
    high: float | None = None
    arrived: float | None = None

    @property
    def estimated(self) -> bool:
        return self.value is not None and self.low is not None

    @property
    def known(self) -> float:
        """Labels that are in."""
        return self.labels if self.arrived is None else self.arrived

    @property
    def lowest(self) -> "Reading":
        return self if self.low is None else replace(self, value=self.low)

    @property
    def highest(self) -> "Reading":
        return self if self.high is None else replace(self, value=self.high)


@dataclass(frozen=True)
class Budget:
    """The budget of a period of windows.

    `spent` is the share of it that is gone (1.0: all, beyond: the objective is missed). `value` is the period's metric
    over `labels`; where windows are estimated it is in `[low, high]`, all of them at their ends at once, since what an
    estimate does not see it mostly does not see for days.
    """

    value: float
    labels: float
    spent: float
    low: float
    high: float

    @property
    def estimated(self) -> bool:
        return self.low < self.high


def budget_of(readings: Sequence[Reading], objective: Objective) -> Budget | None:
    """The budget over these windows; None while none has a label."""
    whole = burn(readings, objective)
    if whole is None:
        return None
    low, high = (
        objective.metric((burn(ends, objective) or 0.0) * objective.allowed)
        for ends in ([each.lowest for each in readings], [each.highest for each in readings])
    )
    return Budget(
        value=objective.metric(whole * objective.allowed),
        labels=sum(each.known for each in readings if each.value is not None),
        spent=whole,
        low=low,
        high=high,
    )


def at_best(readings: Sequence[Reading], objective: Objective) -> list[Reading]:
    """The readings with every estimate at its better end."""
    return [each.highest if objective.at_least else each.lowest for each in readings]


def burn(readings: Sequence[Reading], objective: Objective) -> float | None:
    """How many times the allowed loss these windows lost, weighted by labels; None while none has a label."""
    known = [(each.value, each.labels) for each in readings if each.value is not None and each.labels > 0]
    labels = sum(weight for _, weight in known)
    if not labels:
        return None
    return sum(objective.loss(value) * weight for value, weight in known) / labels / objective.allowed


def windows_left(readings: Sequence[Reading], objective: Objective, rate: float, horizon: int) -> int | None:
    """After how many more windows the period misses the objective, if they burn at `rate`; None: not within `horizon`.

    Every coming window weighs what the period's labelled windows weigh on average, and pushes the oldest one out.
    0 when the objective is missed already.
    """
    known = [
        (each.value, each.labels) if each.value is not None and each.labels > 0 else (None, 0.0)
        for each in readings
    ]
    weights = [weight for _, weight in known if weight]
    if not weights:
        return None
    usual = sum(weights) / len(weights)
    losses = [(0.0 if value is None else objective.loss(value) / objective.allowed * w, w) for value, w in known]
    losses += [(rate * usual, usual)] * horizon
    size = len(known)
    for ahead in range(horizon + 1):
        part = losses[ahead : ahead + size]
        if sum(loss for loss, _ in part) > sum(weight for _, weight in part) * (1 + 1e-12):
            return ahead
    return None
