"""What the features alone say: the expected outcome of a prediction, and how long its label takes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core.evaluation.estimate.arrays import Flags, Floats, Ints
from core.evaluation.estimate.inputs import places_of, telling
from core.evaluation.rows import Task

MOST_ROWS, MOST_DELAYS = 40_000, 15_000
"""Training rows beyond this many are thinned at random, for outcomes and for delays: trees this small learn no more
from more, only later."""
SAID = 4
"""The last columns of a matrix: score, prediction, hour and weekday (see encode)."""
FEWEST_ROWS = 200
"""Below this many rows the mean is the model."""


@dataclass(frozen=True)
class Fitted:
    """A model of one number a row, from these `inputs` among the columns; without `trees` a constant."""

    constant: float
    trees: Any = None
    classes: bool = False
    inputs: Ints | None = None

    def predict(self, matrix: Floats) -> Floats:
        """One number a row of the encoded matrix."""
        if self.trees is None or not len(matrix):
            return np.full(len(matrix), self.constant)
        given = matrix if self.inputs is None else matrix[:, self.inputs]
        if self.classes:
            return np.asarray(self.trees.predict_proba(given)[:, 1])
        return np.asarray(self.trees.predict(given))


def fit_outcome(task: Task, matrix: Floats, outcome: Floats, categorical: list[int]) -> Fitted:
    """The expected outcome by features, from labelled rows; of few rows or one class the mean, drawn to a half."""
    chosen = thinned(len(outcome), MOST_ROWS)
    matrix, outcome = matrix[chosen], outcome[chosen]
    if task is Task.REGRESSION:
        mean = float(outcome.mean()) if len(outcome) else 1.0
        if len(outcome) < FEWEST_ROWS or mean <= 0:
            return Fitted(max(mean, 1e-12))
        return _fitted(mean, partial(_regressor, "poisson"), matrix, outcome, categorical)
    mean = (float(outcome.sum()) + 0.5) / (len(outcome) + 1)
    if len(outcome) < FEWEST_ROWS or min(outcome.sum(), len(outcome) - outcome.sum()) < 10:
        return Fitted(mean)
    return _fitted(mean, _classifier, matrix, outcome, categorical)


def fit_delay(matrix: Floats, log_delay: Floats, categorical: list[int]) -> Fitted:
    """The expected logarithm of the label's delay by features."""
    chosen = thinned(len(log_delay), MOST_DELAYS)
    matrix, log_delay = matrix[chosen], log_delay[chosen]
    mean = float(log_delay.mean()) if len(log_delay) else 0.0
    if len(log_delay) < FEWEST_ROWS or np.ptp(log_delay) < 1e-9:
        return Fitted(mean)
    return _fitted(mean, partial(_regressor, "squared_error"), matrix, log_delay, categorical)


def _fitted(
    mean: float, kind: Callable[[list[int]], Any], matrix: Floats, told: Floats, categorical: list[int]
) -> Fitted:
    """Trees of this kind, given the columns that say most; what the model said and the time always are among them."""
    inputs = telling(matrix, told, categorical, always=SAID)
    some = len(inputs) < matrix.shape[1]
    trees = kind(places_of(categorical, inputs)).fit(_filled(matrix[:, inputs] if some else matrix), told)
    return Fitted(mean, trees, kind is _classifier, inputs if some else None)


def thinned(rows: int, most: int) -> Ints:
    """The places of all rows, or of `most` of them at random, in order; always the same ones of as many."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(rows).choice(rows, most, replace=False))


def out_of_sample(known: Flags, block: Ints, told: Callable[[Flags, Flags], Floats], folds: int = 5) -> Floats:
    """What is told of each row by a model that saw no row of its block: `block` numbers stretches of time, and
    `told(seen, held)` learns from the rows seen and tells of those held back."""
    found = np.full(len(known), np.nan)
    for fold in range(folds):
        held: Flags = block % folds == fold
        if held.any():
            found[held] = told(known & ~held, held)
    return found


def _filled(matrix: Floats) -> Floats:
    """A column that is missing throughout as zeros: the trees' binning fails on it, and never splits on a
    constant."""
    return np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)


def _classifier(categorical: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**_shape(categorical))


def _regressor(loss: str, categorical: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(loss=loss, **_shape(categorical))


def _shape(categorical: list[int]) -> dict[str, Any]:
    """Small trees with many rows a leaf: days are few, so what holds within one day only must not be learned."""
    return {
        "max_iter": 50,
        "learning_rate": 0.12,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 100,
        "l2_regularization": 10.0,
        "categorical_features": categorical or None,
        "early_stopping": False,
    }
