"""What an estimator answers: a distribution of the window's metric, or why nothing can be said."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.config.metric import Metric

CONFIDENCE = 0.9
"""The coverage that an estimate's interval promises."""
AIMED = 0.925
"""What it aims at to keep that promise: windows to come differ more from past ones than those among themselves."""


Measure = Metric
"""Which metric of a window is estimated."""


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
