"""Bins of a column from a sample of the reference."""

from typing import Any

import numpy as np

from core.evaluation.summaries.plan import ColumnPlan, fine_bin, lower_edge
from core.evaluation.summaries.summary import ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
HISTOGRAM_BINS = 32
COARSE_BINS = 8
FEW_VALUES, NEARLY_ALL = 400, 0.96
"""A column of no more different values, of which those that return make up so many of the rows, has a lattice."""


def number_plan(type: str, values: Array, windows: Array | None = None) -> ColumnPlan:
    """Bins for a column of numbers; `values` are the sample's finite ones, any number of them (also none), `windows`
    in which each of them lies (None: not known, and so is which values return)."""
    if not values.size:
        return ColumnPlan(ValueKind.NUMBER, type)
    center = float(np.median(values))
    scale = _spread(values, center)
    return ColumnPlan(
        ValueKind.NUMBER,
        type,
        center,
        scale,
        _edges(values, HISTOGRAM_BINS, center, scale),
        _edges(values, COARSE_BINS, center, scale),
        lattice=() if windows is None else _lattice(values, windows, center, scale),
    )


def _lattice(values: Array, windows: Array, center: float, scale: float) -> tuple[int, ...]:
    """The fine bins of values that return, where they make up nearly all of the rows beside the commonest value.

    What is in a single window only says nothing about the next one.
    """
    different, codes = np.unique(values, return_inverse=True)
    if len(different) > FEW_VALUES:
        return ()
    seen = np.unique(np.stack([codes, windows.astype(int)], 1), axis=0)[:, 0]
    returning = np.bincount(seen, minlength=len(different)) > 1
    others = codes[codes != np.argmax(np.bincount(codes))]
    if others.size and returning[others].mean() < NEARLY_ALL:
        return ()
    bins = {fine_bin(float(value), center, scale) for value in different[returning]}
    return tuple(sorted(bins | ({-1, 0} if bins & {-1, 0} else set())))


def _spread(values: Array, center: float) -> float:
    """The interquartile range; where half of the values are one, the mean distance from it; never 0."""
    low, high = np.quantile(values, [0.25, 0.75])
    spread = float(high - low) or float(np.mean(np.abs(values - center)))
    return spread or max(abs(center) * 0.01, 1e-9)


def _edges(values: Array, bins: int, center: float, scale: float) -> tuple[float, ...]:
    """Edges of fine bins near the quantiles, so that every fine bin lies in one bin of the histogram."""
    inner = np.quantile(values, [i / bins for i in range(1, bins)], method="higher")
    marks = {fine_bin(float(at), center, scale) for at in inner}
    marks |= {fine_bin(float(inner[-1]), center, scale) + 1, fine_bin(float(values.max()), center, scale) + 1}
    return tuple(lower_edge(mark, center, scale) for mark in sorted(marks))
