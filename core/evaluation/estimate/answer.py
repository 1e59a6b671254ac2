"""What an estimator answers: a distribution of the window's metric, or why nothing can be said."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.evaluation.rows import Task

CONFIDENCE = 0.9
"""The coverage that an estimate's interval promises."""
AIMED = 0.925
"""What it aims at to keep that promise: windows to come differ more from past ones than those among themselves."""


class Measure(StrEnum):
    """Which metric of a window is estimated.

    ACCURACY, F1, PRECISION and RECALL (of class 1 for BINARY, the mean over classes for MULTICLASS) and AUC (BINARY
    with a score) lie in [0, 1] and are better when higher, R2 (REGRESSION) is at most 1. LOG_LOSS and BRIER (BINARY
    with a score), MAE and RMSE (REGRESSION, in the label's unit) are at least 0 and better when lower.
    """

    ACCURACY = "accuracy"
    AUC = "auc"
    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    MAE = "mae"
    RMSE = "rmse"
    R2 = "r2"

    @property
    def ceiling(self) -> float:
        """The largest value it can take."""
        return float("inf") if self in (Measure.MAE, Measure.RMSE, Measure.LOG_LOSS) else 1.0

    @property
    def floor(self) -> float:
        """The smallest value it can take."""
        return float("-inf") if self is Measure.R2 else 0.0

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks on whose predictions it can be measured."""
        if self in (Measure.MAE, Measure.RMSE, Measure.R2):
            return (Task.REGRESSION,)
        if self in (Measure.AUC, Measure.LOG_LOSS, Measure.BRIER):
            return (Task.BINARY,)
        return (Task.BINARY, Task.MULTICLASS)

    @property
    def reads_score(self) -> bool:
        """Whether rows without a score count for nothing."""
        return self in (Measure.AUC, Measure.LOG_LOSS, Measure.BRIER)


@dataclass(frozen=True)
class Spread:
    """A distribution of a metric: `centre` + `scale` x each of `errors`, all equally likely, between `floor` and
    `ceiling`.

    `errors` are the standardized errors of past estimates, sorted, so the distribution is as skewed and as heavy in
    its tails as the past was. At least one of them; `scale` > 0.
    """

    centre: float
    scale: float
    errors: tuple[float, ...]
    ceiling: float
    floor: float = 0.0

    def quantile(self, level: float) -> float:
        """The value that the metric stays below with probability `level` in [0, 1].

        Conformal ranks: of n past errors the ceil((n + 1) level)-th, so an interval between two levels covers at
        least as much as it says; with n < 19 a 90% interval spans all that was seen, and covers (n - 1) / (n + 1).
        """
        n = len(self.errors)
        rank = (n + 1) * level
        # Outward from the middle: the lower quantiles round down and the upper ones up.
        place = int(rank) if level < 0.5 else -int(-rank // 1)
        error = self.errors[min(max(place, 1), n) - 1]
        return self._clip(self.centre + self.scale * error)

    def below(self, objective: float) -> float:
        """The probability in (0, 1) that the metric is below `objective`.

        Laplace's rule on the past errors: (count + 1/2) / (n + 1), so that nothing is ever certain.
        """
        at = (objective - self.centre) / self.scale
        middle = (bisect_left(self.errors, at) + bisect_right(self.errors, at)) / 2
        return (middle + 0.5) / (len(self.errors) + 1)

    def _clip(self, value: float) -> float:
        return min(max(value, self.floor), self.ceiling)


@dataclass(frozen=True)
class Estimate:
    """The metric that a window will have once all its labels are in.

    `value` is the best guess, `[low, high]` covers it with probability CONFIDENCE, `label_coverage` in [0, 1] is the
    share of the window's predictions whose label is in. `method` names what the estimate rests on, `reason` says
    it in a sentence.
    """

    value: float
    low: float
    high: float
    label_coverage: float
    method: str
    reason: str
    spread: Spread

    def probability_below(self, objective: float) -> float:
        """How likely the metric ends up below `objective`, in (0, 1)."""
        return self.spread.below(objective)


@dataclass(frozen=True)
class Unknown:
    """Nothing honest can be said about the window's metric; `reason` is the sentence that people see.

    `cause` is a short stable name of it: no-predictions, undefined, few-labels, labels-stopped, concept-drift,
    novel-features.
    """

    cause: str
    reason: str
    label_coverage: float


@dataclass(frozen=True)
class Realized:
    """The metric over the labels that are in (`labels` of `rows`). Late labels differ from early ones, so `value`
    is biased until all are in; `corrected` is what the metric will be, None where that cannot be known."""

    value: float
    labels: int
    rows: int
    corrected: Estimate | None


def spread_of(centre: float, scale: float, errors: Sequence[float], measure: Measure) -> Spread:
    """A Spread from errors in any order; `scale` is floored, so that a past without errors stays a distribution."""
    return Spread(centre, max(scale, 1e-6), tuple(sorted(errors)), measure.ceiling, measure.floor)
