"""A window's metric from outcomes, known or expected."""

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats
from core.evaluation.rows import Task


def metrics(measure: Measure, task: Task, mean: Floats, weight: Floats, called: Floats, score: Floats) -> Floats:
    """The metric of each draw, NaN where it is not defined (no weight; AUC of one class).

    `mean` (rows x draws) is each row's outcome or its expectation, `weight` how likely it counts; `called` the
    predicted
    class of BINARY (ignored elsewhere), `score` what AUC ranks by.
    """
    total = weight.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure is Measure.AUC:
            return _auc(mean * weight, (1 - mean) * weight, score)
        if measure is Measure.ACCURACY:
            wrong = np.abs(called[:, None] - mean) if task is Task.BINARY else mean
            return np.asarray(1 - (wrong * weight).sum(axis=0) / total)
        average = (mean * weight).sum(axis=0) / total
        return np.asarray(average if measure is Measure.MAE else np.sqrt(average))


def noise(measure: Measure, mean: Floats, weight: Floats, open_rows: Floats, dispersion: float) -> float:
    """The variance that single outcomes add when the means of the rows that are open (1) are certain."""
    total = max(float(weight.mean(axis=1).sum()), 1e-9)
    expected = mean.mean(axis=1)
    if measure in (Measure.ACCURACY, Measure.AUC):
        return float((open_rows * expected * (1 - expected)).sum()) / total**2
    spread = float((open_rows * dispersion * expected**2).sum()) / total**2
    return spread if measure is Measure.MAE else spread / max(4 * float(expected.mean()), 1e-12)


def _auc(positive: Floats, negative: Floats, score: Floats) -> Floats:
    """How often a positive scores above a negative, ties half, by weights."""
    _, tie = np.unique(score, return_inverse=True)
    groups = int(tie.max()) + 1 if len(tie) else 0
    up = np.stack([np.bincount(tie, column, groups) for column in positive.T], axis=1)
    down = np.stack([np.bincount(tie, column, groups) for column in negative.T], axis=1)
    below = np.cumsum(down, axis=0) - down / 2
    return np.asarray((up * below).sum(axis=0) / (up.sum(axis=0) * down.sum(axis=0)))
