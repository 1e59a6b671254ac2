"""What turned out: the metric of past windows, for those whose labels are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.metric import Metric
from core.evaluation.labels.settled import labels_are_in, usual_curve
from core.evaluation.live.measured import measure_windows
from core.evaluation.log.prediction_log import PredictionLogReader, Tallies, total
from core.evaluation.windows import Window


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
    measured = measure_windows(reader, windows, tallies, known_at, metric).whole
    waits = reader.waits(windows, known_at)
    usual = usual_curve(waits)
    return [
        Realized(window.start, measured[index].value, _rows(tallies, index), measured[index].labels)
        for index, (window, waited) in enumerate(zip(windows, waits, strict=True))
        if index in measured and labels_are_in(waited, usual)
    ]


def _rows(tallies: Tallies, window: int) -> int:
    return total(v.counts for v in tallies.versions if v.window == window).rows
