"""The estimator: learns from windows that are over, and estimates the one whose labels are still to come."""

from datetime import datetime, timedelta

import numpy as np

from core.evaluation.estimate.answer import CONFIDENCE, Estimate, Measure, Unknown, spread_of
from core.evaluation.estimate.measure import measured
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

FEWEST_WINDOWS = 5
"""Past windows with a known metric, below which nothing is estimated: a spread of fewer is no spread."""


class Estimator:
    """Estimates one metric of one pipeline, window by window.

    Call `learn` with everything that is known before the first estimate, and again as windows pass; then `estimate`.
    Nothing is read or written, no clock is asked.
    """

    def __init__(self, task: Task, measure: Measure, window: timedelta) -> None:
        """`window` is the length of a window. ValueError when the measure does not fit the task."""
        regression = measure in (Measure.MAE, Measure.RMSE)
        if regression != (task is Task.REGRESSION) or (measure is Measure.AUC and task is not Task.BINARY):
            raise ValueError(f"{measure} cannot be measured on {task} predictions")
        self._task, self._measure, self._window = task, measure, window
        self._past: list[float] = []

    def learn(self, history: Rows, now: datetime) -> None:
        """Take in what is known at `now` of the predictions made before the next window to estimate.

        `history` may be everything, or only what was made since some earlier call and what got a label since.
        """
        known = history.known(now)
        past = []
        for start in self._starts(known, now):
            value = measured(known.between(start, start + self._window), self._measure)
            if value is not None:
                past.append(value)
        self._past = past

    def estimate(self, window: Window, rows: Rows, now: datetime) -> Estimate | Unknown:
        """The metric that the predictions of `window` will have; `rows` holds them, as known at `now`."""
        known = rows.between(window.start, window.end).known(now)
        if not len(known):
            return Unknown("no-predictions", "Nothing was predicted in this window.", 0.0)
        coverage = float(known.labelled.mean())
        if len(self._past) < FEWEST_WINDOWS:
            reason = f"Only {len(self._past)} past windows have labels; {FEWEST_WINDOWS} are needed to estimate."
            return Unknown("few-labels", reason, coverage)
        centre = float(np.mean(self._past[-7:]))
        errors = np.asarray(self._past) - np.mean(self._past)
        spread = spread_of(centre, 1.0, errors.tolist(), self._measure)
        low, high = spread.quantile((1 - CONFIDENCE) / 2), spread.quantile((1 + CONFIDENCE) / 2)
        reason = f"The mean of the last {min(7, len(self._past))} windows with labels."
        return Estimate(centre, low, high, coverage, "recent windows", reason, spread)

    def _starts(self, known: Rows, now: datetime) -> list[datetime]:
        if not len(known):
            return []
        first, starts, start = known.at.min().to_pydatetime(), [], now - self._window
        while start > first:
            starts.append(start)
            start -= self._window
        return starts[::-1]
