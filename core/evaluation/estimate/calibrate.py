"""The expected outcome of a prediction by its score alone, and how much that counts beside what the trees say."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.trees import Fitted
from core.evaluation.rows import Task

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much the trees may count."""
LEAST_LOSS = 1e-12
SUREST = 1e-4
"""No closer to 0 or 1 is an outcome thought to be when the two are compared: one surprise must not decide."""


@dataclass(frozen=True)
class Calibrated:
    """A monotone curve of the outcome over the score (of the prediction where there is none); `constant` where it is
    missing, and everywhere without a curve."""

    constant: float
    curve: Any = None

    def predict(self, score: Floats) -> Floats:
        """One expected outcome a row."""
        if self.curve is None or not len(score):
            return np.full(len(score), self.constant)
        told = np.isfinite(score)
        return np.where(told, self.curve.predict(np.where(told, score, 0.0)), self.constant)


@dataclass(frozen=True)
class Expected:
    """Trees and curve; `share` in [0, 1] is how much the trees count."""

    trees: Fitted
    curve: Calibrated
    share: float


def calibrate(score: Floats, outcome: Floats) -> Calibrated:
    """From labelled rows; of rows without scores, and of none at all, the mean drawn to a half."""
    from sklearn.isotonic import IsotonicRegression

    constant = (float(outcome.sum()) + 0.5) / (len(outcome) + 1)
    told = np.isfinite(score)
    if told.sum() < 2 or np.ptp(score[told]) == 0:
        return Calibrated(constant)
    rises = float(np.cov(np.argsort(np.argsort(score[told])), outcome[told])[0, 1]) >= 0
    curve = IsotonicRegression(increasing=rises, out_of_bounds="clip").fit(score[told], outcome[told])
    return Calibrated(constant, curve)


def mixed(task: Task, trees: Floats, curve: Floats, share: float) -> Floats:
    """Between both: on the scale of log-odds, of a regression's loss on that of logarithms."""
    if task is Task.REGRESSION:
        logs = share * np.log(np.maximum(trees, LEAST_LOSS)) + (1 - share) * np.log(np.maximum(curve, LEAST_LOSS))
        return np.asarray(np.exp(logs))
    return np.asarray(1 / (1 + np.exp(-share * _log_odds(trees) - (1 - share) * _log_odds(curve))))


def share_of_trees(task: Task, trees: Floats, curve: Floats, outcome: Floats) -> float:
    """The one of SHARES that told these outcomes best; of equals the largest. All are of models that had not seen
    the row, and `outcome` is NaN where it is unknown."""
    known = ~np.isnan(outcome)
    if not known.any():
        return 1.0
    shares = SHARES[::-1]
    losses = [_loss(task, mixed(task, trees[known], curve[known], share), outcome[known]) for share in shares]
    return shares[int(np.argmin(losses))]


def _loss(task: Task, mean: Floats, outcome: Floats) -> float:
    """Minus the log-likelihood of a row on average: Bernoulli's, of a regression's loss Poisson's."""
    if task is Task.REGRESSION:
        return float(np.mean(mean - outcome * np.log(np.maximum(mean, LEAST_LOSS))))
    return float(-np.mean(np.where(outcome > 0.5, np.log(mean), np.log(1 - mean))))


def _log_odds(share: Floats) -> Floats:
    held = np.clip(share, SUREST, 1 - SUREST)
    return np.asarray(np.log(held / (1 - held)))
