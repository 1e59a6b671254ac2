"""Which rows can go wrong, in which way, and which of them did. Pure.

An accuracy hides what a slice does to the rarer class: of two positives in a hundred all may be missed and hardly a
point is lost. A mean absolute error hides a prediction that is always too high. So each way to go wrong is looked at
by itself.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.config.metric import Metric
from core.evaluation.rows import Rows, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]


class Loss(StrEnum):
    """MISS: any prediction that missed. POSITIVES, NEGATIVES: of what is (not) of class 1, what was called otherwise.
    ABOVE, BELOW: a number predicted too high, too low."""

    MISS = "miss"
    POSITIVES = "positives"
    NEGATIVES = "negatives"
    ABOVE = "above"
    BELOW = "below"

    @property
    def of_class(self) -> bool:
        """Whether only the rows of one class can go wrong in this way."""
        return self in (Loss.POSITIVES, Loss.NEGATIVES)

    @property
    def of_side(self) -> bool:
        """Whether it is about the sign of an error, however large."""
        return self in (Loss.ABOVE, Loss.BELOW)


LOSSES = {
    Task.BINARY: (Loss.MISS, Loss.POSITIVES, Loss.NEGATIVES),
    Task.MULTICLASS: (Loss.MISS,),
    Task.REGRESSION: (Loss.MISS, Loss.ABOVE, Loss.BELOW),
}
"""The ways in which predictions of a task go wrong; the first is looked at over all rows."""

FIRST = 2 / 3
"""The part of the false slices that the first loss may tell where there are several; the others have the rest in equal
parts. By equal parts an error that is of no class by itself would be told by a third as readily as without them."""


def part_of(loss: Loss, losses: Collection[Loss]) -> float:
    """Which part of the false slices a loss may tell, of 1 for all `losses` together."""
    if len(losses) == 1:
        return 1.0
    return FIRST if loss is next(iter(losses)) else (1 - FIRST) / (len(losses) - 1)


def learn_cutoff(past: Rows, metric: Metric) -> float | None:
    """From which score on a row is taken to be called positive; None where the predictions say it themselves.

    They do not where the metric reads the score alone (AUC, log loss, Brier score), and where the past has only one
    prediction, as where whoever reads the score decides. Then it is the score that parts the labelled past best
    (Youden, 1950: the largest difference of the shares of positives and of negatives that are called).
    """
    import numpy as np

    if past.task is not Task.BINARY or past.score is None:
        return None
    known = (past.labelled & past.score.notna()).to_numpy(dtype=bool)
    if not metric.reads_score and past.prediction[known].nunique() > 1:
        return None
    positive = past.label.to_numpy(dtype=float, na_value=np.nan)[known] == 1
    if positive.all() or not positive.any():
        return None
    score = past.score.to_numpy(dtype=float, na_value=np.nan)[known]
    order = np.argsort(-score, kind="stable")
    gain = np.cumsum(np.where(positive[order], 1 / positive.sum(), -1 / (~positive).sum()))
    last = np.append(np.diff(score[order]) != 0, True)  # rows of the same score are called together
    return float(score[order][last][int(np.argmax(gain[last]))])


def called(rows: Rows, cutoff: float | None) -> "Array":
    """Which of n rows are called positive."""
    if cutoff is None or rows.score is None:
        return (rows.prediction == 1).to_numpy(dtype=bool, na_value=False)
    return rows.score.ge(cutoff).to_numpy(dtype=bool, na_value=False)


def concerned(rows: Rows, loss: Loss) -> "Array":
    """Which of n rows can go wrong in this way: those with a known label, of the class that it is about."""
    known = rows.labelled
    if loss.of_class:
        known = known & (rows.label == (1 if loss is Loss.POSITIVES else 0))
    return known.to_numpy(dtype=bool, na_value=False)


def went_wrong(rows: Rows, loss: Loss, missed: float, cutoff: float | None) -> "Array":
    """1.0 where a row went wrong, else 0.0 (also where the label is unknown); of n rows.

    A regression misses when its error is larger than `missed`.
    """
    import numpy as np

    if loss.of_class:
        is_called = called(rows, cutoff)
        wrong = (~is_called if loss is Loss.POSITIVES else is_called) & concerned(rows, loss)
    elif rows.task is Task.REGRESSION:
        error = errors(rows)
        wrong = {Loss.ABOVE: error > 0, Loss.BELOW: error < 0}.get(loss, np.abs(error) > missed)
        wrong = wrong & np.isfinite(error)
    else:
        wrong = ((rows.prediction != rows.label) & rows.labelled).to_numpy(dtype=bool, na_value=False)
    return np.asarray(wrong, dtype=float)


def errors(rows: Rows) -> "Array":
    """By how much each number was predicted too high; NaN while the label is unknown."""
    import numpy as np

    label = rows.label.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(rows.prediction.to_numpy(dtype=float, na_value=np.nan) - label)
