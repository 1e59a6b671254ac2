"""How much each of several answers counts, by how far off each of them was before.

First they are stacked (`stacked`): the best mixture, held to the first. Then that stack and every answer alone compete
(`aggregated`), so that where one of them is clearly best it is followed whole.
"""

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.medians import median

HALF_LIFE = 15.0
"""Windows after which an error counts half: when a model's features begin to mislead, others take over in days."""
TRUST = 20.0
"""So many usual windows speak for the first answer before any has been seen."""
FEWEST = 5
USUAL_OF_MEDIAN = 0.455
"""The median of a squared normal error, as a share of its mean."""
QUICK = 8.0
"""The same where answers compete, which is what notices first that one of them fails."""
LINEAR = 3.0
"""From so many median errors on an error counts by its size, no longer by its square: one storm decides little."""
SLOWEST, QUICKEST = 0.2, 1.0
"""The paces at which answers are learned to be good or bad, per squared median error."""
TOGETHER = 1e4
"""How much harder the weights are held to a sum of 1 than to anything else."""


def stacked(
    ways: Floats, truth: Floats, scale: Floats, place: Floats, seen: Ints, here: float, now: Floats
) -> float:
    """The answers `now` (k of them), weighed by the errors of `ways` (n x k) on the windows `seen`.

    Weights are at least 0 and sum to 1; they make the discounted squared errors, each by the window's scale, the
    smallest, and are drawn to the first answer by TRUST windows with its median error. As long as the first does as it
    usually does it decides; once it fails beyond that, the past speaks louder than the trust in it.
    """
    from scipy.optimize import nnls

    if len(seen) < FEWEST:
        return float(now[0])
    misses = (ways[seen] - truth[seen, None]) / scale[seen, None]
    usual = max(median(misses[:, 0] ** 2) / USUAL_OF_MEDIAN, 1e-12)
    weighed = misses * np.sqrt(0.5 ** ((here - place[seen]) / HALF_LIFE))[:, None]
    trust, sum_to_one = np.sqrt(TRUST * usual), TOGETHER * np.sqrt(usual)
    first = np.eye(len(now))[0]
    held = np.vstack([weighed, trust * np.eye(len(now)), np.full((1, len(now)), sum_to_one)])
    weights, _ = nnls(held, np.concatenate([np.zeros(len(weighed)), trust * first, [sum_to_one]]))
    return float(weights @ now / max(float(weights.sum()), 1e-9))


def aggregated(
    ways: Floats, truth: Floats, scale: Floats, place: Floats, seen: Ints, here: float, now: Floats
) -> float:
    """The answers `now`, by exponential weights on what each won or lost against the first on the windows `seen`.

    Bernstein online aggregation (Wintenberger, 2017) with discounted losses: an answer's weight grows with its gain
    and is held back by the gain's own variation, so what is lost against the best of k is about log(k) windows. Never
    slower than SLOWEST, so that a failure that is plain is left in a few windows.
    """
    if len(seen) < FEWEST:
        return float(now[0])
    misses = np.abs(ways[seen] - truth[seen, None]) / scale[seen, None]
    misses /= median(misses[:, 0]) + 1e-9
    losses = np.where(misses < LINEAR, misses**2, 2 * LINEAR * misses - LINEAR**2)
    gains = (losses[:, :1] - losses) * (0.5 ** ((here - place[seen]) / QUICK))[:, None]
    total, variation = gains.sum(axis=0), (gains**2).sum(axis=0)
    pace = np.minimum(np.sqrt(np.log(len(now)) / np.maximum(variation, 1e-9)), QUICKEST)
    belief = np.maximum(pace, SLOWEST) * total - pace**2 * variation
    weights = np.exp(belief - belief.max())
    return float(weights @ now / weights.sum())
