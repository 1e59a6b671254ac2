"""Quantiles of values that are known by stretches only."""

from typing import Any

import numpy as np

from core.evaluation.summaries.summary import QUANTILES

Array = np.ndarray[Any, np.dtype[Any]]


def quantiles(n: Array, low: Array, high: Array) -> list[float]:
    """Quantiles at QUANTILES of bins in rising order with n values between low and high each, spread evenly."""
    before = np.concatenate([[0], np.cumsum(n)[:-1]])
    ranks = np.array(QUANTILES) * (n.sum() - 1)
    at = np.searchsorted(before, ranks, side="right") - 1
    within = np.clip((ranks - before[at]) / np.maximum(n[at] - 1, 1), 0, 1)
    return [float(v) for v in low[at] + within * (high[at] - low[at])]
