"""What one pass over a log tells: its extent, and what in it cannot be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.evaluation.backtest.options import Options
from core.evaluation.backtest.outcomes import MOST_SEEN, Leaning, ValueFacts, key_of

MOST_KEYS = MOST_SEEN + 1
PERCENT_FROM = 50.0
"""Scores that reach this, and none beyond 100, are percent."""
WHOLE = 2.0**53
"""From here on every float is a whole number."""


@dataclass(frozen=True)
class Facts:
    """Counts of rows; all but the first three are among the rows with a usable instant.

    `first` and `last` are the earliest and latest usable instants, None when there is none; `last_label` is when the
    last label arrived; `example` is an
    instant that could not be used, `odd_score` a score.
    """

    rows: int
    without_instant: int = 0
    bad_instant: int = 0
    first: datetime | None = None
    last: datetime | None = None
    example: str | None = None
    without_id: int = 0
    repeated_ids: int = 0
    without_prediction: int = 0
    without_score: int = 0
    no_number_scores: int = 0
    odd_score: str | None = None
    odd_scores: int = 0
    infinite_predictions: int = 0
    labels: int = 0
    last_label: datetime | None = None
    infinite_labels: int = 0
    labels_without_instant: int = 0
    early_labels: int = 0

    @property
    def end(self) -> datetime:
        """The last instant that the log knows of: of a prediction or of a label. ValueError without any."""
        return max(at for at in (self.last, self.last_label) if at is not None)

    def notes(self) -> list[str]:
        """A sentence for everything that is skipped or odd; nothing is left out in silence."""
        rows = self.rows - self.without_instant - self.bad_instant
        odd, score = _quoted(self.example), _quoted(self.odd_score)
        said = [
            (self.without_instant, "{n} without a timestamp {were} skipped."),
            (self.bad_instant, f"{{n}} whose timestamp is no instant (such as {odd}) {{were}} skipped."),
            (self.without_id, "{n} {have} no id."),
            (self.repeated_ids, "{n} repeat{s} an id that another row has; all of them count."),
            (self.without_prediction, "{n} {have} no prediction; they count as rows, but in no metric."),
            (
                self.infinite_predictions,
                "{n} {have} an infinite prediction; they count as rows, but in no metric.",
            ),
            (self.without_score, "{n} {have} no score."),
            (
                self.no_number_scores,
                f"{{n}} {{have}} a score that is no number (such as {score}); it counts as missing.",
            ),
            (self.odd_scores, "{n} {have} a score outside 0 to 1; it counts as missing."),
            (self.infinite_labels, "{n} {have} an infinite label; it counts as unknown."),
            (
                self.labels_without_instant,
                "{n} {have} a label without the time of its arrival; only the realized metric knows it.",
            ),
            (self.early_labels, "{n} {have} a label that arrived before the prediction was made."),
        ]
        return [_counted(text, count, rows) for count, text in said if count]


def _quoted(example: str | None) -> str:
    """In quotes, and safe inside a format."""
    return "“" + (example or "").replace("{", "{{").replace("}", "}}") + "”"


def _counted(text: str, count: int, rows: int) -> str:
    one = count == 1
    return text.format(
        n=f"{count:,} row{'' if one else 's'}" + (f" of {rows:,}" if rows >= count else ""),
        were="was" if one else "were",
        have="has" if one else "have",
        s="s" if one else "",
    )


def ask_facts(table: Any, options: Options, at: str, label_at: str) -> Facts:
    """One scan of the columns that have a role."""
    usable = table[at].notnull()
    parts: dict[str, Any] = {
        "rows": table.count(),
        "without_instant": table[options.timestamp].isnull().sum(),
        "bad_instant": (table[options.timestamp].notnull() & table[at].isnull()).sum(),
        "first": table[at].min(),
        "last": table[at].max(),
        "example": _text(table, options.timestamp).max(where=table[at].isnull()),
        "without_prediction": (usable & table[options.prediction].isnull()).sum(),
        "infinite_predictions": (usable & _infinite(table[options.prediction])).sum(),
    }
    if options.id:
        key = table[options.id]
        parts["without_id"] = (usable & key.isnull()).sum()
        parts["repeated_ids"] = (usable & key.notnull()).sum() - key.nunique(where=usable)
    if options.score:
        score = as_number(table[options.score])
        missing = score.isnull() | score.isnan()
        no_number = missing & table[options.score].notnull() if table[options.score].type().is_string() else None
        if no_number is not None:
            parts["no_number_scores"] = (usable & no_number).sum()
            parts["odd_score"] = table[options.score].max(where=usable & no_number)
            parts["without_score"] = (usable & missing & ~no_number).sum()
        else:
            parts["without_score"] = (usable & missing).sum()
        parts["odd_scores"] = (usable & ~missing & ((score < 0) | (score > 1))).sum()
    if options.label:
        labelled = usable & table[options.label].notnull()
        parts["labels"] = labelled.sum()
        parts["last_label"] = table[label_at].max(where=labelled)
        parts["infinite_labels"] = (usable & _infinite(table[options.label])).sum()
        parts["labels_without_instant"] = (labelled & table[label_at].isnull()).sum()
        parts["early_labels"] = (labelled & (table[label_at] < table[at])).sum()
    found = table.agg(**parts).to_pyarrow().to_pylist()[0]
    return Facts(**{name: _fact(value) for name, value in found.items() if value is not None})


def _fact(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value if isinstance(value, str) else int(value)


def ask_values(table: Any, name: str) -> ValueFacts:
    """What the predictions or labels are, over all usable rows."""
    import ibis

    column = table[name]
    kind = column.type()
    if not (kind.is_numeric() or kind.is_boolean()):
        keys = _different(column.cast("string"))
        numbers = [_float(key) for key in keys]
        numeric = all(number is not None for number in numbers)
        return ValueFacts(keys, numeric, numeric and all(n == int(n) for n in numbers if n is not None))
    number = as_number(column)
    finite = number.notnull() & ~_infinite(column) & ~number.isnan()
    small = ibis.ifelse(finite & (number.abs() < WHOLE), number, 0.0)
    found = table.agg(
        low=number.min(where=finite),
        high=number.max(where=finite),
        broken=(small != small.floor()).sum(),
    )
    answer = found.to_pyarrow().to_pylist()[0]
    whole = not answer["broken"]
    keys = _different(column) if whole else frozenset({"0.5", "1.5", "2.5"})
    return ValueFacts(keys, True, whole, answer["low"], answer["high"])


def _different(column: Any) -> frozenset[str]:
    values = column.name("value").as_table().distinct().limit(MOST_KEYS).to_pyarrow().to_pylist()
    keys = (key_of(row["value"]) for row in values if row["value"] is not None)
    return frozenset(key for key in keys if key is not None)


def leanings(table: Any, options: Options, prediction: ValueFacts) -> Sequence[Leaning]:
    """The scores of the rows with each predicted class, where there are two."""
    if len(prediction.keys) > 2 or not options.score:
        return ()
    score = as_number(table[options.score])
    named = table.select(key=table[options.prediction], score=score).filter(score.between(0, 1))
    answer = named.group_by("key").agg(mean=named.score.mean(), low=(named.score < 0.5).mean())
    found = []
    for row in answer.to_pyarrow().to_pylist():
        key = None if row["key"] is None else key_of(row["key"])
        if key is not None and row["mean"] is not None:
            found.append(Leaning(key, row["mean"], row["low"]))
    return found


def of_percent(table: Any, name: str) -> Any:
    """The scores of a log that writes them from 0 to 100, as probabilities; None for others."""
    score = as_number(table[name])
    finite = table.select(score=score).filter(score.notnull() & ~_infinite(score))
    found = finite.agg(low=finite.score.min(), high=finite.score.max()).to_pyarrow().to_pylist()[0]
    inside = found["high"] is not None and found["low"] >= 0 and PERCENT_FROM <= found["high"] <= 100
    return score / 100 if inside else None


def _text(table: Any, name: str) -> Any:
    return table[name].cast("string")


def as_number(column: Any) -> Any:
    """As float64; texts that are no number are missing."""
    if column.type().is_string():
        return column.try_cast("float64")
    return (column.cast("int8") if column.type().is_boolean() else column).cast("float64")


def _infinite(column: Any) -> Any:
    import ibis

    return column.isinf() if column.type().is_floating() else ibis.literal(False)


def _float(key: str) -> float | None:
    try:
        return float(key)
    except ValueError:
        return None
