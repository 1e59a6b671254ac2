"""Two models on the same held-out rows: the difference of a metric, with its confidence interval.

All methods take the rows as independent. Rows of one day share its weather, so the true interval is wider than
the one given here; a gate should hold out several days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.config.metric import Metric
from core.evaluation.formulas import row_values, usable, value_of
from core.evaluation.metric import jackknife, student
from core.evaluation.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
GROUPS = 50
"""Of a jackknife: more than those of a window's metric, since a decision hangs on the interval."""


@dataclass(frozen=True)
class HeldOut:
    """n rows that neither model was trained on, as each of them predicts: alike in index, labels and features.

    `products` are product metrics by name: what each row brings (a mean over rows) with the candidate and with the
    champion.
    """

    candidate: Rows
    champion: Rows
    products: Mapping[str, tuple["pd.Series", "pd.Series"]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.candidate)

    def where(self, chosen: "pd.Series") -> "HeldOut":
        """Only the rows for which `chosen` (booleans, same index) is true."""
        products = {name: (new[chosen], old[chosen]) for name, (new, old) in self.products.items()}
        return HeldOut(self.candidate.where(chosen), self.champion.where(chosen), products)


@dataclass(frozen=True)
class Difference:
    """Candidate minus champion, in the unit of the metric: the estimate, and the interval [low, high]."""

    estimate: float
    low: float
    high: float

    def better(self, higher: bool) -> "Difference":
        """The same as how much better the candidate is, where `higher` says which way is better."""
        return self if higher else Difference(-self.estimate, -self.high, -self.low)

    def told(self, change: Callable[[float, float], str], confidence: float) -> str:
        """As people read it, “−0.31 minutes (−0.45 to −0.17 minutes, 95% confidence)”; `change` writes each as it fits
        the largest."""
        most = max(abs(self.low), abs(self.high))
        estimate, low, high = (change(each, most) for each in (self.estimate, self.low, self.high))
        return f"{estimate} ({low.split(' ')[0]} to {high}, {confidence:.0%} confidence)"


def difference(
    metric: Metric, candidate: Rows, champion: Rows, confidence: float = CONFIDENCE
) -> Difference | None:
    """By how much the metric of two models differs on the same n rows (alike in index and labels); None where the
    metric is not defined on them, or they are too few for an interval.

    Accuracy: Bonett and Price's interval for paired proportions, good from about ten rows. AUC: DeLong's, from two rows
    of each class (too narrow below some thirty). MAE, log loss and Brier score are means of what single rows cost:
    Student's interval of the mean of n differences, from two rows; a few huge errors make it wide rather than wrong.
    F1, precision, recall, RMSE and R²: the delete-a-group jackknife of the difference, from twenty rows. On made
    samples each held the truth in nine of ten or more. ValueError for a confidence outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    new, old = value_of(metric, candidate)[0], value_of(metric, champion)[0]
    if new is None or old is None:
        return None
    if metric is Metric.ACCURACY:
        return _of_shares(row_values(metric, candidate), row_values(metric, champion), confidence)
    if metric is Metric.AUC:
        return _of_aucs(candidate, champion, confidence)
    if metric.of_rows:
        return of_means(row_values(metric, candidate), row_values(metric, champion), confidence)
    models = [usable(metric, each) for each in (candidate, champion)]
    groups = min(GROUPS, len(candidate))
    error = jackknife(models, lambda found: found[0] - found[1], metric, groups)
    return _spread(new - old, error, groups - 1, confidence)


def of_means(candidate: Any, champion: Any, confidence: float = CONFIDENCE) -> Difference | None:
    """The difference of two means over the same rows, with Student's interval; None below two rows."""
    apart = np.asarray(candidate, float) - np.asarray(champion, float)
    if len(apart) < 2:
        return None
    error = float(apart.std(ddof=1)) / sqrt(len(apart))
    return _spread(float(apart.mean()), error, len(apart) - 1, confidence)


def _spread(estimate: float, error: float | None, freedom: int, confidence: float) -> Difference | None:
    if error is None:
        return None
    reach = student(freedom, confidence) * error
    return Difference(estimate, estimate - reach, estimate + reach)


def _of_shares(candidate: Any, champion: Any, confidence: float) -> Difference:
    """Difference of accuracies, in [-1, 1], with the adjusted Wald interval for paired proportions.

    Only rows on which the two disagree carry information. Adding one row to each kind of disagreement keeps the
    coverage near the asked one down to about ten rows, and the interval from collapsing when they never disagree.
    Source: Bonett and Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data.
    """
    new, old = np.asarray(candidate, bool), np.asarray(champion, bool)
    rows = len(new)
    gained, lost = int((new & ~old).sum()), int((old & ~new).sum())
    p_gained, p_lost = (gained + 1) / (rows + 2), (lost + 1) / (rows + 2)
    centre = p_gained - p_lost
    spread = _z(confidence) * sqrt((p_gained + p_lost - centre**2) / (rows + 2))
    return Difference((gained - lost) / rows, max(-1.0, centre - spread), min(1.0, centre + spread))


def _of_aucs(candidate: Rows, champion: Rows, confidence: float) -> Difference | None:
    """Difference of areas under the ROC curve, in [-1, 1], with DeLong's interval for correlated curves.

    A normal approximation: fair from some thirty rows of each label on, too narrow below; None with fewer than two rows
    of either. Source: DeLong, DeLong and Clarke-Pearson (1988).
    """
    truth = np.asarray(candidate.label, float)
    if min(int(truth.sum()), int((1 - truth).sum())) < 2:
        return None
    new, old = (np.asarray(each.score, float) for each in (candidate, champion))
    apart = {label: _placements(new, truth, label) - _placements(old, truth, label) for label in (0, 1)}
    estimate = float(apart[1].mean())
    variance = sum(float(np.var(each, ddof=1)) / len(each) for each in apart.values())
    spread = _z(confidence) * sqrt(variance)
    return Difference(estimate, max(-1.0, estimate - spread), min(1.0, estimate + spread))


def _placements(scores: NDArray[np.float64], truth: NDArray[np.float64], label: int) -> NDArray[np.float64]:
    """For each row of `label`, the share of rows of the other label that it is ordered rightly against; their mean is
    the AUC."""
    from scipy.stats import rankdata

    own, other = scores[truth == label], scores[truth != label]
    above = rankdata(np.concatenate([own, other]))[: len(own)] - rankdata(own)
    share: NDArray[np.float64] = above / len(other)
    return share if label == 1 else 1 - share


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)
