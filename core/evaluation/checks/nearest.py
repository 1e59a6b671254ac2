"""How near each window of a history is to those before it, all of them at once."""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
AT_ONCE = 64
"""Windows that are held against all others at once: what is in memory grows with it."""


def nearest_of(
    values: Array,
    total: Callable[[Array], Array],
    minimum: int,
    second: int,
    apart: int = 1,
    *,
    later: bool = False,
) -> Array:
    """The distance of each window to the nearest of those at least `apart` before it (with `later` also of those after
    it), or from `second` of these on to the second nearest; infinite with fewer than `minimum`. `total` makes a
    distance of differences.
    """
    size = len(values)
    found = np.full(size, np.inf)
    for first in range(0, size, AT_ONCE):
        here = values[first : first + AT_ONCE]
        places = np.arange(first, first + len(here))
        gaps = total(here[:, None, :] - values[None, :, :])
        before = places[:, None] - np.arange(size)
        beside = (np.abs(before) if later else before) >= apart
        gaps[~beside] = np.inf
        nearest, many = np.partition(gaps, min(1, size - 1), axis=1), beside.sum(axis=1)
        found[places] = np.where(many >= second, nearest[:, min(1, size - 1)], nearest[:, 0])
        found[places[many < minimum]] = np.inf
    return found
