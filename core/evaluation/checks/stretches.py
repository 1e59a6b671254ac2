"""States of a share that came in one stretch of the past only, and ended: they do not vouch for their return.

A column that was empty for its first years and has been full since is not usual when it is empty again, and what
happened for a week once is no nature of a column. A state that came twice, or has just been, is.
"""

from typing import Any

import numpy as np

Array = Any
"""A numpy array."""
APART = 14
"""Windows after which a state has ended; what comes again before is the same stretch."""


def lasting(gaps: Array, windows: Array, window: int, floor: float) -> Array:
    """Which of the past `windows` (in order, each so far from this `window`) still say what is usual, as flags: all but
    those of a single stretch that are less than half as far as all within APART windows, where those are far."""
    every = np.ones(len(gaps), dtype=bool)
    lately = np.abs(windows - window) <= APART
    far = gaps[lately].min(initial=np.inf)
    if not floor < far < np.inf:
        return every
    near = gaps < far / 2
    places = np.flatnonzero(near)
    again = (np.diff(places) > APART).any()
    return every if again else ~near


def one_each(excesses: Array, least: float) -> Array:
    """Of the excesses of past windows, the largest of each stretch of those beyond what matters, and all the others."""
    far = np.flatnonzero(excesses > least)
    if len(far) < 2:
        return excesses
    starts = np.flatnonzero(np.diff(far, prepend=-APART - 1) > APART)
    kept = np.where(excesses > least, 0.0, excesses)
    kept[far[starts]] = np.maximum.reduceat(excesses[far], starts)
    return kept
