"""Failing slices as a walk goes on: what is compared with is only what was known by then."""

from datetime import datetime, timedelta

from core.config.metric import Metric
from core.evaluation.backtest.ports import WorseSlice
from core.evaluation.rows import Rows, concat
from core.evaluation.slicing.counted import MINIMUM_LABELS
from core.evaluation.slicing.find import PAST, SliceFinder
from core.evaluation.slicing.found import SliceFound
from core.text import length

LISTED = 5
"""Slices of a window that are listed, told or not: those that likeliest fail."""
NEW_LABELS = 0.02
"""A past window is counted again when so much larger a share of its labels is in."""
RECORDED_FROM = 1.0
"""A slice is worth a record if a clean window has fewer than this many that stray so far."""


class WalkSlices:
    """A `SliceFinder` that is given labels as they arrive, and nothing earlier.

    Windows are kept while labels of theirs may still come and they are still compared with.
    """

    def __init__(
        self,
        attributes: tuple[str, ...],
        window: timedelta,
        until: datetime,
        depth: int = 2,
        metric: Metric = Metric.ACCURACY,
    ) -> None:
        self._finder = SliceFinder(attributes, window, depth, metric=metric)
        self._until, self._length = until, window
        self._history: list[Rows] = []
        self._windows: dict[datetime, Rows] = {}
        self._known: dict[datetime, int] = {}
        self._learned = False
        self._most_known, self._waits = 0, list[timedelta]()

    @property
    def left_out(self) -> list[str]:
        """What was not looked at, in sentences."""
        wait = sorted(self._waits)[len(self._waits) // 2] if self._waits else timedelta()
        if self._most_known < MINIMUM_LABELS and wait:
            return [
                f"None was judged, as no window had {MINIMUM_LABELS} of its labels by its evaluation: nine in ten are "
                f"in {length(wait)} after its end. A later evaluation (--evaluate-after) would let slices be judged."
            ]
        return self._finder.left_out

    def learn(self, start: datetime, window: Rows) -> None:
        """A window is over; its labels may still come."""
        if not self._learned:
            self._history.append(window)
        if len(window):
            self._windows[start] = window
            self._waits += _wait(window, start + self._length)

    def judge(self, start: datetime, window: Rows, now: datetime) -> list[WorseSlice]:
        """From the labels in by `now`: the slices to be told (score from 1 on), then the next most telling ones that
        rather fail than do as usual."""
        if not self._learned and not self._learn_scale(window):
            return []
        self._remember(now)
        self._most_known = max(self._most_known, int(window.labelled.sum()))
        found = self._finder.judge(start, window)
        return [_worse(each) for each in found if each.worse or each.score > 0][:LISTED]

    def _learn_scale(self, window: Rows) -> bool:
        """Whether there is something to learn from, how attributes are cut above all."""
        past = [rows for rows in self._history if len(rows)] or [window]
        if not any(map(len, past)):
            return False
        self._finder.learn(concat(past).known(self._until))
        self._history, self._learned = [], True
        return True

    def _remember(self, now: datetime) -> None:
        """Count again each past window of which more labels are in."""
        for start in sorted(self._windows):
            rows = self._windows[start].known(now)
            known = int(rows.labelled.sum())
            if known > self._known.get(start, 0) * (1 + NEW_LABELS):
                self._finder.remember(start, rows)
                self._known[start] = known
        for start in sorted(self._windows)[: -2 * PAST]:
            del self._windows[start]
        complete = [s for s, rows in self._windows.items() if not rows.label_at.gt(now).any()]
        for start in complete:
            del self._windows[start]


def _wait(window: Rows, end: datetime) -> list[timedelta]:
    """How long after the end of a window nine in ten of its labels are in; nothing of one with few labels."""
    late = window.label_at.dropna().sort_values()
    if len(late) < MINIMUM_LABELS:
        return []
    return [max(timedelta(), late.iloc[int(0.9 * (len(late) - 1))].floor("s").to_pydatetime() - end)]


def _worse(found: SliceFound) -> WorseSlice:
    """With a score that keeps the order: 1 and more for what is told, between 0 and 1 for the rest."""
    score = 1 + max(0.0, found.score) if found.worse else 0.5 + found.score / (2 + 2 * abs(found.score))
    return WorseSlice(
        where=dict(found.where),
        score=score,
        gap=max(0.0, found.usual - found.value),
        reason=found.reason[:1].upper() + found.reason[1:],
        told=found.worse,
        unusual=found.chance is not None and found.chance < RECORDED_FROM,
    )
