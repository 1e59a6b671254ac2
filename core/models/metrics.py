"""Metrics of binary predictions: labels are 0 or 1, scores are probabilities of 1; arrays of one length."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

_EPSILON = float(np.finfo(np.float64).eps)


def accuracy(labels: ArrayLike, scores: ArrayLike, threshold: float = 0.5) -> float:
    """Share of rows called right, in [0, 1]; a row is called 1 from `threshold` on.

    One row moves it by 1/n, so say n with it. Raises ValueError without rows.
    """
    return float(np.mean(correct(labels, scores, threshold)))


def correct(labels: ArrayLike, scores: ArrayLike, threshold: float = 0.5) -> NDArray[np.bool_]:
    """Which rows were called right."""
    truth, probability = checked(labels, scores)
    right: NDArray[np.bool_] = (probability >= threshold) == (truth == 1)
    return right


def log_loss(labels: ArrayLike, scores: ArrayLike) -> float:
    """Mean negative log likelihood in nats, >= 0, lower is better; .693 is a coin's.

    Scores are clipped by a float's precision (2.2e-16), so one sure and wrong row costs 36, not infinity. Few
    rows make it swing: a single such row dominates. Raises ValueError without rows.
    """
    truth, probability = checked(labels, scores)
    clipped = np.clip(probability, _EPSILON, 1 - _EPSILON)
    return float(-np.mean(np.where(truth == 1, np.log(clipped), np.log1p(-clipped))))


def brier(labels: ArrayLike, scores: ArrayLike) -> float:
    """Mean squared difference of score and label, in [0, 1], lower is better; .25 is a coin's.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability. Raises ValueError
    without rows.
    """
    truth, probability = checked(labels, scores)
    return float(np.mean((probability - truth) ** 2))


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Chance that a row of label 1 scores above one of label 0 (ties count half), in [0, 1]; .5 tells nothing.

    The Mann-Whitney statistic over n1 * n0 pairs. With few rows of one class it is coarse: 1/(n1 * n0) steps.
    Raises ValueError when a class is missing.
    """
    from scipy.stats import rankdata

    truth, probability = checked(labels, scores)
    positive = int(truth.sum())
    negative = len(truth) - positive
    if not positive or not negative:
        raise ValueError("AUC needs rows of both labels")
    ranks = rankdata(probability)[truth == 1].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * negative))


def checked(labels: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float arrays; raises ValueError for no rows, unequal lengths, other labels, or no probabilities."""
    truth: Any = np.asarray(labels, dtype=np.float64)
    probability: Any = np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != probability.shape:
        raise ValueError(f"labels {truth.shape} and scores {probability.shape} must be rows of one length")
    if not len(truth):
        raise ValueError("a metric needs at least one row")
    if not np.isin(truth, (0.0, 1.0)).all():
        raise ValueError("labels must be 0 or 1")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("scores must be probabilities in [0, 1]")
    return truth, probability
