"""The largest that a signal's past has shown, of numbers that were judged one after the other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from core.evaluation.checks.stretches import one_each

Array = np.ndarray[Any, np.dtype[np.float64]]
SECOND = 20
"""From so many past windows on, the second nearest counts: one incident in the past hides no other."""
RIGID = 0.5
"""A signal is rigid when its gaps, but one, are below this share of what starts to matter."""
OFTEN = 3
"""What has come so many times, each for itself, is no incident any more, in a signal that moves by itself, too."""

TAILED = 60
"""Past windows that tell how far their tail goes."""
RARE = 1 / 25_000
"""The share of windows that may go farther than that; what is CERTAIN (see chance) is as rare."""
NORMAL = 0.2
"""The slope of a power law that goes as far as a normal tail does from one window in ten to RARE: about 4.8 times."""


class Past(NamedTuple):
    """The gap and excess of each past window (NaN: not judged), whether it is usual, and if not whether modest."""

    gaps: Array
    excesses: Array
    usual: Any
    modest: Any


class Known(NamedTuple):
    """What a past has shown: its largest gap, which bounds what can be noise (a column that never moves has none), its
    largest excess, and whether it is rigid.

    What was found counts for the excess, if it was small (of what is rigid only from the second time on), or came OFTEN
    to a signal that moves by itself, too.
    """

    gap: float
    top: float
    rigid: bool


def known_of(past: Past, least: float, *, calm_says: bool, lapses: bool = False) -> Known:
    """What a past has shown, in which `least` starts to matter; nothing is rigid unless `calm_says` so. With `lapses` a
    stretch counts once, and one of them by itself for nothing."""
    if lapses:
        past = past._replace(excesses=one_each(past.excesses, least))
    judged = ~np.isnan(past.gaps)
    gaps = past.gaps[past.usual & judged]
    counted = past.excesses[(past.usual | past.modest) & judged]
    long = len(gaps) >= SECOND
    rigid = long and calm_says and _nth(gaps, 2) < RIGID * least
    most = 0.0 if len(counted) < 2 else _nth(counted, 2) if rigid or lapses else _top(counted)
    if most > least:
        found = ~past.usual
        begun = past.excesses[judged & ~(found & np.roll(found, 1))]
        most = max(most, _nth(begun, OFTEN)) if len(begun) >= OFTEN else most
    return Known(_top(gaps) if long else np.inf, most, rigid)


def farthest(gaps: Array, least: float, row: float) -> float:
    """How far a signal goes by itself in one window of 25,000, by its past gaps; infinite where they are too few, or
    more than one is half of the `least` that matters.

    Their upper tenth is taken for a power law (Hill, 1975) that falls no faster than a normal tail does. Gaps of less
    than what one `row` makes count as that.
    """
    if len(gaps) < TAILED or _nth(gaps, 2) >= RIGID * least:
        return np.inf
    far = np.sort(np.maximum(gaps, row))[::-1]
    upper = len(far) // 10
    slope = max(NORMAL, float(np.mean(np.log(far[:upper] / far[upper]))))
    return float(far[upper] * (upper / (len(far) * RARE)) ** slope)


def top_of_others(values: Sequence[float]) -> list[float]:
    """For each value the mean of the two largest of the others; 0 where there are not two."""
    if len(values) < 3:
        return [0.0] * len(values)
    first, second, third = sorted(values, reverse=True)[:3]
    return [
        (second + third if v == first else first + third if v == second else first + second) / 2 for v in values
    ]


def nearest(gaps: Array) -> float:
    """The second smallest, the smallest of a short past."""
    if len(gaps) < SECOND:
        return float(gaps.min())
    ordered = gaps.copy()
    ordered.partition(1)  # the method is twice as fast as NumPy's function
    return float(ordered[1])


def _top(values: Array) -> float:
    """The mean of the two largest."""
    second, first = np.partition(values, -2)[-2:]
    return float(second + first) / 2


def _nth(values: Array, n: int) -> float:
    """The n-th largest."""
    return float(np.partition(values, -n)[-n])
