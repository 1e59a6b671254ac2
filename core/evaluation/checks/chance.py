"""What chance makes of so few rows: a window of thirty shows by itself what one of three thousand never does.

The noise of a measure is held down to what the past has shown, so that a column that never moves has none. But the
past of small windows has not shown all that chance can do: what differs by no more than two windows of so many rows
differ now and then is no news, whatever the past says.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.evaluation.checks.levels import middle_of
from core.evaluation.summaries.summary import QUANTILES

Array = Any
"""A numpy array of floats."""
Gap = Callable[[Array, Array], Array]
Noise = Callable[[Array, Array, float, Array], Array]
Chance = Callable[[Array, Array, float, Array], tuple[Array, Array]]
"""Of now and each past window: how far apart they are, and how far two windows of so many rows are by chance."""
Certain = Callable[[Array, Array, float, Array], bool]
"""Of now, the past windows, and the rows of both: whether no chance explains what there is now."""
CERTAIN = 4.5
"""Standard errors from all past rows together that no chance explains: one of 150,000 shares lies so far."""
OUTERMOST = 4
"""Rows beyond all others: of twenty windows whose rows come in any order one has all four outermost once in 8,000."""
FEWEST = 14
"""Past windows that can tell so."""
FARTHEST = 3.0
"""Standard errors that the farthest of the quantiles is off by chance."""
PLAIN = 2.0
"""Times as far as chance that need no closer look."""
STEADY = 0.2
"""Shares are steadier than chance when windows, from one to the next, differ by less than this part of what chance may
make (two standard errors; by chance half of them differ by more than a third of it)."""
SHARES = 2
"""What is a share of one value stands first in its signal: the commonest, or the lowest and the highest."""
LATEST = 60
"""Windows that this is told from."""


def by(gap: Gap, noise: Noise) -> Chance:
    """Chance that makes this much noise of a distance."""
    return lambda now, past, rows, each: (gap(now, past), noise(now, past, rows, each))


def besides_one(gap: Gap, noise: Noise) -> Chance:
    """The same of shares of one value, as the commonest or the highest, less the one row that always holds it: that it
    never was more than one does not say that two are no chance."""

    def chance(now: Array, past: Array, rows: float, each: Array) -> tuple[Array, Array]:
        less, before = _less_one(now, rows), _less_one(past, each[:, None])
        return gap(less, before), noise(less, before, rows, each)

    return chance


def unlikely_besides_one(now: Array, past: Array, rows: float, each: Array) -> bool:
    """`unlikely`, of the same shares."""
    return unlikely(_less_one(now, rows)[:SHARES], _less_one(past, each[:, None])[:, :SHARES], rows, each)


def _less_one(values: Array, rows: Any) -> Array:
    """The share of the other rows that hold the value of one of them; of the first SHARES values."""
    shares = np.clip(values[..., :SHARES] * rows - 1, 0, None) / np.maximum(rows - 1, 1)
    return np.concatenate((shares, values[..., SHARES:]), -1)


def ranks_chance(now: Array, past: Array, rows: float, each: Array) -> tuple[Array, Array]:
    """How far the quantiles of now lie from their places among the values of each past window, in shares of its rows:
    on average, in what two standard errors make of that, or the farthest of them in FARTHEST of its own; 1 is chance.
    At least: the median alone says enough where it is PLAIN for every window.

    However far out the tail of a column goes, it is a tail; a value that many rows share is at all of its places.
    """
    places = np.array(QUANTILES)[1:-1]
    errors = np.sqrt(places * (1 - places)) * np.sqrt(1 / rows + 1 / each)[:, None]
    middle = len(places) // 2
    by_middle = _misplaced(now[1:-1][[middle]], past, places[[middle]])[:, 0] / errors[:, middle] / FARTHEST
    if by_middle.min() > PLAIN:
        return by_middle, np.ones(len(past))
    apart = _misplaced(now[1:-1], past, places)
    told = np.maximum(apart.mean(1) / (2 * errors.mean(1)), (apart / errors).max(1) / FARTHEST)
    return told, np.ones(len(past))


def _misplaced(quantiles: Array, past: Array, places: Array) -> Array:
    """How far from their `places` these quantiles lie in each past window."""
    every = np.array(QUANTILES)
    highest = _between(quantiles, past, every)
    lowest = -_between(-quantiles, -past[:, ::-1], -every[::-1])
    return np.maximum(0.0, np.maximum(lowest - places, places - highest))


def _between(at: Array, points: Array, values: Array) -> Array:
    """`np.interp` with the ascending points of many windows at once, a row for each."""
    last = points.shape[1] - 1
    below = (points[:, None, :] <= at[:, None]).sum(-1) - 1
    left = np.clip(below, 0, last - 1)
    start, end = np.take_along_axis(points, left, 1), np.take_along_axis(points, left + 1, 1)
    wide = np.where(end > start, end - start, 1.0)
    found = (values[left + 1] - values[left]) / wide * (at - start) + values[left]
    return np.where(below < 0, values[0], np.where(below >= last, values[-1], found))


def unlikely(now: Array, past: Array, rows: float, each: Array) -> bool:
    """Whether any of these shares is CERTAIN to differ from that of all past rows together (by the root of the
    binomial deviance; half a row is added to the past)."""
    there = (each[:, None] * past).sum(0)
    usual = (there + 0.5) / (each.sum() + 1)
    seen = np.clip(now, 0.0, 1.0)
    deviance = 2 * rows * (_information(seen, usual) + _information(1 - seen, 1 - usual))
    return bool((deviance > CERTAIN**2).any())


def _information(share: Array, usual: Array) -> Array:
    return np.where(share > 0, share * np.log(np.maximum(share, 1e-300) / usual), 0.0)


def beyond_all(now: Array, past: Array, rows: float, _each: Array) -> bool:
    """Whether OUTERMOST rows lie farther out, on one side, than the last hundredth of any past window: however long a
    tail is, chance does not put its farthest rows all into one window. Of fewer than fourteen windows it might."""
    if len(past) < FEWEST:
        return False
    places = np.array(QUANTILES)
    above = 1 - places[now > past[:, -1].max()].min(initial=1.0)
    below = places[now < past[:, 0].min()].max(initial=0.0)
    return bool(max(above, below) * rows >= OUTERMOST)


def steady(chance: Chance, past: Array, each: Array) -> bool:
    """Whether windows differ less than chance makes them: where each day has the same rows, one less is no chance."""
    values, rows = past[-LATEST:], each[-LATEST:]
    following = range(1, len(values))
    pairs = [chance(values[i], values[i - 1 : i], float(rows[i]), rows[i - 1 : i]) for i in following]
    apart, made = np.array([float(gap[0]) for gap, _ in pairs]), np.array([float(much[0]) for _, much in pairs])
    return bool(middle_of(apart) < STEADY * middle_of(made))
