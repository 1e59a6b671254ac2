"""A plan from a log, through Ibis: known texts by counting, bins and partners from a sample of the rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries import foretell, formula, joint, neighbours, pairs
from core.evaluation.summaries.ibis_columns import STACKED_VALUES, arrays, cut, kind_of
from core.evaluation.summaries.ibis_sample import SAMPLE, WINDOW, by_window, finite, sample
from core.evaluation.summaries.ibis_windows import TOGETHER, NarrowLog, column_name
from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.patterns import known_patterns
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
    texts = [name for name in columns if _is_text(table[name], taken[name])]
    known = _known(log, texts)
    plans = {name: _column_plan(table[name], taken[name], taken[WINDOW], known.get(name)) for name in columns}
    sampled = list(by_window(taken, plans).values())
    seen = [each.columns for each in sampled]
    related = pairs.relations(seen)
    wide = len(plans) <= pairs.MANY_COLUMNS
    near = pairs.nearest(related)
    together = joint.choose_joint(seen, near, wide=wide)
    foretold = foretell.choose_foretold(seen, plans, near)
    formulas = formula.choose_formulas(seen, plans, near)
    formulas += neighbours.choose_between([(each.columns, each.instants) for each in sampled])
    return Plan(plans, pairs.choose(related), together, foretold, formulas)


def _reference_sample(rows: Any, columns: list[str], windows: int) -> dict[str, Array]:
    """At most about SAMPLE rows of evenly chosen windows; of all, should those be empty."""
    every = max(1, windows // SAMPLED_WINDOWS)
    chosen = rows.filter(rows.w__ % every == every // 2)
    count = int(chosen.count().execute())
    if not count:
        chosen = rows
        count = int(chosen.count().execute())
    places = {name: column_name(i) for i, name in enumerate(columns)}
    shares = np.full(windows, min(1.0, SAMPLE / max(1, count)))
    return sample(chosen, places, shares, len(columns))


def _is_text(column: Any, values: Array) -> bool:
    return kind_of(column.type()) is ValueKind.TEXT and not _reads_as_numbers(values)


def _column_plan(column: Any, values: Array, windows: Array, known: tuple[str, ...] | None) -> ColumnPlan:
    """The plan of a column; `known` are its commonest texts, None where it holds numbers."""
    type = str(column.type())
    if known is not None:
        return ColumnPlan(ValueKind.TEXT, type, known=known, patterns=known_patterns(values, windows, known))
    numbers = finite(values)
    there = np.isfinite(numbers)
    return number_plan(type, numbers[there], windows[there])


def _reads_as_numbers(values: Array) -> bool:
    present = np.array([value for value in values if value is not None], dtype=object)
    return present.size > 0 and bool(np.isfinite(finite(present)).mean() >= NUMERIC_TEXT)


def _known(log: NarrowLog, names: list[str]) -> dict[str, tuple[str, ...]]:
    """The commonest texts of each column. Those of a single window say nothing about the next one, so they are not
    known. Several columns are asked about at once where the rows are few: to write a query takes longer then."""
    if not names:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    rows = int(log.of([]).count().execute())
    for few in cut(names, max(1, min(TOGETHER, STACKED_VALUES // max(1, rows)))):
        answer = arrays(_commonest(log.of(few), len(few)))
        order = np.lexsort((answer["rank"], answer["c"]))
        texts, columns = answer["value"][order], answer["c"][order]
        found |= {name: tuple(str(text) for text in texts[columns == i]) for i, name in enumerate(few)}
    return found


def _commonest(rows: Any, columns: int) -> Any:
    """The KNOWN_VALUES commonest texts of each of the first columns of a narrow log, with their rank."""
    import ibis

    parts = [
        rows.select(c=ibis.literal(i, type="int16"), w=rows.w__, value=rows[column_name(i)].cast("string"))
        for i in range(columns)
    ]
    base = ibis.union(*parts) if columns > 1 else parts[0]
    present = base.filter(base.value.notnull())
    counted = present.group_by("c", "value").agg(n=present.count(), windows=present.w.nunique())
    lasting = counted.filter(counted.windows > 1)
    by_count = ibis.window(group_by=lasting.c, order_by=[lasting.n.desc(), lasting.value])
    ranked = lasting.select("c", "value", rank=ibis.row_number().over(by_count))
    return ranked.filter(ranked["rank"] < KNOWN_VALUES)
