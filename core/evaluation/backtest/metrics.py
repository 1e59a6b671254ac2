"""The metrics that a backtest can be judged by, each with its direction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.rows import Rows, Task

if TYPE_CHECKING:
    import pandas as pd

CLASSES = (Task.BINARY, Task.MULTICLASS)
SURE = 1e-15
"""Probabilities are kept this far from 0 and 1, so that one confident mistake does not make a log loss infinite."""

Formula = Callable[["pd.Series", "pd.Series", "pd.Series | None"], float | None]
"""(label, prediction, score), all complete, at least one row -> the value; None where it is not defined."""


@dataclass(frozen=True)
class Metric:
    """`higher_is_better` is its direction; `needs_score` that it reads the score and not the prediction."""

    name: str
    higher_is_better: bool
    tasks: tuple[Task, ...]
    formula: Formula
    needs_score: bool = False
    share: bool = True
    """Whether it lies in [0, 1], so that people read it as a percentage."""

    def of(self, rows: Rows) -> tuple[float | None, int]:
        """The value over the rows whose label (and what else it needs) is known, and how many these are.

        None where there is no such row, or the metric is not defined on them (an AUC of one class, an R² of one
        value). Missing and infinite numbers count as unknown.
        """
        usable = rows.label.notna() & (
            rows.prediction.notna() if not self.needs_score or rows.score is None else rows.score.notna()
        )
        count = int(usable.sum())
        if count == 0 or (self.needs_score and rows.score is None):
            return None, 0
        score = None if rows.score is None else rows.score[usable]
        return self.formula(rows.label[usable], rows.prediction[usable], score), count

    def written(self, value: float) -> str:
        """As people read it: 71.3% for shares, four digits for others."""
        return f"{value:.1%}" if self.share else f"{value:,.4g}"

    @property
    def title(self) -> str:
        return {"auc": "AUC", "f1": "F1", "mae": "MAE", "rmse": "RMSE", "r2": "R²", "brier": "Brier score"}.get(
            self.name, self.name.replace("_", " ")
        )


def metric_for(name: str | None, task: Task, *, has_score: bool) -> Metric:
    """The metric of this name, or the task's default. BacktestError when it does not fit."""
    if name is None:
        return METRICS["mae" if task is Task.REGRESSION else "accuracy"]
    metric = METRICS.get(name.strip().lower())
    if metric is None:
        raise BacktestError(f"--metric: there is no “{name}”; known are {', '.join(METRICS)}")
    if task not in metric.tasks:
        fitting = ", ".join(each.name for each in METRICS.values() if task in each.tasks)
        raise BacktestError(f"--metric: {metric.name} does not fit a {task} log; fitting are {fitting}")
    if metric.needs_score and not has_score:
        raise BacktestError(f"--metric: {metric.name} reads probabilities; name their column with --score")
    return metric


def _accuracy(label: Any, prediction: Any, _: Any) -> float:
    return float((label == prediction).mean())


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


def _log_loss(label: Any, _: Any, score: Any) -> float:
    import numpy as np

    sure = score.clip(SURE, 1 - SURE)
    return float(-np.log(np.where(label == 1, sure, 1 - sure)).mean())


def _brier(label: Any, _: Any, score: Any) -> float:
    return float(((score - label) ** 2).mean())


def _mae(label: Any, prediction: Any, _: Any) -> float:
    return float((label - prediction).abs().mean())


def _rmse(label: Any, prediction: Any, _: Any) -> float:
    return float(((label - prediction) ** 2).mean() ** 0.5)


def _r2(label: Any, prediction: Any, _: Any) -> float | None:
    spread = float(((label - label.mean()) ** 2).sum())
    return 1 - float(((label - prediction) ** 2).sum()) / spread if spread > 0 else None


_ONE, _NUMBER = (Task.BINARY,), (Task.REGRESSION,)
METRICS = {
    each.name: each
    for each in (
        Metric("accuracy", True, CLASSES, _accuracy),
        Metric("auc", True, _ONE, _auc, needs_score=True),
        Metric("f1", True, CLASSES, _f1),
        Metric("precision", True, CLASSES, _precision),
        Metric("recall", True, CLASSES, _recall),
        Metric("log_loss", False, _ONE, _log_loss, needs_score=True, share=False),
        Metric("brier", False, _ONE, _brier, needs_score=True, share=False),
        Metric("mae", False, _NUMBER, _mae, share=False),
        Metric("rmse", False, _NUMBER, _rmse, share=False),
        Metric("r2", True, _NUMBER, _r2, share=False),
    )
}
