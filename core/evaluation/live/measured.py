"""The metric of many windows at once, of the whole and of slices.

An accuracy comes of counts, which a scan makes where the rows lie. Other metrics need the rows themselves: only what
they read of them, and at a time no more than MOST_ROWS where windows are smaller than that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from core.config.metric import Metric
from core.evaluation.log.prediction_log import Counts, PredictionLogReader, Tallies, Value, Where, total
from core.evaluation.metric import Measured, accuracy, measure
from core.evaluation.rows import Rows
from core.evaluation.windows import Window, chunks

K = TypeVar("K")

MOST_ROWS = 1_000_000
"""Rows that are read at once."""


@dataclass(frozen=True)
class Asked:
    """A slice whose metric is asked for. Rows lie in it by their values, or as `inside` (rows -> n booleans) says."""

    where: Where
    metric: Metric
    inside: Callable[[Rows], Any] | None = None

    def of(self, rows: Rows) -> Rows:
        """Its rows."""
        import pandas as pd

        chosen = inside(rows, self.where) if self.inside is None else self.inside(rows)
        return rows.where(pd.Series(chosen, index=rows.at.index, dtype=bool))


@dataclass(frozen=True)
class Figures:
    """The metric by index of the window, and by those of window and slice; absent where nobody can tell."""

    whole: Mapping[int, Measured] = field(default_factory=dict)
    slices: Mapping[tuple[int, int], Measured] = field(default_factory=dict)


def measure_windows(
    reader: PredictionLogReader,
    windows: Sequence[Window],
    tallies: Tallies,
    known_at: datetime,
    metric: Metric | None,
    slices: Sequence[Asked] = (),
) -> Figures:
    """The metric of every window (None: not asked), and of each slice of it, by the labels known at an instant.

    `tallies` are those of the same windows, oldest first, and of the same slices in their order. Raises LogError when
    the log cannot be read.
    """
    whole = _whole_by_counts(tallies, len(windows)) if metric is Metric.ACCURACY else {}
    parts = _slices_by_counts(tallies, slices)
    rest = {place: each for place, each in enumerate(slices) if not _counted(each)}
    of_rows = metric is not None and metric is not Metric.ACCURACY
    if not rest and not of_rows:
        return Figures(whole, parts)
    features = list(dict.fromkeys(name for each in rest.values() for name in each.where))
    for index, rows in _window_rows(reader, windows, tallies, known_at, features):
        found = measure(metric, rows) if of_rows and metric is not None else None
        whole |= {} if found is None else {index: found}
        of_slices = {(index, place): measure(each.metric, each.of(rows)) for place, each in rest.items()}
        parts |= {key: each for key, each in of_slices.items() if each is not None}
    return Figures(whole, parts)


def inside(rows: Rows, where: Where) -> Any:
    """Which rows have these values, as booleans; a text and a number are equal when they say the same."""
    import pandas as pd

    chosen = pd.Series(True, index=rows.at.index)
    for name, value in where.items():
        chosen &= _equals(rows.features[name], value)
    return chosen


def _equals(column: Any, value: Value) -> Any:
    import pandas as pd

    if value is None:
        return column.isna()
    if pd.api.types.is_numeric_dtype(column) and isinstance(value, str):
        number = pd.to_numeric(value, errors="coerce")
        return column == number if number == number else column.isna() & column.notna()
    if not pd.api.types.is_numeric_dtype(column) and not isinstance(value, str | bool):
        return column.astype(str) == str(value)
    return (column == value).fillna(False).astype(bool)


def _counted(asked: Asked) -> bool:
    return asked.metric is Metric.ACCURACY and asked.inside is None


def _whole_by_counts(tallies: Tallies, windows: int) -> dict[int, Measured]:
    counts = (total(v.counts for v in tallies.versions if v.window == index) for index in range(windows))
    return _accuracies(dict(enumerate(counts)))


def _slices_by_counts(tallies: Tallies, slices: Sequence[Asked]) -> dict[tuple[int, int], Measured]:
    counts: dict[tuple[int, int], Counts] = {}
    for window, place, each in tallies.tracked:
        if place < len(slices) and _counted(slices[place]):
            counts[window, place] = counts.get((window, place), Counts()) + each
    return _accuracies(counts)


def _accuracies(counts: Mapping[K, Counts]) -> dict[K, Measured]:
    found = {key: accuracy(each.right, each.labels) for key, each in counts.items()}
    return {key: each for key, each in found.items() if each is not None}


def _window_rows(
    reader: PredictionLogReader,
    windows: Sequence[Window],
    tallies: Tallies,
    known_at: datetime,
    features: Sequence[str],
) -> Iterator[tuple[int, Rows]]:
    """Each window that has labels, by its index, with its rows."""
    counts = [total(v.counts for v in tallies.versions if v.window == index) for index in range(len(windows))]
    for chunk in chunks([each.rows for each in counts], MOST_ROWS):
        chosen = [index for index in chunk if counts[index].labels]
        if chosen:
            start, end = windows[chosen[0]].start, windows[chosen[-1]].end
            rows = reader.rows(start, end, known_at, features)
            for index in chosen:
                yield index, rows.between(windows[index].start, windows[index].end)
