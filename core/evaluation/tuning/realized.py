"""What turned out: the metric of past windows, for those whose labels are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.pipeline import Metric
from core.evaluation.labels.settled import labels_are_in, usual_curve
from core.evaluation.metric import Measured, accuracy, auc
from core.evaluation.prediction_log import Counts, PredictionLogReader, total
from core.evaluation.windows import Window

AUC_BINS = 1000


@dataclass(frozen=True)
class Realized:
    """The metric of the window that starts at `start`, over `labels` of its `rows`."""

    start: datetime
    value: float
    rows: int
    labels: int

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "start": self.start.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Realized":
        """What `as_json` made."""
        return cls(**{**stored, "start": datetime.fromisoformat(stored["start"])})


def realize(
    reader: PredictionLogReader, metric: Metric, windows: Sequence[Window], known_at: datetime
) -> list[Realized]:
    """The metric of every window whose labels are in at `known_at` (`labels_are_in`); others are left out.

    How long labels take is learned from these very windows. They must not overlap. Raises LogError when the log
    cannot be read.
    """
    if not windows:
        return []
    tallies = reader.tally(windows, known_at)
    whole = [total(v.counts for v in tallies.versions if v.window == index) for index in range(len(windows))]
    measured = _measure(reader, metric, windows, whole, known_at)
    waits = reader.waits(windows, known_at)
    usual = usual_curve(waits)
    return [
        Realized(window.start, found.value, counts.rows, counts.labels)
        for window, counts, found, waited in zip(windows, whole, measured, waits, strict=True)
        if found is not None and labels_are_in(waited, usual)
    ]


def _measure(
    reader: PredictionLogReader,
    metric: Metric,
    windows: Sequence[Window],
    whole: Sequence[Counts],
    known_at: datetime,
) -> list[Measured | None]:
    if metric is Metric.AUC:
        return [auc(each) for each in reader.score_histograms(windows, known_at, AUC_BINS)]
    return [accuracy(each.right, each.labels) for each in whole]
