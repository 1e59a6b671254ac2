"""A log of predictions as the walk reads it: one window after another, only the columns that are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.instants import InstantColumn, literal, read_instants
from core.evaluation.backtest.layout import Layout, lay_out
from core.evaluation.backtest.log_facts import Facts, as_number, ask_facts, ask_values, leanings, of_percent
from core.evaluation.backtest.margins import Curve, are_margins, known_before, learn_curve
from core.evaluation.backtest.options import Options
from core.evaluation.backtest.outcomes import Outcomes, read_outcomes
from core.evaluation.backtest.source import Source, explained, open_source, quoted
from core.evaluation.rows import Rows, Task

AT, LABEL_AT = "goldilocks_at", "goldilocks_label_at"
"""The instants in UTC, under names that no log has."""
RAW_SCORE = "goldilocks_raw_score"
"""Scores that are no probabilities, as the log has them."""
AN_INSTANT = (
    "an instant in ISO 8601 between 1900 and 2200, or a number since 1970; name another column, or write them as "
    "2024-03-01T08:00:00Z"
)


@dataclass(frozen=True)
class BacktestLog:
    """An open log. `table` has every column of the log, and AT (and LABEL_AT where there are labels) in UTC."""

    options: Options
    layout: Layout
    outcomes: Outcomes
    facts: Facts
    table: Any
    raw_at: InstantColumn | None
    name: str
    notes: tuple[str, ...]

    def between(self, start: datetime, end: datetime) -> Any:
        """The rows of `[start, end)`, as an Ibis table; rows without a usable instant are in no window."""
        rows = self.table.filter(self.table[AT] >= literal(start), self.table[AT] < literal(end))
        if self.raw_at is not None and self.raw_at.zoned is False and self.raw_at.raw.type().is_timestamp():
            # The same bounds on the column as it is stored let the engine skip whole blocks of a file.
            low, high = (at.astimezone(UTC).replace(tzinfo=None) for at in (start, end))
            name = self.options.timestamp
            rows = rows.filter(rows[name] >= low, rows[name] < high)
        return rows

    def frame(self, start: datetime, end: datetime, parts: int) -> Any:
        """The rows of `[start, end)` as a data frame, in the order of time and then of their values.

        Of `parts` parts one is read, picked by a hash, so that the order of the log does not matter.
        """
        rows = self.between(start, end)
        if parts > 1:
            by = rows[self.options.id].cast("string") if self.options.id else rows[AT].cast("string")
            rows = rows.filter(by.hash() % parts == 0)
        wanted = rows.select(**self._wanted(rows))
        return wanted.order_by([wanted[name] for name in wanted.columns]).to_pyarrow().to_pandas()

    def _wanted(self, rows: Any) -> dict[str, Any]:
        options = self.options
        wanted = {"at": rows[AT], "prediction": rows[options.prediction]}
        if options.id:
            wanted["id"] = rows[options.id].cast("string")
        if options.label:
            wanted |= {"label": rows[options.label], "label_at": rows[LABEL_AT]}
        if options.score:
            wanted["score"] = rows[options.score]
        return wanted | {f"f{i}": _plain(rows[name]) for i, name in enumerate(self._feature_names)}

    @property
    def _feature_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.layout.features, *self.layout.slice_by)))

    def as_rows(self, frame: Any) -> Rows:
        """What `frame` gave, with predictions, labels and scores as they are meant."""
        import pandas as pd

        prediction = self.outcomes.predictions(frame["prediction"])
        nothing = pd.Series(index=frame.index, dtype="object")
        label = self.outcomes.values(frame.get("label", nothing))
        label_at = frame["label_at"] if "label_at" in frame else pd.Series(pd.NaT, index=frame.index)
        label_at = pd.to_datetime(label_at, utc=True).where(label.notna())
        score = None
        if self.outcomes.probability:
            score = self.outcomes.scores(frame["prediction"], prediction)
        elif "score" in frame:
            score = self.outcomes.scores(frame["score"], prediction)
        features = frame[[f"f{i}" for i in range(len(self._feature_names))]].set_axis(
            list(self._feature_names), axis=1
        )
        return Rows(self.outcomes.task, frame["at"], prediction, label, label_at, features, score)

    def for_model(self, rows: Rows) -> Rows:
        """With the features alone, as estimators read them."""
        return replace(rows, features=rows.features[list(self.layout.features)])

    def for_slices(self, rows: Rows) -> Rows:
        """With the attributes alone that sub-populations are cut by."""
        return replace(rows, features=rows.features[list(self.layout.slice_by)])


@contextmanager
def open_log(log: str, options: Options) -> Iterator[BacktestLog]:
    """Open it, look through it once, and say what it is. BacktestError when it cannot be used."""
    with TemporaryDirectory(prefix="goldilocks-backtest-") as folder:
        texts = [name for name in (options.timestamp, options.label_at) if name]
        with open_source(log, Path(folder), texts) as source, explained(source.name):
            yield _look_through(source, options, Path(folder))


def _look_through(source: Source, options: Options, scratch: Path) -> BacktestLog:
    _insist_on_bounded(options, list(source.table.columns))
    layout = lay_out(options, {name: _is_plain(source.table[name]) for name in source.table.columns})
    at = read_instants(source.table, options.timestamp, "--timestamp")
    arrives = _arrival(source, options, at)
    table = source.table.mutate(**{AT: at.utc} | ({} if arrives is None else {LABEL_AT: arrives.utc}))
    staged = not source.in_place or at.is_text or (arrives is not None and arrives.is_text)
    if staged:
        table = _stage(source, table, scratch)
    table, said, margins = _as_probabilities(table, options)
    facts = ask_facts(table, options, AT, LABEL_AT)
    if facts.first is None:
        raise BacktestError(_no_instants(source, options, facts))
    if options.label_at and facts.labels and facts.labels_without_instant == facts.labels:
        raise BacktestError(
            f"--label-at {options.label_at}: beside none of the {facts.labels:,} labels it holds {AN_INSTANT}"
        )
    usable = table.filter(table[AT].notnull())
    prediction = ask_values(usable, options.prediction)
    leaning = leanings(usable, options, prediction) if options.score else ()
    if margins is not None:  # where their middle lies says nothing
        leaning = [replace(each, low=1.0) for each in leaning]
    label = ask_values(usable, options.label) if options.label else None
    outcomes = read_outcomes(options.task, prediction, label, leaning)
    if margins is not None:
        curve = _learned_curve(table, margins, options, outcomes)
        table = table.mutate(**{str(options.score): curve.of(table[margins])})
        said = (curve.note(str(options.score)),)
    notes = (
        *source.notes,
        *layout.notes,
        *_about_instants(options, at, arrives),
        *said,
        *facts.notes(),
        *outcomes.notes,
    )
    return BacktestLog(options, layout, outcomes, facts, table, None if staged else at, source.name, notes)


def _as_probabilities(table: Any, options: Options) -> tuple[Any, tuple[str, ...], str | None]:
    """The table with scores within 0 to 1, what was done to them, and the column that keeps margins as they were."""
    if not options.score:
        return table, (), None
    if (score := of_percent(table, options.score)) is not None:
        said = f"The scores of {options.score} go up to 100; they are read as percent."
        return table.mutate(**{options.score: score}), (said,), None
    number = as_number(table[options.score])
    if not are_margins(number):
        return table, (), None
    return table.mutate(**{RAW_SCORE: number, options.score: Curve().of(number)}), (), RAW_SCORE


def _learned_curve(table: Any, margins: str, options: Options, outcomes: Outcomes) -> Curve:
    """What makes margins probabilities, by the labels that were in when history ends."""
    if not options.label or outcomes.task is not Task.BINARY:
        return Curve()
    names = {"at": AT, "label_at": LABEL_AT, "score": margins, "label": options.label}
    known = known_before(table, options.reference_until, names)
    return learn_curve(known["score"].to_numpy(float), outcomes.values(known["label"]).to_numpy(float))


def _insist_on_bounded(options: Options, columns: list[str]) -> None:
    for name in options.checks:
        if name not in columns:
            raise BacktestError(f"--checks: {name}: the log has no such column (it has {', '.join(columns[:30])})")


def _arrival(source: Source, options: Options, at: InstantColumn) -> InstantColumn | None:
    """When the label of each row arrives; the delay is counted from the prediction."""
    if options.label is None:
        return None
    if options.label_at is not None:
        return read_instants(source.table, options.label_at, "--label-at")
    if options.label_delay is None:
        return InstantColumn(at.utc, at.utc, True)
    import ibis

    delay = ibis.interval(seconds=int(options.label_delay.total_seconds()))
    return InstantColumn(at.utc, at.utc + delay, True)


def _stage(source: Source, table: Any, scratch: Path) -> Any:
    """A copy with instants that are parsed once, in the order of time, in the run's own folder."""
    connection = source.connection
    if source.in_place:
        connection.raw_sql(f"ATTACH {quoted(scratch / 'log.duckdb')} AS scratch")
        return connection.create_table("staged", table.order_by(table[AT]), database="scratch.main")
    return connection.create_table("staged", table.order_by(table[AT]))


