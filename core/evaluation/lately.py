"""What the labels last told, and when that is reason enough to call somebody about a window without an estimate.

When a model has begun to fail, its features mislead and nothing honest can be estimated; but the labels of the windows
before say how it fares, and what is wrong with the values says what it does. A live evaluation and a backtest ask the
same rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.evaluation.finding import Finding, Kind
from core.evaluation.goal import Goal

CONVINCING = 4.5
"""Deviations of chance: where nothing is wrong a day is so far below once in centuries, and days in a row not often."""
IN_A_ROW = 2
"""Windows in a row that miss an objective which people set are reason enough, though each may by chance."""


@dataclass(frozen=True)
class LastKnown:
    """A window whose labels are in: how people name it, and its metric over so many labels. `deviation` is what chance
    does to that, in the metric's unit; None while nobody knows."""

    name: str
    value: float
    labels: int
    deviation: float | None = None


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


BeyondChance = Callable[[LastKnown], bool]


def miss(known: Iterable[LastKnown], goal: Goal, learned: BeyondChance | None = None) -> LastKnown | None:
    """The newest of the windows whose labels are in, if it missed the objective by more than chance; None otherwise.

    `known` are those windows, the newest first. Where the objective was `learned` from history, so was what chance
    does. One that was given is missed beyond chance by CONVINCING deviations of the window's own, or IN_A_ROW times.
    """
    newest = [last for last, _ in zip(known, range(IN_A_ROW), strict=False)]
    if not newest or not goal.missed_by(newest[0].value):
        return None
    if learned is not None:
        return newest[0] if learned(newest[0]) else None
    both = len(newest) == IN_A_ROW and all(goal.missed_by(each.value) for each in newest)
    return newest[0] if both or _surely(newest[0], goal) else None


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

    `found` are the window's findings, with their expected effects. None where nothing says that the objective is
    missed, and where no window before it has its labels. Arguments else as of `miss`.
    """
    if not known:
        return None
    last = known[0]
    if miss(known, goal, learned) is not None:
        said = f"{goal.begun} was {goal.written(last.value)} on {last.name}, the last window with its labels"
        still = f"Whether that goes on cannot be estimated: {_clause(why)}"
        return Call(Cause.LABELS, last.value, f"{said}; the objective is {goal.bound}. {still}", last.name)
    for value, low, high, columns in _expected(found, last.value, goal):
        if goal.missed_by(high if goal.at_least else low):
            span = f"{goal.written(value)} ({goal.span(low, high)})"
            moved = f"move the {goal.title} from {goal.written(last.value)} to {span}"
            said = f"What is wrong with {columns} is expected to {moved}; the objective is {goal.bound}."
            return Call(Cause.VALUES, value, f"{said} It cannot be estimated: {_clause(why)}")
    return None


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
