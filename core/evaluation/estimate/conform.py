"""How far off the present answer may be, from how far off past ones were."""

from bisect import insort
from math import ceil, exp

import numpy as np

from core.evaluation.estimate.answer import CONFIDENCE
from core.evaluation.estimate.arrays import Floats, Ints

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


def conformed(errors: Floats, raw: Floats, known: Ints | None = None) -> Floats:
    """Standardized errors, all equally likely, that the present one is drawn from.

    `errors` are those of past answers, oldest first, `raw` the uncorrected snapshots' misses, `known` as in `tracked`.
    Beside the errors stands a normal spread of their size, so that no single one is a whole end of an interval; all of
    them are scaled by what it took of late to hold as many as promised (`tracked`). Without any past, a normal spread
    of 1.
    """
    seen = errors if len(errors) >= TELLING else raw
    if not len(seen):
        return GAUSSIAN
    size = size_of(seen)
    own = errors if len(errors) >= TELLING else np.zeros(0)
    every = np.concatenate([GAUSSIAN * max(size, 1e-9), own])
    furthest = max(float(np.abs(every).max()), WIDEST * size)
    return np.asarray(np.clip(every * tracked(errors, known), -furthest, furthest))


def size_of(errors: Floats) -> float:
    """The deviation of a normal spread as wide as these errors (n > 0), one more than so few show."""
    return float(np.sqrt(np.mean(_held(errors) ** 2))) * (1 + SMALL_SAMPLE / len(errors))


def breaks_held(misses: Floats, scale: Floats, own_scale: float) -> Floats:
    """Past misses (n, in the metric's unit) by the deviations that were expected of them, `scale`.

    A miss beyond OUTLIER usual ones is a break, no error of an answer: it is as large as the world changed, however
    unsure an answer is. Of a present one less sure than it, with a deviation of `own_scale`, it counts by that, so that
    it leads no further than it did.
    """
    errors = misses / scale
    broke = np.abs(errors) > _most(errors)
    return np.where(broke, misses / np.maximum(scale, own_scale), errors)


def tracked(errors: Floats, known: Ints | None = None) -> float:
    """How much wider than their past intervals had to be of late to hold CONFIDENCE of the errors, oldest first.

    Each error is held against the interval that its answer had, of the errors that were known by then: `known` (n) says
    how many, the oldest; all before it without. Each miss widens the intervals to come, each hit narrows them (adaptive
    conformal inference: Gibbs and Candes, 2021): whatever the errors do, the share that is held tends to what was
    promised, only later. Where labels take weeks a change is missed for as many weeks before anybody can know, and the
    next one is allowed for. Between NARROWEST and WIDEST; 1 for few errors.
    """
    sizes = np.abs(errors).tolist()
    counts = range(len(sizes)) if known is None else known.tolist()
    ends, wider = _ends(sizes), [1.0]
    for place, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        step = 0.0
        if (count := min(count, place)) >= FEWEST_TRACKED:
            step = STEP * ((size > ends[count] * wider[count]) - (1 - CONFIDENCE))
        wider.append(min(max(wider[-1] * exp(step), NARROWEST), WIDEST))
    return wider[-1]


def _ends(sizes: list[float]) -> list[float]:
    """The size that CONFIDENCE of the first k of these stay below, for each k up to all of them; 0 of none."""
    before: list[float] = []
    ends = [0.0]
    for size in sizes:
        insort(before, size)
        ends.append(before[ceil((len(before) - 1) * CONFIDENCE)])
    return ends


def _held(errors: Floats) -> Floats:
    return np.asarray(np.minimum(np.abs(errors), _most(errors)))


def _most(errors: Floats) -> float:
    """OUTLIER usual errors."""
    sizes = np.abs(errors)
    return OUTLIER * max(float(np.median(sizes)), float(sizes.mean()) / 2) if len(sizes) else 0.0
