"""Where an objective stands: met, at risk, breached or unknown, each with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.config.metric import Metric, number
from core.evaluation.slo.budget import Budget, Objective, Reading, at_best, budget_of, burn, windows_left
from core.text import plural

FAST_SHARE, SLOW_SHARE = 1 / 14, 1 / 4
"""The last of a period that fast and slow burn look at: of four weeks two days, and one week."""
FAST_AHEAD, SLOW_AHEAD = 1 / 4, 1.0
"""How far ahead a fast burn, and a slow one, must end the budget to be a risk, as a share of the period."""


class State(StrEnum):
    """MET: within budget. AT_RISK: it probably is spent, or will be if things go on. BREACHED: it is spent. UNKNOWN:
    nobody can tell."""

    MET = "met"
    AT_RISK = "at risk"
    BREACHED = "breached"
    UNKNOWN = "unknown"


def _figure(value: float) -> str:
    return f"{value:.1%}" if 0 <= value <= 1 else number(value)


def _declared(value: float) -> str:
    return Metric.ACCURACY.declared(value) if 0 <= value <= 1 else f"{value:,.6g}"


@dataclass(frozen=True)
class Words:
    """The metric's `name` as a sentence begins with it (empty: the objective's own name says it), and how its figures
    are `written`, and an objective as it was `declared`."""

    name: str = ""
    written: Callable[[float], str] = _figure
    declared: Callable[[float], str] = _declared

    def figure(self, budget: Budget, objective: Objective) -> tuple[str, str]:
        """“MAE 8.2 minutes”, with its range where windows are estimated; and “at most 8 minutes”."""
        span = f" ({self.written(budget.low)} to {self.written(budget.high)})" if budget.estimated else ""
        bound = "at least" if objective.at_least else "at most"
        return (
            f"{self.name} {self.written(budget.value)}{span}".strip(),
            f"{bound} {self.declared(objective.value)}",
        )


@dataclass(frozen=True)
class Standing:
    """The state with the sentence that people read; `cause` names it: "spent", "likely-spent", "fast-burn",
    "slow-burn", "no-labels", "few-labels", "early-labels" or "within-budget". `windows_left` until the budget ends,
    where it will."""

    state: State
    cause: str
    reason: str
    budget: Budget | None = None
    windows_left: int | None = None


def stand(
    readings: Sequence[Reading],
    objective: Objective,
    minimum_labels: float,
    unit: str = "window",
    left_out: int = 0,
    words: Words | None = None,
) -> Standing:
    """The standing over the windows of a rolling period, oldest first; `unit` is what a window is called ("day"),
    and `words` tell the metric and its figures.

    Fewer than `minimum_labels` (>= 1) over the period say nothing, and nor does a period most of whose windows are
    `left_out`, because of their labels only the early ones are in. Otherwise: breached when the period's metric misses
    the objective, whatever estimated windows turn out to be; at risk when it probably does, or would within a quarter
    of a period at the rate of the last fourteenth (fast burn), or within a whole one at the rate of the last quarter
    (slow burn), where that rate is too high at best, too.
    """
    size = len(readings)
    budget = budget_of(readings, objective)
    if left_out and left_out >= sum(each.value is not None for each in readings):
        early = f"Of {plural(left_out, unit)} only the early labels are in, and early labels are unlike late ones."
        return Standing(State.UNKNOWN, "early-labels", early, budget)
    if budget is None:
        return Standing(State.UNKNOWN, "no-labels", f"No label of the last {plural(size, unit)} is in.")
    if budget.labels < minimum_labels:
        need = f"{budget.labels:,.0f} labels of the last {plural(size, unit)} are in; {minimum_labels:,.0f} are needed."
        return Standing(State.UNKNOWN, "few-labels", need, budget)
    return _judged(readings, objective, budget, unit, left_out, words or Words())


def _judged(
    readings: Sequence[Reading],
    objective: Objective,
    budget: Budget,
    unit: str,
    left_out: int,
    words: Words,
) -> Standing:
    """The standing of a period of which enough is known."""
    size = len(readings)
    fast, slow = _ends(size)
    value, bound = words.figure(budget, objective)
    figure = f"{value} over {plural(size, unit)}, objective {bound}"
    waits = _waits(readings, unit, left_out)
    best = burn(at_best(readings, objective), objective) or 0.0
    if best > 1:
        least = "at least " if budget.estimated else ""
        spent = f"{figure}: the error budget is overspent by {least}{best - 1:.0%}.{waits}"
        return Standing(State.BREACHED, "spent", spent, budget, 0)
    if budget.spent > 1:
        return Standing(
            State.AT_RISK, "likely-spent", f"{figure}: the error budget is probably spent.{waits}", budget, 0
        )
    for cause, last, ahead in (("fast-burn", fast, FAST_AHEAD), ("slow-burn", slow, SLOW_AHEAD)):
        if burning := _burning(readings, objective, last, max(1, round(size * ahead))):
            rate, left = burning
            known = " known" if readings[-1].value is None else ""
            burned = f"the last {plural(last, unit)}{known} burned {rate:.1f} times what is allowed"
            said = f"{burned}; at this rate the budget ends in {plural(left, unit)}."
            return Standing(State.AT_RISK, cause, f"{figure}: {said}{waits}", budget, left)
    left_over = f"{figure}: {1 - budget.spent:.0%} of the error budget is left.{waits}"
    return Standing(State.MET, "within-budget", left_over, budget)


def _ends(size: int) -> tuple[int, int]:
    """How many of the last windows fast and slow burn look at."""
    return max(1, round(size * FAST_SHARE)), max(1, round(size * SLOW_SHARE))


def _burning(readings: Sequence[Reading], objective: Objective, last: int, ahead: int) -> tuple[float, int] | None:
    """The rate of the last windows that are known, and after how many more the budget ends; None where that is no
    risk."""
    known = [each for each in readings if each.value is not None and each.labels > 0]
    rate = burn(known[-last:], objective)
    best = burn(at_best(known[-last:], objective), objective)
    if rate is None or best is None or best <= 1:
        return None
    left = windows_left(readings, objective, rate, ahead)
    return None if left is None else (rate, left)


def _waits(readings: Sequence[Reading], unit: str, left_out: int) -> str:
    """Which part of the period is not known yet."""
    estimated = sum(each.estimated for each in readings)
    said = f" {plural(estimated, unit)} of them estimated, since labels are still to come." if estimated else ""
    return f"{said} {plural(left_out, unit)} left out: only the early labels are in." if left_out else said