def _no_instants(source: Source, options: Options, facts: Facts) -> str:
    if facts.rows == 0:
        return " ".join([f"LOG: {source.name}: there is no row in it.", *source.notes]).removesuffix(".")
    example = f" (such as “{facts.example}”)" if facts.example else ""
    return f"--timestamp {options.timestamp}: none of its {facts.rows:,} values{example} is {AN_INSTANT}"


def _about_instants(options: Options, at: InstantColumn, arrives: InstantColumn | None) -> list[str]:
    notes = []
    for option, name, column in (("timestamp", options.timestamp, at), ("label-at", options.label_at, arrives)):
        if name and column is not None and column.zoned is False:
            notes.append(f"--{option} {name} has no offset; it is taken as UTC.")
        if name and column is not None and column.zoned is None:
            notes.append(f"--{option} {name} is read as ISO 8601; values without an offset are taken as UTC.")
    if options.label is None:
        notes.append("Without --label only the data is checked: no metric, no estimate, no page.")
    elif options.label_at is None and options.label_delay is None:
        notes.append(
            "Neither --label-at nor --label-delay is given, so each label is taken to be known at once, with its "
            "prediction."
        )
    return notes


def _is_plain(column: Any) -> bool:
    kind = column.type()
    return bool(kind.is_numeric() or kind.is_boolean() or kind.is_string() or kind.is_temporal() or kind.is_uuid())


def _plain(column: Any) -> Any:
    """Numbers, booleans and times as float64 (seconds since 1970), everything else as text."""
    kind = column.type()
    if kind.is_numeric() or kind.is_boolean():
        return (column.cast("int8") if kind.is_boolean() else column).cast("float64")
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp(6)").epoch_seconds().cast("float64")
    return column.cast("string")
