"""What the labels last told, and when that is reason enough to call somebody about a window without an estimate.

When a model has begun to fail, its features mislead and nothing honest can be estimated; but the labels of the windows
before say how it fares, and what is wrong with the values says what it does. A live evaluation and a backtest ask the
same rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from math import sqrt

from core.config.metric import Metric
from core.evaluation.finding import Finding, Kind
from core.evaluation.goal import Goal

CONVINCING = 4.5
"""Deviations of chance: where nothing is wrong a day is so far below once in centuries, and days in a row not often."""
IN_A_ROW = 2
"""Windows in a row that miss an objective which people set are reason enough, though each may by chance."""


@dataclass(frozen=True)
class LastKnown:
    """A window by the labels that are in: how people name it, and its metric over so many labels. `deviation` is what
    chance does to that, in the metric's unit; None while nobody knows. `out` are still to come; 0 where hardly any
    more will."""

    name: str
    value: float
    labels: int
    deviation: float | None = None
    out: int = 0

    def decided(self, goal: Goal) -> "LastKnown | None":
        """What labels to come cannot change any more: the window itself when they are in; or its metric over all rows
        at best, when even that misses the objective. None while they decide."""
        if not self.out:
            return self
        rows = self.labels + self.out
        best = at_best(goal.metric, self.value, self.labels, rows)
        if best is None or not goal.missed_by(best):
            return None
        deviation = None if self.deviation is None else self.deviation * sqrt(self.labels / rows)
        return replace(self, value=best, labels=rows, deviation=deviation)


def at_best(metric: Metric, value: float, labels: int, rows: int) -> float | None:
    """What a metric of `value` over the first `labels` of `rows` comes to when all others turn out right: a bound that
    holds however unlike the first the last ones are. None for metrics that such rows do not bound (F1, precision,
    recall, AUC, R²), and without labels."""
    if not labels:
        return None
    if metric is Metric.ACCURACY:
        return (value * labels + rows - labels) / rows
    if metric is Metric.RMSE:
        return value * sqrt(labels / rows)
    return value * labels / rows if metric.of_rows else None


class Cause(StrEnum):
    """Why somebody is called: LABELS of windows before, or VALUES of this one that cannot be right."""

    LABELS = "labels"
    VALUES = "values"


@dataclass(frozen=True)
class Call:
    """A call about a window without an estimate; `value` is what the metric was (LABELS, in the window of this `name`)
    or is expected to be (VALUES), and `reason` is what people read."""

    cause: Cause
    value: float
    reason: str
    name: str = ""


BeyondChance = Callable[[Sequence[LastKnown]], bool]
"""Whether windows in a row that missed the objective, the newest first, did so by more than chance."""


def miss(known: Iterable[LastKnown], goal: Goal, learned: BeyondChance | None = None) -> LastKnown | None:
    """The newest window that is decided, if it missed the objective by more than chance; None otherwise.

    `known` are the windows with labels, the newest first. Where the objective was `learned` from history, so was what
    chance does. One that was given is missed beyond chance by CONVINCING deviations of the window's own, or IN_A_ROW
    times. While labels of the newest are to come, the one of those in a row that is furthest off speaks for all.
    """
    run = _missed(known, goal)
    if not run:
        return None
    beyond = learned(run) if learned is not None else len(run) >= IN_A_ROW or _surely(run[0], goal)
    if not beyond:
        return None
    return max(run, key=lambda each: abs(each.value - goal.value)) if run[0].out else run[0]


def _missed(known: Iterable[LastKnown], goal: Goal) -> list[LastKnown]:
    """The newest windows that are decided and missed the objective, up to one that kept it; those between them that
    nobody can decide yet are passed over."""
    decided = (found for each in known if (found := each.decided(goal)) is not None)
    return list(takewhile(lambda each: goal.missed_by(each.value), decided))


def _surely(last: LastKnown, goal: Goal) -> bool:
    return last.deviation is not None and abs(last.value - goal.value) >= CONVINCING * last.deviation


def without_estimate(
    known: Sequence[LastKnown],
    goal: Goal,
    why: str,
    found: Sequence[Finding],
    learned: BeyondChance | None = None,
) -> Call | None:
    """Whether somebody is called about a window that cannot be estimated, `why` being the sentence that says so.

    `found` are the window's findings, with their expected effects, which are held against the last window whose labels
    are in. None where nothing says that the objective is missed. Arguments else as of `miss`.
    """
    missed = miss(known, goal, learned)
    if missed is not None:
        still = f"Whether that goes on cannot be estimated: {_clause(why)}"
        reason = f"{_of_labels(missed, goal)}; the objective is {goal.bound}. {still}"
        return Call(Cause.LABELS, missed.value, reason, missed.name)
    last = next((each for each in known if not each.out), None)
    if last is None:
        return None
    for value, low, high, columns in _expected(found, last.value, goal):
        if goal.missed_by(high if goal.at_least else low):
            span = f"{goal.written(value)} ({goal.span(low, high)})"
            moved = f"move the {goal.title} from {goal.written(last.value)} to {span}"
            said = f"What is wrong with {columns} is expected to {moved}; the objective is {goal.bound}."
            return Call(Cause.VALUES, value, f"{said} It cannot be estimated: {_clause(why)}")
    return None


def _of_labels(last: LastKnown, goal: Goal) -> str:
    figure = goal.written(last.value)
    if not last.out:
        return f"{goal.begun} was {figure} on {last.name}, the last window with its labels"
    come = "the label still to come says" if last.out == 1 else f"the {last.out:,} labels still to come say"
    return f"{goal.begun} was {figure} at best on {last.name}, whatever {come}"


def _expected(found: Sequence[Finding], usual: float, goal: Goal) -> Iterator[tuple[float, float, float, str]]:
    """What the metric comes to by each finding of values that cannot be right."""
    for finding in found:
        effect = finding.expected_effect
        if finding.kind is not Kind.HARD or effect is None:
            continue
        if effect.value is not None and effect.low is not None and effect.high is not None:
            value, low, high = (_bounded(usual + each, goal) for each in (effect.value, effect.low, effect.high))
            yield value, low, high, ", ".join(finding.columns)


def _bounded(value: float, goal: Goal) -> float:
    return min(max(value, goal.metric.floor), goal.metric.ceiling)


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
