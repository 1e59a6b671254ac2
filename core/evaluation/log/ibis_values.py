"""Predictions, labels and scores of a log as they are meant, as Ibis expressions: the same reading as a backtest's
(`core.evaluation.backtest.outcomes`)."""

import re
from collections.abc import Sequence
from typing import Any

from core.config.metric import Task
from core.evaluation.summaries.ibis_portable import read_number

NEITHER = "is neither 0 nor 1, nor one of the classes in pipeline.yaml"
REMEDY = "log the class, declare both names as “classes”, or mend “task”"
WHOLE = 1e15
"""Numbers beyond it are not told apart as whole ones."""


def outcome(column: Any, task: Task, classes: Sequence[str] | None) -> Any:
    """0.0 and 1.0 for BINARY (also from texts, by the names of `classes`), texts for MULTICLASS, finite numbers for
    REGRESSION; null for what is missing. A value that a BINARY task does not have fails the question (NEITHER)."""
    import ibis

    if task is Task.REGRESSION:
        return finite(column)
    key = class_key(column)
    if task is Task.MULTICLASS:
        return key
    first, second = classes or ("0", "1")
    no, yes = key.isin(["0", first]), key.isin(["1", second])
    if column.type().is_integer():  # which is quicker than its text
        no, yes = column == 0, column == 1
    cases = [(column.isnull() | key.isnull(), ibis.null("float64")), (no, 0.0), (yes, 1.0)]
    # No engine knows such a number, so it says which text it could not read.
    failing = (ibis.literal("“") + key + ibis.literal(f"” {NEITHER}")).cast("float64")
    return ibis.cases(*cases, else_=failing)


def odd_value(name: str, error: Exception) -> str:
    """What people read of a question that failed by a value which no class has; empty where it failed otherwise."""
    first = (
        str(error).strip().partition("\n")[0]
    )  # below it engines repeat the question, which has these words, too
    found = re.search(f"“([^”]*)” {re.escape(NEITHER)}", first)
    return "" if found is None else f"{name}: a prediction or label “{found[1]}” {NEITHER}; {REMEDY}"


def class_key(column: Any) -> Any:
    """A class as a text that agrees across types: 1, 1.0, true and “1” are all “1”; empty texts are null."""
    import ibis

    kind = column.type()
    if kind.is_integer():
        return column.cast("string")
    if kind.is_boolean():
        return ibis.ifelse(column, "1", "0")
    if kind.is_string():
        text = column.strip().nullif("")
        number, low = read_number(text), text.lower()
        said = ibis.cases((low == "true", "1"), (low == "false", "0"), else_=text)
        return ibis.ifelse(number.notnull(), _whole(number), said)
    return _whole(column.cast("float64")) if kind.is_numeric() else column.cast("string")


def finite(column: Any) -> Any:
    """As float64, with what is endless or no number as null."""
    import ibis

    number = column.cast("float64")
    return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number)


def _whole(number: Any) -> Any:
    import ibis

    whole = (number == number.floor().cast("float64")) & (number.abs() < WHOLE)
    written = ibis.ifelse(whole, number.round().cast("int64").cast("string"), number.cast("string"))
    return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("string"), written)
