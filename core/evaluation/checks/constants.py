"""Whether chance makes all values of a window the same one: how often it would, by what all past windows show together.

Windows differ by more than chance makes of one share (orders that come together, days of one kind), so that the number
of others is taken for a beta-binomial: its share, and how alike the rows of one window are, from the past (moments).
"""

from typing import Any

import numpy as np

from core.evaluation.checks.chance import CERTAIN

Array = Any
"""A numpy array of floats."""
UNLIKELY = CERTAIN**2 / 2
"""Minus the logarithm of what no chance explains: one of 25,000 windows."""
LATEST = 60
"""Windows that must say so by themselves, too: a column that began with a single value is of another kind since."""
CLOSEST, LEAST = 0.999, 1e-6
"""Of how alike the rows of a window are: the most, and below which they count as independent."""


def all_same(now: Array, past: Array) -> Array:
    """1 where one of both windows holds a single value and the other does not, of (flag, share of the commonest, rows).

    That so few rows were the same value, as chance makes them, says nothing about more rows: such a window counts as
    one that varied.
    """
    if not now[0]:
        return np.abs(now - past)[:, 0]
    same = past[:, 0] > 0
    if same.any():
        same &= unlikely_same(past[:, 2], past) >= min(UNLIKELY, float(unlikely_same(now[2:], past)[0]))
    return np.where(same, 0.0, 1.0)


def all_same_noise(now: Array, past: Array, rows: float, _each: Array) -> Array:
    """1 while chance may explain it, else 0."""
    if now[0]:
        now_rows = np.array([rows])
        explained = all(float(unlikely_same(now_rows, told)[0]) < UNLIKELY for told in (past, past[-LATEST:]))
        return np.full(len(past), float(explained))
    share = np.clip(now[1], 1e-9, 1 - 1e-9)
    return np.full(len(past), float(-np.log(share) * rows < UNLIKELY))


def is_all_same(now: Array) -> bool:
    """Whether the window holds a single value."""
    return bool(now[0])


def unlikely_same(rows: Array, past: Array) -> Array:
    """Minus the logarithm of how likely so many rows are all the same value."""
    from scipy.special import gammaln

    others, alike = _others(1 - past[:, 1], past[:, 2])
    if alike < LEAST:
        return -rows * np.log1p(-others)
    size = (1 - alike) / alike
    same = size * (1 - others)
    return gammaln(same) - gammaln(same + rows) + gammaln(size + rows) - gammaln(size)


def _others(shares: Array, rows: Array) -> tuple[float, float]:
    """The share of other values in all windows together (half a row added), and how alike the rows of one are."""
    total, windows = float(rows.sum()), len(rows) - 1
    mean = float(shares @ rows + 0.5) / (total + 1)
    apart = float(rows @ (shares - mean) ** 2) / (mean * (1 - mean)) - windows
    most = total - float(rows @ rows) / total - windows
    return mean, float(np.clip(apart / most, 0.0, CLOSEST)) if most > 0 else CLOSEST
