"""A plan from a log, through Ibis: known texts by counting, bins and partners from a sample of the rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries import pairs
from core.evaluation.summaries.ibis_columns import arrays, kind_of
from core.evaluation.summaries.ibis_sample import SAMPLE, columns_by_window, finite, sample
from core.evaluation.summaries.ibis_windows import NarrowLog, column_name
from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.plan import KNOWN_VALUES, ColumnPlan, Plan
from core.evaluation.summaries.summary import ValueKind
from core.evaluation.windows import Window

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLED_WINDOWS = 12
"""Windows of the reference, evenly chosen, that bins and partners come from."""
NUMERIC_TEXT = 0.95
"""A column of texts is one of numbers when this share of the reference's values reads as such."""


def make_plan(table: Any, columns: Sequence[str], *, at: str, windows: Sequence[Window]) -> Plan:
    """A plan from the rows of these windows (the reference).

    `table` is an Ibis table; `at` names its instants (timestamps). Raises ValueError when a column is not there or
    there are no windows. The order of rows does not matter.
    """
    unknown = [name for name in [at, *columns] if name not in table.columns]
    if unknown or not windows:
        raise ValueError(f"no such column: {', '.join(unknown)}" if unknown else "a plan needs reference windows")
    log = NarrowLog(table, at, windows)
    taken = _reference_sample(log.of(columns), list(columns), len(windows))
    plans = {name: _column_plan(log.of([name]), taken[name]) for name in columns}
    return Plan(plans, pairs.choose(list(columns_by_window(taken, plans).values())))


def _reference_sample(rows: Any, columns: list[str], windows: int) -> dict[str, Array]:
    """At most about SAMPLE rows of evenly chosen windows; of all, should those be empty."""
    every = max(1, windows // SAMPLED_WINDOWS)
    chosen = rows.filter(rows.w__ % every == every // 2)
    count = int(chosen.count().execute())
    if not count:
        chosen = rows
        count = int(chosen.count().execute())
    places = {name: column_name(i) for i, name in enumerate(columns)}
    return sample(chosen, places, -(-count // SAMPLE), len(columns))


def _column_plan(rows: Any, values: Array) -> ColumnPlan:
    column = rows[column_name(0)]
    kind, type = kind_of(column.type()), str(column.type())
    if kind is ValueKind.TEXT and not _reads_as_numbers(values):
        return ColumnPlan(ValueKind.TEXT, type, known=_known(rows))
    numbers = finite(values)
    return number_plan(type, numbers[np.isfinite(numbers)])


def _reads_as_numbers(values: Array) -> bool:
    present = np.array([value for value in values if value is not None], dtype=object)
    return present.size > 0 and bool(np.isfinite(finite(present)).mean() >= NUMERIC_TEXT)


def _known(rows: Any) -> tuple[str, ...]:
    """The commonest texts. Those of a single window say nothing about the next one, so they are not known."""
    base = rows.select(w=rows.w__, value=rows[column_name(0)].cast("string"))
    present = base.filter(base.value.notnull())
    counted = present.group_by("value").agg(n=present.count(), windows=present.w.nunique())
    lasting = counted.filter(counted.windows > 1)
    answer = arrays(lasting.order_by(lasting.n.desc(), lasting.value).limit(KNOWN_VALUES))
    return tuple(str(value) for value in answer["value"])
