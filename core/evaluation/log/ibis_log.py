"""The prediction log, asked through Ibis where it lies."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from core.config.metric import Task
from core.config.pipeline import LabelLog, Pipeline, PredictionLog
from core.evaluation.labels.settled import Wait
from core.evaluation.log.ibis_queries import (
    commonest_values,
    count_outcomes,
    count_rows,
    gravest_mistakes,
    label_delays,
    label_waits,
)
from core.evaluation.log.ibis_rows import no_rows, plan_of, rows_as_known, slices_of, summaries_of
from core.evaluation.log.ibis_scan import Scan
from core.evaluation.log.ibis_values import odd_value, outcome
from core.evaluation.log.prediction_log import Delays, LogError, LoggedRow, Tallies, Value, Where
from core.evaluation.rows import Rows
from core.evaluation.storage.choose import storage_of
from core.evaluation.storage.storage import Asked, Opened, instant
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.sketch import WindowSketch
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

T = TypeVar("T")


def open_log(pipeline: Pipeline, threads: int = 1) -> "IbisLog":
    """The log that a pipeline's YAML declares."""
    return IbisLog(pipeline.predictions, pipeline.labels, threads, pipeline.task, pipeline.classes)


class IbisLog:
    """A `PredictionLogReader` over wherever the log lies; `threads` is how many DuckDB may use. `classes` are the names
    that a BINARY log may have in the place of 0 and 1."""

    def __init__(
        self,
        predictions: PredictionLog,
        labels: LabelLog,
        threads: int = 1,
        task: Task = Task.BINARY,
        classes: Sequence[str] | None = None,
    ) -> None:
        self._predictions, self._labels = predictions, labels
        self._storage = storage_of(predictions, labels, threads)
        self._task, self._classes = task, classes

    def tally(self, windows: Sequence[Window], known_at: datetime, tracked: Sequence[Where] = ()) -> Tallies:
        names = {name for where in tracked for name in where}
        ask = lambda scan: count_outcomes(scan, windows, tracked)  # noqa: E731
        return self._ask(windows, known_at, tuple(sorted(names)), ask, Tallies())

    def delays(self, window: Window, known_at: datetime) -> Delays:
        nothing = Delays(0, 0, None, None, None)
        return self._ask([window], known_at, (), lambda scan: label_delays(scan, window), nothing)

    def waits(self, windows: Sequence[Window], known_at: datetime) -> list[list[Wait]]:
        nothing: list[list[Wait]] = [[] for _ in windows]
        until = known_at.timestamp()
        return self._ask(windows, known_at, (), lambda scan: label_waits(scan, windows, until), nothing)

    def plan(self, reference: Sequence[Window]) -> Plan:
        features = tuple(self._predictions.features)
        ask = lambda scan: plan_of(scan, reference)  # noqa: E731
        return self._ask(reference, reference[0].start, features, ask, Plan())

    def parts(self, windows: Sequence[Window]) -> list[tuple[str, ...]]:
        named = self._storage.parts(windows)
        if named is not None:
            return named
        # Of a table nobody knows which rows are new; that there are more or fewer makes another part of them.
        counts = self.counts(windows, [])
        return [(f"{each.start.isoformat()}|{count}",) for each, count in zip(windows, counts, strict=True)]

    def counts(self, windows: Sequence[Window], parts: Sequence[str]) -> list[int]:
        ask = lambda scan: count_rows(scan, windows)  # noqa: E731
        return self._ask(windows, windows[0].start, (), ask, [0] * len(windows), parts)

    def watch(
        self, plan: Plan, windows: Sequence[Window], parts: Sequence[str], *, sketch: bool = False
    ) -> list[WindowSummary]:
        if not windows:
            return []
        empty = WindowSketch() if sketch else None
        nothing = [WindowSummary(each.start, each.end, 0, 0, sketch=empty) for each in windows]
        features = tuple(self._predictions.features)
        ask = lambda scan: summaries_of(scan, plan, windows, sketch=sketch)  # noqa: E731
        return self._ask(windows, windows[0].start, features, ask, nothing, parts)

    def watch_slices(
        self, plan: Plan, windows: Sequence[Window], slices: Sequence[Where]
    ) -> list[list[WindowSummary]]:
        if not windows or not slices:
            return [[] for _ in slices]
        nothing = [[WindowSummary(each.start, each.end, 0, 0) for each in windows] for _ in slices]
        features = tuple(self._predictions.features)
        ask = lambda scan: slices_of(scan, plan, windows, slices)  # noqa: E731
        return self._ask(windows, windows[0].start, features, ask, nothing)

    def commonest(self, name: str, windows: Sequence[Window], count: int) -> list[tuple[Value, int]]:
        ask = lambda scan: commonest_values(scan, name, windows, count)  # noqa: E731
        nothing: list[tuple[Value, int]] = []
        return self._ask(windows, windows[0].start, (name,), ask, nothing)

    def rows(
        self,
        start: datetime,
        end: datetime,
        known_at: datetime,
        features: Sequence[str] | None = None,
        *,
        most: int | None = None,
    ) -> Rows:
        names, window = tuple(self._predictions.features if features is None else features), Window(start, end)
        ask = lambda scan: rows_as_known(scan, window, most)  # noqa: E731
        nothing = no_rows(names, self._task, scored=self._predictions.score is not None)
        return self._ask([window], known_at, names, ask, nothing)

    def wrong_rows(self, windows: Sequence[Window], known_at: datetime, each: int) -> list[LoggedRow]:
        features = tuple(self._predictions.features)
        ask = lambda scan: gravest_mistakes(scan, windows, each)  # noqa: E731
        return self._ask(windows, known_at, features, ask, [])

    def _ask(
        self,
        windows: Sequence[Window],
        known_at: datetime,
        features: tuple[str, ...],
        ask: Callable[[Scan], T],
        nothing: T,
        parts: Sequence[str] | None = None,
    ) -> T:
        """Ask about these windows; `nothing` is the answer when no part of the log (none of `parts`) touches them."""
        start, end = min(w.start for w in windows), max(w.end for w in windows)
        asked = Asked(start, end, known_at, parts)
        try:
            return self._answer(asked, features, ask, nothing)
        except LogError:
            if not self._storage.uneven:
                raise
        return self._answer(replace(asked, careful=True), features, ask, nothing)

    def _answer(self, asked: Asked, features: tuple[str, ...], ask: Callable[[Scan], T], nothing: T) -> T:
        try:
            with self._storage.open(asked) as opened:
                return nothing if opened is None else ask(self._scan(opened, asked.known_at, features))
        except self._storage.errors as error:
            raise LogError(odd_value(self._storage.name, error) or self._storage.explained(error)) from error

    def _scan(self, opened: Opened, known_at: datetime, features: tuple[str, ...]) -> Scan:
        made = self._standard_predictions(opened.predictions, features)
        if opened.labels is None:
            known = self._no_labels(opened.connection)
        else:
            known = self._standard_labels(opened.labels, known_at)
        return Scan(opened.connection, made, known, features, self._task, self._predictions.score is not None)

    def _standard_predictions(self, table: Any, features: tuple[str, ...]) -> Any:
        import ibis

        log = self._predictions
        optional = [each for each in (log.version, log.score) if each]
        _insist_on_columns(table, log.path, [log.id, log.predicted_at, *optional, log.prediction, *features])
        return table.select(
            id=table[log.id].cast("string"),
            predicted_at=table[log.predicted_at].cast("timestamp('UTC', 6)"),
            version=table[log.version].cast("string") if log.version else ibis.literal(""),
            score=table[log.score].cast("float64") if log.score else ibis.null("float64"),
            prediction=outcome(table[log.prediction], self._task, self._classes),
            **{f"f{i}": table[name] for i, name in enumerate(features)},
        )

    def _standard_labels(self, table: Any, known_at: datetime) -> Any:
        log, name = self._labels, self._labels.id or self._predictions.id
        _insist_on_columns(table, log.path or self._storage.name, [name, log.label, log.label_at])
        named = table.select(
            id=table[name].cast("string"),
            label=outcome(table[log.label], self._task, self._classes),
            label_at=table[log.label_at].cast("timestamp('UTC', 6)"),
        )
        known = named.filter(named.label_at <= instant(known_at), named.label.notnull())
        return known.group_by("id").agg(label=known.label.argmax(known.label_at), label_at=known.label_at.max())

    def _no_labels(self, connection: Any) -> Any:
        """An empty table of labels, so that every question has its answer before the first label arrives."""
        import pyarrow as pa

        kind = pa.string() if self._task is Task.MULTICLASS else pa.float64()
        columns = {"id": pa.string(), "label": kind, "label_at": pa.timestamp("us", tz="UTC")}
        return connection.create_table("no_labels", pa.schema(columns).empty_table(), temp=True)


def _insist_on_columns(table: Any, path: str, needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise LogError(
            f"{path}: the column {', '.join(missing)} is missing (there are: {', '.join(table.columns)}); log it, "
            f"or correct its name in the pipeline's YAML"
        )
