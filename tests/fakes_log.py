"""A prediction log that is a list of rows: the plainest reading of the port's contract."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from core.config.pipeline import Outcome
from core.evaluation.labels.settled import Wait
from core.evaluation.log.prediction_log import (
    Counts,
    Delays,
    LoggedRow,
    Tallies,
    Value,
    VersionTally,
    Where,
    one_in,
)
from core.evaluation.rows import Rows, Task
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise, summarise_slices
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """A logged prediction."""

    id: str
    predicted_at: datetime
    version: str
    score: float | None
    prediction: Outcome
    features: dict[str, Any] = field(default_factory=dict)
    part: str = "first"
    """Which part of the log holds it."""


@dataclass(frozen=True)
class Arrived:
    """A logged label."""

    id: str
    label: Outcome
    label_at: datetime


class FakeLog:
    """A `PredictionLogReader` in memory; `features` are the columns that it has."""

    def __init__(
        self,
        made: Sequence[Made],
        arrived: Sequence[Arrived],
        features: Sequence[str],
        task: Task = Task.BINARY,
    ) -> None:
        self.made, self.arrived, self.features, self.task = list(made), list(arrived), list(features), task

    def tally(self, windows: Sequence[Window], known_at: datetime, tracked: Sequence[Where] = ()) -> Tallies:
        rows = self._labelled(windows, known_at)
        versions = _group(rows, lambda r: [(r.window, r.made.version)])
        asked = _group(rows, lambda r: [(r.window, i) for i, where in enumerate(tracked) if _in(r.made, where)])
        return Tallies(
            [VersionTally(w, version, counts) for (w, version), counts in versions.items()],
            [(w, index, counts) for (w, index), counts in asked.items()],
        )

    def delays(self, window: Window, known_at: datetime) -> Delays:
        rows = self._labelled([window], known_at)
        hours = sorted((r.label_at - r.made.predicted_at).total_seconds() / 3600 for r in rows if r.label_at)
        if not hours:
            return Delays(len(rows), 0, None, None, None)
        return Delays(len(rows), len(hours), _quantile(hours, 0.5), _quantile(hours, 0.9), hours[-1])

    def waits(self, windows: Sequence[Window], known_at: datetime) -> list[list[Wait]]:
        found: list[list[Wait]] = [[] for _ in windows]
        for row in self._labelled(windows, known_at):
            hours = ((row.label_at or known_at) - row.made.predicted_at).total_seconds() / 3600
            found[row.window].append(Wait(max(hours, 0.0), row.label_at is not None, 1))
        return found

    def plan(self, reference: Sequence[Window]) -> Plan:
        return make_plan(self._table(), self.features, at="made_at", windows=reference)

    def parts(self, windows: Sequence[Window]) -> list[tuple[str, ...]]:
        return [
            tuple(sorted({m.part for m in self.made if w.start - DAY <= m.predicted_at < w.end + DAY}))
            for w in windows
        ]

    def counts(self, windows: Sequence[Window], parts: Sequence[str]) -> list[int]:
        made = [each for each in self.made if each.part in parts]
        return [sum(window.start <= each.predicted_at < window.end for each in made) for window in windows]

    def watch(
        self, plan: Plan, windows: Sequence[Window], parts: Sequence[str], *, sketch: bool = False
    ) -> list[WindowSummary]:
        table = self._table([made for made in self.made if made.part in parts])
        return summarise(table, plan, at="made_at", windows=windows, id="made_id", sketch=sketch)

    def watch_slices(
        self, plan: Plan, windows: Sequence[Window], slices: Sequence[Where]
    ) -> list[list[WindowSummary]]:
        return summarise_slices(self._table(), plan, at="made_at", windows=windows, slices=slices, id="made_id")

    def commonest(self, name: str, windows: Sequence[Window], count: int) -> list[tuple[Value, int]]:
        inside = [m for m in self.made if any(w.start <= m.predicted_at < w.end for w in windows)]
        return Counter(m.features.get(name) for m in inside).most_common(count)

    def _table(self, rows: Sequence[Made] | None = None) -> Any:
        """Predictions (without any given all) as a table in memory, of the engine that the real log uses."""
        import ibis
        import pandas as pd

        rows = self.made if rows is None else rows
        columns = {name: [made.features.get(name) for made in rows] for name in self.features}
        at = pd.to_datetime([made.predicted_at for made in rows], utc=True)
        frame = pd.DataFrame({"made_at": at, "made_id": [made.id for made in rows], **columns})
        return ibis.duckdb.connect().create_table("made", frame)

    def rows(
        self,
        start: datetime,
        end: datetime,
        known_at: datetime,
        features: Sequence[str] | None = None,
        *,
        most: int | None = None,
    ) -> Rows:
        import pandas as pd

        every = {row.made.id: row for row in self._labelled([Window(start, end)], known_at)}
        step = one_in(len(every), most)
        found = {key: row for key, row in every.items() if crc32(key.encode()) % step == 0}
        index, kind = pd.Index(list(found), name="key", dtype=str), "float64"
        kind = "object" if self.task is Task.MULTICLASS else kind

        def series(values: list[Any], dtype: str) -> pd.Series:
            return pd.Series(values, index=index, dtype=dtype)

        made = [row.made for row in found.values()]
        names = self.features if features is None else features
        scored = any(each.score is not None for each in self.made)
        return Rows(
            task=self.task,
            at=series([each.predicted_at for each in made], "datetime64[us, UTC]"),
            prediction=series([each.prediction for each in made], kind),
            label=series([row.label for row in found.values()], kind),
            label_at=series([row.label_at for row in found.values()], "datetime64[us, UTC]"),
            features=pd.DataFrame(
                {name: [each.features.get(name) for each in made] for name in names}, index=index
            ),
            score=series([each.score for each in made], "float64") if scored else None,
        )

    def wrong_rows(self, windows: Sequence[Window], known_at: datetime, each: int) -> list[LoggedRow]:
        wrong = [
            (r.window, r.made, r.label)
            for r in self._labelled(windows, known_at)
            if r.label is not None and r.label != r.made.prediction
        ]
        wrong.sort(key=lambda w: (w[0], self._kind(w[1], w[2]), -self._gravity(w[1], w[2]), w[1].id))
        taken: Counter[tuple[int, Outcome]] = Counter()
        found = []
        for window, made, label in wrong:
            kind = self._kind(made, label)
            taken[window, kind] += 1
            if taken[window, kind] <= each:
                features = {name: made.features.get(name) for name in self.features}
                found.append(
                    LoggedRow(
                        made.id, made.predicted_at, made.version, made.score, made.prediction, label, features
                    )
                )
        return found

    def _kind(self, made: Made, label: Any) -> Any:
        return made.prediction > label if self.task is Task.REGRESSION else made.prediction

    def _gravity(self, made: Made, label: Any) -> float:
        if self.task is Task.REGRESSION:
            return abs(float(made.prediction) - float(label))
        score = made.score if made.score is not None else 0.0
        return -score if made.prediction == 0 else score

    def _labelled(self, windows: Sequence[Window], known_at: datetime) -> list["_Row"]:
        newest: dict[str, Arrived] = {}
        for label in sorted(self.arrived, key=lambda a: a.label_at):
            if label.label_at <= known_at:
                newest[label.id] = label
        rows = []
        for index, window in enumerate(windows):
            for made in self.made:
                if window.start <= made.predicted_at < window.end:
                    known = newest.get(made.id)
                    rows.append(
                        _Row(index, made, known.label if known else None, known.label_at if known else None)
                    )
        return rows


@dataclass(frozen=True)
class _Row:
    window: int
    made: Made
    label: Outcome | None
    label_at: datetime | None


def _group(rows: Iterable[_Row], keys: Callable[[_Row], list[Any]]) -> dict[Any, Counts]:
    found: dict[Any, Counts] = {}
    for row in rows:
        one = Counts(1, row.label is not None, row.made.prediction == row.label)
        for key in keys(row):
            found[key] = found.get(key, Counts()) + one
    return found


def _in(made: Made, where: Where) -> bool:
    return all(made.features.get(name) == value for name, value in where.items())


def _quantile(ordered: Sequence[float], q: float) -> float:
    """Linear interpolation between the neighbours."""
    at = q * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
