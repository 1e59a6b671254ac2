"""What hangs on values that no label has told of: a market that opens, a feature that goes missing."""

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Flags, Floats, Ints

OF_REACH = 0.5
"""The deviation of a metric over rows of which nothing is known but that they are of a new kind, as a share of how far
single rows lie from each other (`reach`)."""
ENOUGH = 0.1
"""Once labelled windows held as many such rows as this share of one window, half of the variance is left."""
TOO_MUCH = 2.0
"""So many times the deviation of all that is known, and what no label has told of decides what a metric will be."""


def untold(fresh: Floats, known: Ints, own: Floats, reach: float) -> tuple[Floats, float]:
    """The variance of each past window's metric, and of the present one's, by values that no label has told of.

    `fresh` (n x k) and `own` (k) hold, by feature, the share of a window's rows in [0, 1] that lack it or have a text
    which the first rows did not have; of past window i the first `known[i]` had their labels by then. The widest
    feature counts: such values come together. Nothing where windows always were like that, and where labels of some
    such windows are in; `reach` is in the metric's unit.
    """
    if not fresh.size:
        return np.zeros(len(known)), 0.0
    sums = np.vstack([np.zeros(fresh.shape[1]), np.cumsum(fresh, axis=0)])
    every, seen = np.vstack([fresh, own]), np.append(known, len(fresh))
    left = every**2 / (1 + sums[seen] / ENOUGH)
    variance = left.max(axis=1) * (OF_REACH * reach) ** 2
    return variance[:-1], float(variance[-1])


def deciding(own: Floats, reach: float, sure: float) -> Flags:
    """Of which features new kinds of rows decide the present metric: by them it varies more than TOO_MUCH times `sure`,
    the deviation of all that is known. `own` and `reach` as in `untold`."""
    return np.asarray(own * OF_REACH * reach > TOO_MUCH * sure)


def reach(measure: Measure, value: float) -> float:
    """How far single rows lie from a metric of `value`: of a share the deviation of a yes or no, of an error the error
    itself, as if it were exponential."""
    if measure is Measure.R2:
        return abs(1 - value)
    if measure.ceiling == 1.0:
        held = min(max(value, 0.0), 1.0)
        return float(np.sqrt(held * (1 - held)))
    return abs(value)
