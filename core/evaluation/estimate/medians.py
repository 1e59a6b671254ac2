"""Medians of few numbers, thousands of times: numpy's own spends most of its time on what it may be asked besides."""

from bisect import insort

import numpy as np

from core.evaluation.estimate.arrays import Floats


def median(values: Floats) -> float:
    """Of at least one number, none of them NaN; of an even count the mean of the two in the middle."""
    return _middle(np.sort(values), len(values))


def running_medians(values: Floats) -> Floats:
    """Of the first number, the first two, and so on up to all (n)."""
    seen: list[float] = []
    found = []
    for value in values.tolist():
        insort(seen, value)
        found.append(_middle(seen, len(seen)))
    return np.array(found, float)


def _middle(ordered: "Floats | list[float]", count: int) -> float:
    return float((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
