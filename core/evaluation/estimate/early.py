"""What labels say as they come, of windows that are not over yet: where they take many windows, a change shows in the
first of them long before any window's metric is known."""

from dataclasses import dataclass, field

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.drift import LATEST, MATTERS, doubted
from core.evaluation.estimate.knowledge import Knowledge
from core.evaluation.estimate.measure import hidden, metrics
from core.evaluation.estimate.memory import Table

LONG = LATEST + 1
"""Windows that are not over, below which the metrics of those that are show a change as soon."""
FEWEST_COME = 30
"""Labels that come in a window's time, below which what they say is chance."""
RECENT = 7
"""Windows whose mean miss an answer is corrected by: only what differs from it is news."""
MOST = 250
"""Windows' times that are looked at."""
WITHIN = 1.8
"""Deviations of an answer that its interval holds: a smaller change is no reason to say nothing."""
NORMAL = 1.4826
"""The deviation of a normal error, in medians of its size."""


@dataclass
class Arrivals:
    """What came in each window's time, each worked out once: by instant the miss of the metric over those rows, the
    metric, and how many they were; none where they were fewer than FEWEST_COME or define no metric."""

    measure: Measure
    length: float
    _found: dict[int, tuple[float, float, int] | None] = field(default_factory=dict)

    def changed(self, table: Table, knowledge: Knowledge, now: float, open_windows: int, scale: float) -> bool:
        """Whether the labels that came of late fell outside of what was expected of their rows, all to one side.

        `now` is in seconds; `open_windows` is how many windows before this one are not over, whose metrics are still
        unknown. `scale` is the deviation of the present answer. False for fewer than LONG of them, and of a short past.
        """
        if open_windows < LONG:
            return False
        return changed(self._by_time(table, knowledge, now), open_windows, scale)

    def _by_time(self, table: Table, knowledge: Knowledge, now: float) -> Floats:
        order: Ints = np.argsort(table.label_at, kind="stable")
        come = table.label_at[order]
        first = max(float(table.at[0]), now - MOST * self.length)
        ends = np.arange(now, first, -self.length)[::-1]
        self._found = {key: told for key, told in self._found.items() if key >= first}
        for end in ends:
            if round(end) not in self._found:
                low, high = np.searchsorted(come, [end - self.length, end], side="right")
                self._found[round(end)] = _missed(table.take(np.sort(order[low:high])), knowledge, self.measure)
        told = [self._found[round(end)] for end in ends]
        return np.array([each for each in told if each is not None], float).reshape(-1, 3)


def changed(come: Floats, open_windows: int, scale: float) -> bool:
    """Whether the latest of what came (n x 3: miss, metric, rows; oldest first) is drift (`drift.doubted`).

    A miss counts by what it differs from those that the present answer is corrected by, the mean of RECENT of them so
    many windows ago, and in deviations of chance, which fall with the root of the rows; what lies within an
    interval of the answer, whose deviation is `scale`, is no news. False again once a drift has lasted for as many
    windows as are open: from then on the answers' own misses show it.
    """
    miss, value, rows = come.T
    count = len(miss) - open_windows
    if count < RECENT:
        return False
    sums = np.concatenate([[0.0], np.cumsum(miss)])
    place = np.arange(RECENT, count) + 1
    usual = (sums[place] - sums[place - RECENT]) / RECENT
    news = (miss[-len(usual) :] - usual) * np.sqrt(rows[-len(usual) :]) if len(usual) else np.zeros(0)
    unit = NORMAL * float(np.median(np.abs(news))) if len(news) else 0.0
    if unit <= 0:
        return False
    trifle = np.maximum(MATTERS * np.abs(value), WITHIN * scale) * np.sqrt(rows) / unit
    found = doubted(news / unit, np.arange(len(news) + 1), np.append(trifle[-len(news) :], trifle[-1]))
    lasting = int(np.argmax(found.given[::-1])) if found.given.any() else len(news)
    return found.now and lasting < open_windows


def _missed(rows: Table, knowledge: Knowledge, measure: Measure) -> tuple[float, float, int] | None:
    """The metric of these rows less what was expected of them before their labels came."""
    rows = rows.take(~np.isnan(rows.outcome) & ~np.isnan(rows.mean))
    if len(rows) < FEWEST_COME:
        return None
    none, weight = np.zeros(len(rows), bool), np.ones((len(rows), 1))
    task, confusion = knowledge.task, knowledge.confusion
    real = float(metrics(measure, task, rows.outcome[:, None], weight, rows)[0])
    told = float(metrics(measure, task, rows.mean[:, None], weight, hidden(rows, none), confusion)[0])
    return (real - told, real, len(rows)) if np.isfinite(real) and np.isfinite(told) else None
