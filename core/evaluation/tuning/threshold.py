"""One threshold under a promise: the fewest false alarms while at least so many of the right ones are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

DIGITS = 3
STEP = 0.001
"""Thresholds are written to three digits."""


@dataclass(frozen=True)
class Example:
    """A past score. `wanted` is True where an alarm was right, False where it was false, None where it was neither
    asked for nor wrong."""

    score: float
    wanted: bool | None


def fit(examples: Sequence[Example], recall: float, current: float, *, highest: float = inf) -> float:
    """The threshold (an alarm is a score of at least it) that keeps at least `recall` of the wanted examples.

    Among those it has the fewest false alarms, and among these it keeps the most wanted examples. It lies halfway
    between the scores around it, or stays at `current` when that makes the same alarms; it is at most `highest`.
    Asking for more recall never raises it. Without a wanted example nothing binds it: it lies above all scores.
    `recall` is in (0, 1]. ValueError otherwise.
    """
    if not 0 < recall <= 1:
        raise ValueError(f"recall must be above 0 and at most 1, not {recall}")
    if not examples:
        return current
    lowest = _lowest_alarm(examples, recall)
    below = max((e.score for e in examples if e.score < lowest), default=0.0)
    if below < current <= min(lowest, highest):
        return current
    return min(_between(below, lowest), highest)


def at_most(score: float) -> float:
    """Written as a threshold is, and no higher, so that this score itself reaches it."""
    return floor(score * 1_000) / 1_000


def _lowest_alarm(examples: Sequence[Example], recall: float) -> float:
    """The lowest score that still is an alarm; infinite when none need be."""
    wanted = sorted((e.score for e in examples if e.wanted), reverse=True)
    if not wanted:
        return inf
    # Without the small term 0.9 of 10 would be 10 of 10 by rounding.
    needed = max(1, ceil(recall * len(wanted) - 1e-9))
    bound = wanted[needed - 1]
    false_below: float = max((e.score for e in examples if e.wanted is False and e.score < bound), default=-inf)
    return min(score for score in wanted if score > false_below)


def _between(below: float, lowest: float) -> float:
    if lowest == inf:
        return round(below * 1.05 + STEP, DIGITS)
    middle = round((below + lowest) / 2, DIGITS)
    return middle if below < middle <= lowest else lowest
