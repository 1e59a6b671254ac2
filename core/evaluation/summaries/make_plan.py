"""Bins of a column from a sample of the reference."""

from typing import Any

import numpy as np

from core.evaluation.summaries.plan import ColumnPlan, fine_bin, lower_edge
from core.evaluation.summaries.summary import ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
HISTOGRAM_BINS = 32
COARSE_BINS = 8


def number_plan(type: str, values: Array) -> ColumnPlan:
    """Bins for a column of numbers; `values` are the sample's finite ones, any number of them (also none)."""
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
    )


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
