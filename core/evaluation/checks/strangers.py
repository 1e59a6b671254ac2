"""Shares of what should not be there: values that never came, and rows that break what always held.

A few rows count here as they do nowhere else, so they are held against all rows of the past together.
"""

from typing import Any

import numpy as np

Array = Any
"""A numpy array of floats."""
MORE_THAN_ONE = 1.5
"""Rows: one by itself is chance."""
NONE, MOSTLY = 0.005, 0.95
"""So small a share is as good as none; what holds in MOSTLY of the past windows is taken for granted."""
FIXED = 0.95
"""A column is fixed by others when so many rows agree in what these fix."""


def few_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    """Of a share of what should not be there, by how much of it all the past together had; one row is chance."""
    if now[0] * rows < MORE_THAN_ONE:
        return np.ones(len(past))
    rate = (float(past[:, 0] @ each) + 1) / (float(each.sum()) + 2)
    return np.full(len(past), 2 * (rate * (1 - rate) / rows) ** 0.5)


def more(now: Array, past: Array) -> Array:
    """By how much a share is larger than in each of the past; less is no news."""
    larger: Array = np.clip(now[0] - past[:, 0], 0, None)
    return larger


def below_zero(now: Array, past: Array) -> Array:
    """How many more are negative than in each of the past, of a column that often is zero and never was less: one that
    only comes near to zero may go below it one day."""
    bounded = np.mean((past[:, 0] <= NONE) & (past[:, 1] > NONE)) >= MOSTLY
    return more(now, past) if bounded else np.zeros(len(past))


def fewer_agree(now: Array, past: Array) -> Array:
    """How many fewer rows agree with the others of their cell, where nearly all always did."""
    fixed = np.median(past[:, 0]) >= FIXED
    return np.clip(past[:, 0] - now[0], 0, None) if fixed else np.zeros(len(past))
