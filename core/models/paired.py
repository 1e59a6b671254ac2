"""Two models on the same rows: the difference of a metric, with its confidence interval.

Both methods take the rows as independent. Rows of one day share its weather, so the true interval is wider than
the one given here; a gate should hold out several days.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from core.models.metrics import Floats, auc, checked, correct


@dataclass(frozen=True)
class Difference:
    """Candidate minus champion: the estimate, and the interval [low, high] at the asked confidence."""

    estimate: float
    low: float
    high: float


def accuracy_difference(
    labels: ArrayLike, candidate: ArrayLike, champion: ArrayLike, threshold: float, confidence: float = 0.95
) -> Difference:
    """Difference of accuracies, in [-1, 1], with the adjusted Wald interval for paired proportions.

    Only rows on which the two disagree carry information. Adding one row to each kind of disagreement keeps the
    coverage near the asked one down to about ten rows, and the interval from collapsing when they never disagree.
    Source: Bonett and Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data. Raises ValueError without rows.
    """
    new, old = correct(labels, candidate, threshold), correct(labels, champion, threshold)
    rows = len(new)
    gained, lost = int((new & ~old).sum()), int((old & ~new).sum())
    p_gained, p_lost = (gained + 1) / (rows + 2), (lost + 1) / (rows + 2)
    centre = p_gained - p_lost
    spread = _z(confidence) * float(np.sqrt((p_gained + p_lost - centre**2) / (rows + 2)))
    return Difference((gained - lost) / rows, max(-1.0, centre - spread), min(1.0, centre + spread))


def auc_difference(
    labels: ArrayLike, candidate: ArrayLike, champion: ArrayLike, confidence: float = 0.95
) -> Difference:
    """Difference of areas under the ROC curve, in [-1, 1], with DeLong's interval for correlated curves.

    A normal approximation: fair from some thirty rows of each label on, too narrow below. Source: DeLong, DeLong
    and Clarke-Pearson (1988). Raises ValueError with fewer than two rows of either label.
    """
    truth, new = checked(labels, candidate)
    _, old = checked(labels, champion)
    if min(int(truth.sum()), int((1 - truth).sum())) < 2:
        raise ValueError("comparing AUCs needs at least two rows of each label")
    estimate = auc(truth, new) - auc(truth, old)
    positives = _placements(new, truth, 1) - _placements(old, truth, 1)
    negatives = _placements(new, truth, 0) - _placements(old, truth, 0)
    variance = np.var(positives, ddof=1) / len(positives) + np.var(negatives, ddof=1) / len(negatives)
    spread = _z(confidence) * float(np.sqrt(variance))
    return Difference(estimate, max(-1.0, estimate - spread), min(1.0, estimate + spread))


def _placements(scores: Floats, truth: Floats, label: int) -> Floats:
    """For each row of `label`, the share of rows of the other label that it is ordered rightly against."""
    from scipy.stats import rankdata

    own, other = scores[truth == label], scores[truth != label]
    above = rankdata(np.concatenate([own, other]))[: len(own)] - rankdata(own)
    share: Floats = above / len(other)
    return share if label == 1 else 1 - share


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return NormalDist().inv_cdf(0.5 + confidence / 2)
