"""How much of what used to come fell into the one longest stretch in which nothing did."""

from typing import Any

import numpy as np

Array = Any
"""A numpy array of floats."""


def silent(now: Array, past: Array) -> Array:
    """The share of the past's rows that came within the one longest silence of now."""
    empty = now <= 0
    if not empty.any():
        return np.zeros(len(past))
    starts = np.flatnonzero(np.diff(empty.astype(int), prepend=0) == 1)
    return np.stack([past[:, a:b].sum(1) for a, b in _stretches(empty, starts)]).max(0)


def _stretches(empty: Array, starts: Array) -> list[tuple[int, int]]:
    ends = np.flatnonzero(np.diff(empty.astype(int), append=0) == -1) + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def silent_noise(now: Array, past: Array, rows: float, _each: Array) -> Array:
    """All of it while it may be chance that no row came (in one of ten million stretches), else nothing."""
    gap = silent(now, past)
    return np.where(gap * rows < 16, gap, 0.0)
