"""The failing slices of a pipeline that runs: what its windows were like is kept in memory between evaluations.

Everything can be made anew from the log, so a process that starts says the same as one that has run for weeks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.config.pipeline import Pipeline
from core.evaluation.live.measured import inside
from core.evaluation.log.prediction_log import PAST_ROWS, WINDOW_ROWS, PredictionLogReader, Value
from core.evaluation.plain import plain
from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.cuts import Key
from core.evaluation.slicing.find import MINIMUM_PAST, PAST, SliceFinder
from core.evaluation.slicing.found import SliceFound
from core.evaluation.slicing.losses import Loss
from core.evaluation.windows import Window, windows_until

if TYPE_CHECKING:
    import pandas as pd

KEPT = 28
"""Windows after which everything is made anew from the log, so that new values of attributes are told apart. What was
made from fewer is made anew after as many again: a young log soon has values that its first windows had not."""
NEW_LABELS = 0.02
"""A past window is counted again when labels of more than this share of its predictions came in."""
EXAMPLES = 2
"""Wrong predictions that are shown with a slice that is told or tracked."""


@dataclass(frozen=True)
class Sliced:
    """The slices of a window, worst first, and the window's own predictions; `left_out` says what was not looked at."""

    found: tuple[SliceFound, ...] = ()
    rows: Rows | None = None
    left_out: tuple[str, ...] = ()
    finder: SliceFinder | None = None

    def inside_of(self, where: Key) -> Callable[[Rows], Any] | None:
        """What tells which rows lie in a slice that was found; None where nothing was looked for."""
        finder = self.finder
        return None if finder is None else lambda rows: finder.inside(where, rows)

    def examples(
        self, where: Mapping[str, Value], loss: Loss = Loss.MISS, count: int = EXAMPLES
    ) -> list[dict[str, Any]]:
        """The gravest wrong predictions of a slice that is named by values, as plain values: the most confident ones,
        or those with the largest errors; of those that went wrong in the way of `loss`."""
        if self.rows is None or not all(name in self.rows.features for name in where):
            return []
        wrong = self.rows.labelled & (self.rows.prediction != self.rows.label) & self.rows.prediction.notna()
        return _gravest(self.rows.where(wrong & inside(self.rows, where) & _such(self.rows, loss)), count)


def _such(rows: Rows, loss: Loss) -> "pd.Series":
    """Which rows, if they are wrong, are so in the way of a loss."""
    if loss.of_class:
        return rows.label.eq(1 if loss is Loss.POSITIVES else 0)
    if loss.of_side:
        return rows.prediction.gt(rows.label) if loss is Loss.ABOVE else rows.prediction.lt(rows.label)
    return rows.labelled


def _gravest(wrong: Rows, count: int) -> list[dict[str, Any]]:
    """By the error of numbers, else by the score of the class that was predicted; without scores in their order."""
    if not len(wrong):
        return []
    if wrong.task is Task.REGRESSION:
        grave = (wrong.prediction - wrong.label).abs()
    elif wrong.score is None:
        grave = wrong.at.notna().astype(float)
    else:
        grave = wrong.score.where(wrong.prediction != 0, 1 - wrong.score)
    meant = {Task.BINARY: int, Task.MULTICLASS: str, Task.REGRESSION: float}[wrong.task]
    return [
        {
            "id": str(key),
            "score": None if wrong.score is None else plain(float(wrong.score[key])),
            "prediction": meant(wrong.prediction[key]),
            "label": meant(wrong.label[key]),
            "features": plain(wrong.features.loc[key].to_dict()),
        }
        for key in grave.sort_values(ascending=False, kind="stable").index[:count]
    ]


@dataclass
class LiveSlices:
    """The memory of one process about one pipeline's slices, of one to `depth` of its attributes."""

    pipeline: Pipeline
    depth: int = 2
    _finder: SliceFinder | None = None
    _made_for: datetime | None = None
    _known_at: datetime | None = None
    _made_from: int = 0
    _labels: dict[datetime, int] = field(default_factory=dict)

    def look(
        self, reader: PredictionLogReader, window: Window, known_at: datetime, labels: Mapping[datetime, int]
    ) -> Sliced:
        """Look at a window as it was known at an instant; `labels` says how many of the windows up to it, by their
        start, were in by then. Raises LogError when the log cannot be read."""
        if not self.pipeline.slices:
            return Sliced()
        rows = reader.rows(window.start, window.end, known_at, most=WINDOW_ROWS)
        past = windows_until(self.pipeline.evaluation, window, PAST + MINIMUM_PAST)[:-1]
        asked = _Asked(reader, known_at, labels)
        if self._stale(window, known_at):
            self._make(asked, past, rows, window)
        else:
            self._refresh(asked, [each for each in past if self._grew(each, labels)])
        self._known_at = known_at
        finder = self._finder
        if finder is None:
            return Sliced()
        found = finder.judge(window.start, rows) if rows.labelled.any() else []
        return Sliced(tuple(found), rows, tuple(finder.left_out), finder)

    def _stale(self, window: Window, known_at: datetime) -> bool:
        """Whether nothing is in memory, or too old, or more than was known at that instant."""
        if self._finder is None or self._made_for is None or self._known_at is None or self._known_at > known_at:
            return True
        newer = [start for start in self._labels if start >= self._made_for]
        return self._made_for > window.start or len(newer) > min(KEPT, self._made_from)

    def _make(self, asked: "_Asked", past: Sequence[Window], now: Rows, window: Window) -> None:
        history = asked.rows(past[0].start, window.start, self.pipeline.slices)
        learned_from = history if len(history) else now
        self._finder, self._labels = None, {}
        if not len(learned_from):  # nothing can be told apart yet; the next window tries again
            return
        asked_of, length = self.pipeline, window.end - window.start
        self._finder = SliceFinder(asked_of.slices, length, self.depth, asked_of.unit, asked_of.metric)
        self._finder.learn(learned_from)
        self._made_for = window.start
        self._remember(asked, past, history)
        self._made_from = len(self._labels)

    def _grew(self, window: Window, labels: Mapping[datetime, int]) -> bool:
        """Whether enough labels of a past window came in since it was counted."""
        known, now = self._labels.get(window.start), labels.get(window.start, 0)
        return now > (known or 0) * (1 + NEW_LABELS) if known is not None else now > 0

    def _refresh(self, asked: "_Asked", windows: Sequence[Window]) -> None:
        if windows:
            self._remember(asked, windows, asked.rows(windows[0].start, windows[-1].end, self.pipeline.slices))

    def _remember(self, asked: "_Asked", windows: Sequence[Window], rows: Rows) -> None:
        for each in windows:
            part = rows.between(each.start, each.end)
            if self._finder is not None and part.labelled.any():
                self._finder.remember(each.start, part)
                self._labels[each.start] = asked.labels.get(each.start, int(part.labelled.sum()))


@dataclass(frozen=True)
class _Asked:
    """The log as it was known at an instant, and how many labels of each window, by its start, were in by then."""

    reader: PredictionLogReader
    known_at: datetime
    labels: Mapping[datetime, int]

    def rows(self, start: datetime, end: datetime, features: Sequence[str]) -> Rows:
        return self.reader.rows(start, end, self.known_at, features, most=PAST_ROWS)
