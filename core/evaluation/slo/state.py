"""Where an objective stands: met, at risk, breached or unknown, each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.evaluation.slo.budget import Budget, Objective, Reading, budget_of, windows_left

FAST_SHARE, SLOW_SHARE = 1 / 14, 1 / 4
"""The last of a period that fast and slow burn look at: of four weeks two days, and one week."""
FAST_AHEAD, SLOW_AHEAD = 1 / 4, 1.0
"""How far ahead a fast burn, and a slow one, must end the budget to be a risk, as a share of the period."""


class State(StrEnum):
    """MET: within budget. AT_RISK: it will be spent if things go on. BREACHED: it is. UNKNOWN: nobody can tell."""

    MET = "met"
    AT_RISK = "at risk"
    BREACHED = "breached"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """The state with the sentence that people read; `cause` names it: "spent", "fast-burn", "slow-burn", "no-labels",
    "few-labels" or "within-budget". `windows_left` until the budget ends, where it will."""

    state: State
    cause: str
    reason: str
    budget: Budget | None = None
    windows_left: int | None = None


def stand(
    readings: Sequence[Reading], objective: Objective, minimum_labels: float, unit: str = "window"
) -> Standing:
    """The standing over the windows of a rolling period, oldest first; `unit` is what a window is called ("day").

    Fewer than `minimum_labels` (>= 1) over the period say nothing. Otherwise: breached when the period's metric
    misses the objective; at risk when it would within a quarter of a period at the rate of the last fourteenth
    (fast burn), or within a whole one at the rate of the last quarter (slow burn).
    """
    size = len(readings)
    fast, slow = (max(1, round(size * share)) for share in (FAST_SHARE, SLOW_SHARE))
    budget = budget_of(readings, objective, fast, slow)
    if budget is None:
        return Standing(State.UNKNOWN, "no-labels", f"No label of the last {_many(size, unit)} is in.")
    if budget.labels < minimum_labels:
        need = f"{budget.labels:,.0f} labels of the last {_many(size, unit)} are in; {minimum_labels:,.0f} are needed."
        return Standing(State.UNKNOWN, "few-labels", need, budget)
    figure = f"{_figure(budget.value)} over {_many(size, unit)}, objective {_figure(objective.value)}"
    if budget.spent > 1:
        spent = f"{figure}: the error budget is overspent by {budget.spent - 1:.0%}."
        return Standing(State.BREACHED, "spent", spent, budget, 0)
    risks = (("fast-burn", budget.fast, fast, FAST_AHEAD), ("slow-burn", budget.slow, slow, SLOW_AHEAD))
    for cause, rate, last, ahead in risks:
        if rate is None or rate <= 1:
            continue
        left = windows_left(readings, objective, rate, max(1, round(size * ahead)))
        if left is not None:
            burned = f"the last {_many(last, unit)} burned {rate:.1f} times what is allowed"
            said = f"{burned}; at this rate the budget ends in {_many(left, unit)}."
            return Standing(State.AT_RISK, cause, f"{figure}: {said}", budget, left)
    return Standing(
        State.MET, "within-budget", f"{figure}: {1 - budget.spent:.0%} of the error budget is left.", budget
    )


def _many(count: int, unit: str) -> str:
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def _figure(value: float) -> str:
    return f"{value:.1%}" if 0 <= value <= 1 else f"{value:,.4g}"
