"""The predictions that the estimator remembers, as numbers, each encoded once."""

from dataclasses import dataclass, fields, replace
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Flags, Floats
from core.evaluation.estimate.encode import CLOCK, Encoder
from core.evaluation.estimate.outcome import outcomes
from core.evaluation.estimate.pairs import watched
from core.evaluation.rows import Rows, Task

HOUR = 3_600.0


@dataclass(frozen=True)
class Table:
    """n predictions in order of time: seconds since 1970 of prediction and label (inf: none), outcome (NaN: unknown).

    `called` is what was predicted and `actual` the label (NaN: unknown): numbers, or for MULTICLASS a class's number.
    What the models said when the row was first seen, NaN until then: `trees` and `curve` expected this outcome each by
    itself, `mean` both together, `delay0` and `delay1` the logarithm of its delay by outcome.
    """

    at: Floats
    label_at: Floats
    outcome: Floats
    called: Floats
    actual: Floats
    score: Floats
    matrix: Floats
    trees: Floats
    curve: Floats
    mean: Floats
    delay0: Floats
    delay1: Floats
    index: "pd.Index[Any]"

    def __len__(self) -> int:
        return len(self.at)

    def take(self, chosen: "slice | Flags | np.ndarray[tuple[int], np.dtype[np.int64]]") -> "Table":
        """Some of its rows."""
        return Table(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def span(self, start: float, end: float) -> slice:
        """The places of the predictions made in [start, end)."""
        first, last = np.searchsorted(self.at, [start, end], side="left")
        return slice(int(first), int(last))

    def arrived(self, now: float) -> Flags:
        """Whose label had come by `now`."""
        return np.asarray(self.label_at <= now)


class Memory:
    """A table that grows, with the encoder made from its first rows, and the pairs of columns that are watched."""

    def __init__(self, rows: Rows, measure: Measure) -> None:
        self._measure = measure
        self.encoder = Encoder(rows)
        self.table = joined(None, tabled(rows, measure, self.encoder.matrix(rows)))
        told = self.table.take(np.isfinite(self.table.label_at))
        self.pairs = watched(told.matrix[:, :-CLOCK], told.at, self.encoder.categorical)

    def add(self, rows: Rows) -> None:
        """Take in new rows, and the labels of old ones; rows before the oldest one held are left out as forgotten."""
        self.table = relabelled(self.table, rows, self._measure)
        new = self.table.index.get_indexer(rows.features.index) < 0
        if len(self.table):
            new &= seconds(rows.at) >= self.table.at[0]
        if new.any():
            fresh = rows.where(pd.Series(new, index=rows.at.index))
            self.table = joined(self.table, tabled(fresh, self._measure, self.encoder.matrix(fresh)))

    def forget(self, before: float) -> None:
        """Drop the rows made before this instant (seconds)."""
        self.table = self.table.take(self.table.span(before, np.inf))


def tabled(rows: Rows, measure: Measure, matrix: Floats) -> Table:
    """Rows as a table, in the order they come in."""
    empty = np.full(len(rows), np.nan)
    known = rows.labelled.to_numpy(bool)
    called, actual = numbered(rows, rows.prediction), numbered(rows, rows.label)
    return Table(
        at=seconds(rows.at),
        label_at=np.where(known, seconds(rows.label_at), np.inf),
        outcome=outcomes(rows, measure),
        called=called,
        actual=np.where(known, actual, np.nan),
        score=called if rows.score is None else rows.score.to_numpy(float, na_value=np.nan),
        matrix=matrix,
        trees=empty,
        curve=empty.copy(),
        mean=empty.copy(),
        delay0=empty.copy(),
        delay1=empty.copy(),
        index=rows.features.index,
    )


def numbered(rows: Rows, values: "pd.Series[Any]") -> Floats:
    """Predictions or labels as numbers, NaN where missing; a class of MULTICLASS always has the same one."""
    if rows.task is not Task.MULTICLASS:
        return np.asarray(values.to_numpy(float, na_value=np.nan))
    text = values.astype(object).where(values.notna(), None)
    numbers = {None: np.nan} | {each: float(crc32(str(each).encode())) for each in text.dropna().unique()}
    return np.array([numbers[each] for each in text], float)


def usable(rows: Rows, measure: Measure) -> Rows:
    """Those that count in the measure: with a prediction, and where it reads scores with a score."""
    counts = rows.prediction.notna()
    if measure.reads_score and rows.score is not None:
        counts &= rows.score.notna()
    return rows if counts.all() else rows.where(counts)


def joined(old: Table | None, new: Table) -> Table:
    """Both, ordered by time."""
    if (np.diff(new.at) < 0).any():
        new = new.take(np.argsort(new.at, kind="stable"))
    if old is None or not len(old) or not len(new):
        return new if old is None or not len(old) else old
    parts: list[Any] = [
        np.concatenate([getattr(old, field.name), getattr(new, field.name)]) for field in fields(old)[:-1]
    ]
    both = Table(*[*parts, old.index.append(new.index)])
    return both if new.at[0] >= old.at[-1] else both.take(np.argsort(both.at, kind="stable"))


def relabelled(table: Table, rows: Rows, measure: Measure) -> Table:
    """The table with the labels that these rows have by now; rows it does not hold are left out."""
    place = table.index.get_indexer(rows.features.index)
    held = (place >= 0) & rows.labelled.to_numpy(bool)
    outcome, actual, label_at = table.outcome.copy(), table.actual.copy(), table.label_at.copy()
    outcome[place[held]] = outcomes(rows, measure)[held]
    actual[place[held]] = numbered(rows, rows.label)[held]
    label_at[place[held]] = seconds(rows.label_at)[held]
    return replace(table, outcome=outcome, actual=actual, label_at=label_at)


def written(table: Table, chosen: Flags, found: dict[str, Floats]) -> Table:
    """The table with these columns filled in where `chosen`."""
    filled: dict[str, Any] = {name: put(getattr(table, name), chosen, values) for name, values in found.items()}
    return replace(table, **filled)


def put(column: Floats, chosen: Flags, values: Floats) -> Floats:
    """A copy of the column with these values where `chosen`."""
    filled = column.copy()
    filled[chosen] = values
    return filled


def seconds(instants: "pd.Series[pd.Timestamp]") -> Floats:
    """Seconds since 1970, inf for NaT."""
    found = instants.to_numpy("datetime64[us]").astype(np.int64) / 1e6
    return np.where(instants.isna().to_numpy(), np.inf, found)
