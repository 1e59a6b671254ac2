"""What the past says before the walk starts: its windows, and the metric in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.evaluation.backtest.metrics import Metric
from core.evaluation.backtest.ports import Span
from core.evaluation.rows import Rows

MATURE = 0.95
"""A window counts for the objective when it is older than this share of delays; late labels would bend it."""


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


def history_values(
    windows: Sequence[Rows], ends: Sequence[datetime], metric: Metric, now: datetime
) -> list[float]:
    """The metric of each past window whose labels had mostly arrived by `now`; all labelled ones if none had.

    A window is mature when the usual delay has passed since its end. Labels that never come (a cancelled flight)
    do not count against it.
    """
    known = [window.known(now) for window in windows]
    delay = usual_delay(known)
    values = [(metric.of(each)[0], end + delay <= now) for each, end in zip(known, ends, strict=True)]
    mature = [value for value, ripe in values if ripe and value is not None]
    return mature or [value for value, _ in values if value is not None]


def usual_delay(windows: Sequence[Rows]) -> timedelta:
    """How long MATURE of the known labels took at most, from prediction to label; nothing without any."""
    import pandas as pd

    delays = [(each.label_at - each.at)[each.labelled & each.label_at.notna()] for each in windows if len(each)]
    waits = pd.concat(delays) if delays else pd.Series(dtype="timedelta64[us]")
    if waits.empty:
        return timedelta()
    return max(timedelta(), timedelta(seconds=float(waits.dt.total_seconds().quantile(MATURE))))
