"""Is a fall more than chance? An objective that was learned is missed now and then though nothing ever changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import sqrt

from core.config.metric import Metric
from core.evaluation.formulas import value_of
from core.evaluation.lately import CONVINCING
from core.evaluation.rows import Rows

FEWEST_ROWS = 10


def halves_apart(metric: Metric, rows: Rows) -> float | None:
    """What chance does to a metric over these rows: its variance, times their number; None for too few.

    The metric of every second labelled row differs from that of the others by chance alone, with four times the
    variance of the metric of all.
    """
    known = rows.where(rows.labelled)
    if len(known) < FEWEST_ROWS:
        return None
    place = known.at.reset_index(drop=True).index % 2
    first, second = (value_of(metric, known.where(known.labelled & (place == each)))[0] for each in (0, 1))
    return None if first is None or second is None else (first - second) ** 2 / 4 * len(known)


@dataclass
class Chance:
    """Learned from the windows of history: `usual` is the metric's mean, `variance` what chance does, times the rows.

    Call `convincing` for each window in the order of time: windows in a row that look bad speak together.
    """

    usual: float
    variance: float
    higher_is_better: bool
    _run: list[float] = field(default_factory=list)

    def convincing(self, value: float | None, rows: int, *, looks_bad: bool) -> bool:
        """Whether the fall to `value` over so many rows, with those before it, is more than chance."""
        if value is None or rows == 0 or not looks_bad:
            self._run = []
            return False
        self._run.append(self._deviations(value, rows))
        return _convincing(self._run[::-1])

    def together(self, windows: Sequence[tuple[float, int]]) -> bool:
        """Whether the fall to such values over so many rows each, in windows in a row, the newest first, is more than
        chance."""
        return _convincing([self._deviations(value, rows) for value, rows in windows if rows])

    def _deviations(self, value: float, rows: int) -> float:
        below = self.usual - value if self.higher_is_better else value - self.usual
        return below / max(sqrt(self.variance / rows), 1e-12)


def _convincing(deviations: Sequence[float]) -> bool:
    """Whether the newest of these (the first), or it with some before it, is more than chance (Stouffer)."""
    return any(total / sqrt(count) >= CONVINCING for count, total in enumerate(accumulate(deviations), 1))


def learn_chance(metric: Metric, values: Sequence[float], variances: Sequence[float]) -> Chance | None:
    """From the metric and what chance did in past windows; None without any."""
    if not values or not variances:
        return None
    # A variance that few windows tell may be larger than it seems: two of its own standard errors.
    surely = sum(variances) / len(variances) * (1 + 2 * sqrt(2 / len(variances)))
    return Chance(sum(values) / len(values), surely, metric.higher_is_better)
