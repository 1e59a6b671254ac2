"""What the past says before the walk starts: its windows, and the metric in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.config.metric import Metric
from core.evaluation.backtest.chance import halves_apart
from core.evaluation.backtest.ports import Span
from core.evaluation.formulas import value_of
from core.evaluation.rows import Rows

MATURE = 0.95
"""A window counts for the objective when it is older than this share of delays; late labels would bend it."""
KEPT_ROWS, FEWEST_KEPT = 600_000, 200
"""Rows of the whole past that are kept for estimates and slices, and of each window at least."""


def windows_from(start: datetime, last: datetime, length: timedelta) -> list[Span]:
    """Half-open windows from `start` on, the last being the one that holds `last`; none when it is before."""
    count = (last - start) // length + 1
    return [(start + i * length, start + (i + 1) * length) for i in range(max(0, count))]


def windows_before(until: datetime, first: datetime, length: timedelta) -> list[Span]:
    """Half-open windows that end at `until` or a whole number of windows before, oldest first.

    The oldest is the one that holds `first`, so its beginning may lie before the log's.
    """
    count = -((first - until) // length) if first < until else 0
    return [(until - i * length, until - (i - 1) * length) for i in range(count, 0, -1)]


@dataclass
class History:
    """Takes in past windows, oldest first, as they were known at `now`, and says what is usual.

    Only a sample of the rows is kept, so that a long past needs little memory; metrics are of all rows. `apart` is
    what chance did to the metric of each window (`halves_apart`).
    """

    metric: Metric
    now: datetime
    windows: int
    kept: list[Rows] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)
    _values: list[tuple[datetime, float | None]] = field(default_factory=list)

    def take(self, end: datetime, rows: Rows) -> None:
        known = rows.known(self.now)
        self._values.append((end, value_of(self.metric, known)[0]))
        apart = halves_apart(self.metric, known)
        self.apart += [] if apart is None else [apart]
        self.kept.append(_sampled(rows, max(FEWEST_KEPT, KEPT_ROWS // max(1, self.windows))))

    def values(self) -> list[float]:
        """The metric of each past window whose labels had mostly arrived; of all labelled ones if none had.

        A window is mature when the usual delay has passed since its end. Labels that never come (a cancelled
        flight) do not count against it.
        """
        delay = usual_delay([rows.known(self.now) for rows in self.kept])
        known = [(end, value) for end, value in self._values if value is not None]
        mature = [value for end, value in known if end + delay <= self.now]
        return mature or [value for _, value in known]


def _sampled(rows: Rows, most: int) -> Rows:
    """Every n-th row, so that at most about `most` are left."""
    if len(rows) <= most:
        return rows
    import numpy as np

    step = -(-len(rows) // most)
    chosen = rows.at.notna() & (np.arange(len(rows)) % step == 0)
    return rows.where(chosen)


def usual_delay(windows: Sequence[Rows]) -> timedelta:
    """How long MATURE of the known labels took at most, from prediction to label; nothing without any."""
    import pandas as pd

    delays = [(each.label_at - each.at)[each.labelled & each.label_at.notna()] for each in windows if len(each)]
    waits = pd.concat(delays) if delays else pd.Series(dtype="timedelta64[us]")
    if waits.empty:
        return timedelta()
    return max(timedelta(), timedelta(seconds=float(waits.dt.total_seconds().quantile(MATURE))))
