"""What each metric comes to on given predictions: the one definition that live evaluations and backtests share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.config.metric import Metric
from core.evaluation.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

SURE = 1e-15
"""Probabilities are kept this far from 0 and 1, so that one confident mistake does not make a log loss infinite."""

Formula = Callable[["pd.Series", "pd.Series", "pd.Series | None"], float | None]
"""(label, prediction, score), all complete, at least one row -> the value; None where it is not defined."""


def value_of(metric: Metric, rows: Rows) -> tuple[float | None, int]:
    """The metric over the rows whose label (and what else it needs) is known, and how many these are.

    None where there is no such row, or the metric is not defined on them (an AUC of one class, an R² of one value).
    Missing and infinite numbers count as unknown.
    """
    label, prediction, score = usable(metric, rows)
    if not len(label) or (metric.reads_score and score is None):
        return None, 0
    return FORMULAS[metric](label, prediction, score), len(label)


def usable(metric: Metric, rows: Rows) -> "tuple[pd.Series, pd.Series, pd.Series | None]":
    """Label, prediction and score of the rows that a metric is measured on."""
    told = rows.score if metric.reads_score and rows.score is not None else rows.prediction
    known = rows.label.notna() & told.notna()
    return rows.label[known], rows.prediction[known], None if rows.score is None else rows.score[known]


def row_values(metric: Metric, rows: Rows) -> Any:
    """What each usable row is worth, whose mean the metric is (`Metric.of_rows`): right or not, its loss, its error."""
    return OF_ROWS[metric](*usable(metric, rows))


def _right(label: Any, prediction: Any, _: Any) -> Any:
    return (label == prediction).astype(float)


def _auc(label: Any, _: Any, score: Any) -> float | None:
    """How often a positive scores above a negative, ties counting half (Mann and Whitney, 1947)."""
    positives = int((label == 1).sum())
    negatives = len(label) - positives
    if not positives or not negatives:
        return None
    ranks = float(score.rank()[label == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def _precision(label: Any, prediction: Any, _: Any) -> float | None:
    return _averaged(label, prediction, lambda right, predicted, _: right / predicted if predicted else None)


def _recall(label: Any, prediction: Any, _: Any) -> float | None:
    return _averaged(label, prediction, lambda right, _, actual: right / actual if actual else None)


def _f1(label: Any, prediction: Any, _: Any) -> float | None:
    return _averaged(label, prediction, lambda right, predicted, actual: 2 * right / (predicted + actual))


def _averaged(label: Any, prediction: Any, of_class: Callable[[int, int, int], float | None]) -> float | None:
    """Of class 1 for binary logs, else the plain mean over the classes for which it is defined."""
    classes = {*label.unique(), *prediction.unique()}
    if all(isinstance(each, float) for each in classes):
        classes &= {1.0}
    values = []
    for each in sorted(classes):
        actual, predicted = label == each, prediction == each
        value = of_class(int((actual & predicted).sum()), int(predicted.sum()), int(actual.sum()))
        if value is not None:
            values.append(value)
    return sum(values) / len(values) if values else None


def _log_losses(label: Any, _: Any, score: Any) -> Any:
    import numpy as np

    sure = score.clip(SURE, 1 - SURE)
    return -np.log(sure.where(label == 1, 1 - sure))


def _squares(label: Any, _: Any, score: Any) -> Any:
    return (score - label) ** 2


def _errors(label: Any, prediction: Any, _: Any) -> Any:
    return (label - prediction).abs()


def _mean_of(values: Callable[[Any, Any, Any], Any]) -> Formula:
    return lambda label, prediction, score: float(values(label, prediction, score).mean())


def _rmse(label: Any, prediction: Any, _: Any) -> float:
    return float(((label - prediction) ** 2).mean() ** 0.5)


def _r2(label: Any, prediction: Any, _: Any) -> float | None:
    spread = float(((label - label.mean()) ** 2).sum())
    return 1 - float(((label - prediction) ** 2).sum()) / spread if spread > 0 else None


OF_ROWS: dict[Metric, Callable[[Any, Any, Any], Any]] = {
    Metric.ACCURACY: _right,
    Metric.LOG_LOSS: _log_losses,
    Metric.BRIER: _squares,
    Metric.MAE: _errors,
}
"""(label, prediction, score) -> what each row is worth, of the metrics that are means over rows."""

FORMULAS: dict[Metric, Formula] = {
    **{metric: _mean_of(values) for metric, values in OF_ROWS.items()},
    Metric.AUC: _auc,
    Metric.F1: _f1,
    Metric.PRECISION: _precision,
    Metric.RECALL: _recall,
    Metric.RMSE: _rmse,
    Metric.R2: _r2,
}
