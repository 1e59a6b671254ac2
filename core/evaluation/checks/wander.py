"""How far a share goes by itself that goes up and down on ordinary days."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
ENOUGH = 20
"""Fewer past windows say nothing about a tail."""
BY_ITSELF = 1.35
"""A share goes up and down by itself when its middle half is so much wider than chance makes it."""
RARE = 0.001
"""The share of windows that may go farther, by the tail."""
NEARLY_ALL = 2.2
"""Log odds of nine in ten: beyond it (or its opposite) nothing is explained away."""


def reach(past: Array, rows: Array) -> tuple[float, float]:
    """Between which shares a window may lie by what its past shows; the same twice when it does not go up and down by
    itself, or the past is too short to say so.

    `past` are shares (0 to 1) of so many `rows`. On the scale of log odds the distances from their middle are taken for
    a power law (Hill, 1975, on the upper tenth). Days on which nothing is wrong decide whether a share goes by itself,
    not the few on which something may be: a column that is complete on most days does not.
    """
    if len(past) < ENOUGH:
        return 0.0, 0.0
    odds = log_odds(past, rows)
    low, middle, high = np.quantile(odds, [0.25, 0.5, 0.75])
    share = 1 / (1 + np.exp(-middle))
    chance = 1 / np.sqrt(float(np.median(rows)) * share * (1 - share))
    if not (high - low) / 1.349 > BY_ITSELF * chance:
        return float(share), float(share)
    far = np.sort(np.abs(odds - middle))[::-1]
    upper = max(5, len(far) // 10)
    slope = float(np.mean(np.log(far[:upper] / far[upper])))
    tail = float(far[upper]) * (upper / (len(far) * RARE)) ** slope
    ends = max(-NEARLY_ALL, middle - tail), min(NEARLY_ALL, middle + tail)
    return float(1 / (1 + np.exp(-ends[0]))), float(1 / (1 + np.exp(-ends[1])))


def log_odds(shares: Array, rows: Array) -> Array:
    """Of shares of so many rows, half a row away from none and from all."""
    there = shares * rows
    found: Array = np.log((there + 0.5) / (rows - there + 0.5))
    return found
