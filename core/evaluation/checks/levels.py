"""How far apart the quantiles of a column are: where its values lie, and how wide they are spread."""

from math import hypot, nan
from typing import Any

import numpy as np

from core.evaluation.summaries.summary import QUANTILES

Array = Any
"""A numpy array of floats."""
SOME = 40
"""Past windows that tell where quantiles usually lie."""
LUMPY = 0.4
"""A column is lumpy when so many neighbouring quantiles are the same: its values are few, and widths jump."""
LOWEST, HIGHEST = len(QUANTILES), len(QUANTILES) + 1
"""Where the lowest and highest value come after the quantiles."""
ENDS = 1.5
"""Rows beyond what is an end: a single one is chance."""
STEADY_END = 0.125
"""Ends of a column that lie within so much of each other (as a logarithm, a robust deviation) are steady."""


def level(now: Array, past: Array) -> Array:
    """Mean distance of the quantiles from .05 to .95, in spreads of the past; farther out, where quantiles of a long
    tail differ by their size, in their usual distances from the middle."""
    usual = _middles(past)
    scale = np.maximum(spread_of(past), np.abs(usual - usual[10]))
    return mean_of((np.abs(now - past) / scale)[:, 1:-1])


def _middles(past: Array) -> Array:
    """The usual quantiles: the medians of some windows of the past, evenly chosen."""
    some = past[:: max(1, len(past) // SOME)]
    half = len(some) // 2
    if len(some) % 2:
        return np.partition(some, half, axis=0)[half]
    low, high = np.partition(some, (half - 1, half), axis=0)[half - 1 : half + 1]
    return (low + high) / 2


def spread(now: Array, past: Array) -> Array:
    """Log ratio of the widths between quantiles; widths under a fiftieth of the past's spread are taken as that."""
    scale = spread_of(past)

    def widths(quantiles: Array) -> Array:
        wide = quantiles[..., -2] - quantiles[..., 1]
        narrow = quantiles[..., 15] - quantiles[..., 5]
        return np.log(np.stack([wide, narrow], -1) / scale + 0.02)

    gaps = mean_of(np.abs(widths(now) - widths(past)))
    return np.where(_lumpy(past) | _lumpy(now), 0.0, gaps)


def reach(now: Array, past: Array) -> Array:
    """How much farther out the lowest or highest hundredth lies than any value of each of the past, as a logarithm of
    its distance from the middle; in their own deviations, where the ends of the past go far by themselves.

    After the quantiles come the lowest and highest value and the number of rows: of few of them the lowest and highest
    twentieth are taken, or more.
    """
    low, high = ends(now)
    inside = (past[:, LOWEST] <= now[low]) & (now[high] <= past[:, HIGHEST])
    if inside.sum() > 1:  # the nearest two are
        return np.zeros(len(past))
    scale, center = spread_of(past[:, :LOWEST]), middle_of(past[:, 10])
    out, before = np.arcsinh((now - center) / scale), np.arcsinh((past[:, (LOWEST, HIGHEST)] - center) / scale)
    gaps = []
    for side, beyond in ((0, before[:, 0] - out[low]), (1, out[high] - before[:, 1])):
        own = 1.4826 * middle_of(np.abs(before[:, side] - middle_of(before[:, side])))
        gaps.append(np.clip(beyond, 0, None) / max(1.0, own / STEADY_END))
    farthest: Array = np.maximum(*gaps)
    return farthest


def ends(quantiles: Array) -> tuple[int, int]:
    """Which quantiles are the ends of a column, by the number of rows behind them (the last number)."""
    low = next((i for i in range(4) if QUANTILES[i] * quantiles[-1] >= ENDS), 3)
    return low, 20 - low


def _lumpy(quantiles: Array) -> Array:
    same = np.add.reduce(quantiles[..., 1:] == quantiles[..., :-1], axis=-1)
    return same / (quantiles.shape[-1] - 1) >= LUMPY


def spread_of(past: Array) -> float:
    """The usual spread of a column's values, within and between windows; never 0."""
    middle = past[:, 10]
    center = middle_of(middle)
    within = middle_of(past[:, 15] - past[:, 5]) / 1.35
    between = 1.4826 * middle_of(np.abs(middle - center))
    spread = hypot(within, between)
    return spread or middle_of(past[:, -1] - past[:, 0]) / 4.6 or abs(center) * 0.05 or 1.0


def mean_of(values: Array) -> Array:
    """The mean of each row, faster than NumPy's on few."""
    return np.add.reduce(values, axis=-1) / values.shape[-1]


def middle_of(values: Array) -> float:
    """The median of some finite numbers, several times as fast as NumPy's on few; NaN where there are none."""
    n = len(values)
    half = n // 2
    if n % 2:
        return float(np.partition(values, half)[half])
    if not n:
        return nan
    low, high = np.partition(values, (half - 1, half))[half - 1 : half + 1]
    return float(low + high) / 2
