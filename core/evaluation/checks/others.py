"""The few values of a column that are not its commonest: how far from it they lie.

Where most values are zero, ten times as much moves no quantile; the mean of the few others goes up by all of it.
"""

from math import log
from typing import Any

import numpy as np

from core.evaluation.summaries.summary import ColumnSummary

Array = Any
"""A numpy array of floats."""
ERRORS = 2.5
"""Standard errors that are chance."""
MIDDLE = 10
"""The place of the median among the quantiles."""


def others_of(column: ColumnSummary) -> tuple[int, float, float] | None:
    """How many values are not the commonest, the logarithm of their mean distance from it, and their variance as a
    share of its square; None unless most values are the commonest and all others lie on one side of it."""
    others, commonest = column.present - column.mode, column.quantiles[MIDDLE]
    if 2 * column.mode <= column.present or not others or column.mean is None or column.std is None:
        return None
    if commonest not in (column.low, column.high):
        return None
    off, share = column.mean - commonest, column.present / others
    if not off or not np.isfinite(off * off):
        return None
    varied = (column.std**2 + off**2) / (off**2 * share) - 1
    return others, log(abs(off) * share), max(0.0, varied)


def farther(now: Array, past: Array) -> Array:
    """Log ratio of the mean distances, on the same side or not."""
    apart: Array = np.abs(now - past)[:, 0]
    return apart


def farther_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    """By how much the values vary, now or usually; a single one says nothing."""
    if rows < 2:
        return np.full(len(past), np.inf)
    varied = max(float(now[1]), float(past[:, 1] @ each / each.sum()))
    noise: Array = ERRORS * np.sqrt(varied * (1 / rows + 1 / each))
    return noise
