"""How far off the present answer may be, from how far off past ones were."""

from bisect import insort
from math import ceil, exp

import numpy as np

from core.evaluation.estimate.answer import CONFIDENCE
from core.evaluation.estimate.arrays import Floats

GAUSSIAN = np.array([-1.645, -1.282, -0.842, -0.524, -0.253, 0, 0.253, 0.524, 0.842, 1.282, 1.645])
"""A normal spread: deciles, and the ends of 90%."""
TELLING = 8
"""Errors from which on they tell their own size; of fewer the raw misses of snapshots tell it."""
SMALL_SAMPLE = 1.5
"""A spread learned from n errors is wider by this over n: about what Student's distribution asks beyond the normal."""
STEP = 0.1
"""How much wider (as a logarithm) intervals become by a miss that they did not hold; nine that they held take
that back, so that they stay as they are where nine in ten hold."""
NARROWEST, WIDEST = 0.9, 3.0
"""How far that may lead: hardly below what the past says, for it is the next bad time that an interval is for."""
FEWEST_TRACKED = 12
"""Errors that an interval is made of before the first one that it is held against."""
OUTLIER = 4.0
"""An error counts at most as so many times the usual one: one storm is not the size of all. Usual is the median, or
half of the mean where most errors are next to none."""


def conformed(errors: Floats, raw: Floats) -> Floats:
    """Standardized errors, all equally likely, that the present one is drawn from.

    `errors` are those of past answers, oldest first, `raw` the uncorrected snapshots' misses. Beside the errors stands
    a normal spread of their size, so that no single one is a whole end of an interval; all of them are scaled by what
    it took of late to hold as many as promised (`tracked`). Without any past, a normal spread of 1.
    """
    seen = errors if len(errors) >= TELLING else raw
    if not len(seen):
        return GAUSSIAN
    size = float(np.sqrt(np.mean(_held(seen) ** 2))) * (1 + SMALL_SAMPLE / len(seen))
    own = errors if len(errors) >= TELLING else np.zeros(0)
    return np.concatenate([GAUSSIAN * max(size, 1e-9), own]) * tracked(errors)


def tracked(errors: Floats) -> float:
    """How much wider than their past intervals had to be of late to hold CONFIDENCE of the errors, oldest first.

    Each error is held against the interval of those before it, which is widened after a miss and narrowed after a hit
    (adaptive conformal inference: Gibbs and Candes, 2021): whatever the errors do, the share that is held tends to what
    was promised, only later. Between NARROWEST and WIDEST; 1 for few errors.
    """
    sizes = np.abs(errors).tolist()
    before, wider = sorted(sizes[:FEWEST_TRACKED]), 1.0
    for size in sizes[FEWEST_TRACKED:]:
        end = before[ceil((len(before) - 1) * CONFIDENCE)] * wider
        wider *= exp(STEP * ((size > end) - (1 - CONFIDENCE)))
        wider = min(max(wider, NARROWEST), WIDEST)
        insort(before, size)
    return wider


def _held(errors: Floats) -> Floats:
    sizes = np.abs(errors)
    usual = max(float(np.median(sizes)), float(sizes.mean()) / 2)
    return np.asarray(np.minimum(sizes, OUTLIER * usual))
