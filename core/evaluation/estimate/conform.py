"""How far off the present answer may be, from how far off past ones were."""

import numpy as np

from core.evaluation.estimate.arrays import Floats

GAUSSIAN = np.array([-1.645, -1.282, -0.842, -0.524, -0.253, 0, 0.253, 0.524, 0.842, 1.282, 1.645])
"""A normal spread: deciles, and the ends of 90%."""
TELLING = 8
"""Errors from which on they tell their own size; of fewer the raw misses of snapshots tell it."""
SMALL_SAMPLE = 1.5
"""A spread learned from n errors is wider by this over n: about what Student's distribution asks beyond the normal."""
HALF_LIFE = 10.0
"""Windows after which an error counts half for how large errors are lately."""
AS_USUAL = 8.0
"""So many windows of usual size stand beside the recent ones."""
MOST_WIDER = 3.0
OUTLIER = 4.0
"""An error counts at most as so many times the usual one: one storm is not the size of all. Usual is the median, or
half of the mean where most errors are next to none."""


def conformed(errors: Floats, age: Floats, raw: Floats) -> Floats:
    """Standardized errors, all equally likely, that the present one is drawn from.

    `errors` are those of past answers, `age` how long ago each was (windows), `raw` the uncorrected snapshots' misses.
    Beside the errors stands a normal spread of their size, so that no single one is a whole end of an interval; where
    errors have grown lately all of them are scaled up, never down. Without any past, a normal spread of 1.
    """
    seen = errors if len(errors) >= TELLING else raw
    if not len(seen):
        return GAUSSIAN
    size = float(np.sqrt(np.mean(_held(seen) ** 2))) * (1 + SMALL_SAMPLE / len(seen))
    own = errors if len(errors) >= TELLING else np.zeros(0)
    return np.concatenate([GAUSSIAN * max(size, 1e-9), own]) * _grown(errors, age)


def _grown(errors: Floats, age: Floats) -> float:
    """How many times larger errors are lately than they are on the whole; at least 1."""
    if len(errors) < TELLING + AS_USUAL / 2:
        return 1.0
    sizes = _held(errors)
    weight = 0.5 ** ((age - age.min()) / HALF_LIFE)
    usual = max(float(sizes.mean()), 1e-12)
    lately = float(weight @ sizes + AS_USUAL * usual) / float(weight.sum() + AS_USUAL)
    return float(np.clip(lately / usual, 1.0, MOST_WIDER))


def _held(errors: Floats) -> Floats:
    sizes = np.abs(errors)
    usual = max(float(np.median(sizes)), float(sizes.mean()) / 2)
    return np.asarray(np.minimum(sizes, OUTLIER * usual))
