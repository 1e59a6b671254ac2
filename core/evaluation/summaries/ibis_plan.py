"""A plan from a log, through Ibis: known texts by counting, bins and partners from a sample of the rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries.ibis_columns import HUGE, arrays, as_number, kind_of
from core.evaluation.summaries.ibis_windows import in_windows
from core.evaluation.summaries.make_plan import choose_pairs, clock_codes, number_plan
from core.evaluation.summaries.plan import CLOCK, COARSE_TEXTS, KNOWN_VALUES, ColumnPlan, Plan
from core.evaluation.summaries.summary import ValueKind
from core.evaluation.windows import Window

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLE = 20_000
"""Rows that bins and partners are chosen from; every share of them is known to half a percent."""
SAMPLED_WINDOWS = 16
"""Windows among them that partners are looked for in."""
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
    rows = in_windows(table, at, windows)
    sample = _sample(rows, at, list(columns), len(windows))
    plans = {name: _column_plan(rows, name, sample) for name in columns}
    coded, exact = {}, {}
    for name, plan in plans.items():
        coded[name], exact[name] = _codes(sample[name], plan)
    parts = sample["part__"].astype(int)
    coded[CLOCK], exact[CLOCK] = clock_codes(parts), parts
    few = _few_windows(sample["w__"])
    pairs = choose_pairs(
        {name: codes[few] for name, codes in coded.items()},
        {name: codes[few] for name, codes in exact.items()},
        sample["w__"][few],
    )
    return Plan(plans, pairs)


def _sample(rows: Any, at: str, columns: list[str], windows: int) -> dict[str, Array]:
    """About SAMPLE rows, whole windows first: those of evenly chosen windows, thinned by a fingerprint."""
    every = max(1, windows // SAMPLED_WINDOWS)
    chosen = rows.filter(rows.w__ % every == every // 2) if every > 1 else rows
    count = int(chosen.count().execute())
    thin = max(1, -(-count // SAMPLE))
    if thin > 1:
        chosen = chosen.filter(_fingerprint(chosen, [at, *columns]) % thin == 0)
    values = {
        name: as_number(chosen[name])
        if kind_of(chosen[name].type()) is ValueKind.NUMBER
        else chosen[name].cast("string")
        for name in columns
    }
    return arrays(chosen.select("w__", "part__", **values))


def _plain(column: Any) -> Any:
    return as_number(column) if kind_of(column.type()) is ValueKind.NUMBER else column.cast("string")


def _fingerprint(rows: Any, columns: list[str]) -> Any:
    total: Any = 0
    for i, name in enumerate(columns):
        total = total + (rows[name].hash() % (2**31)).abs() * (2 * i + 1)
    return total


def _column_plan(rows: Any, name: str, sample: dict[str, Array]) -> ColumnPlan:
    column = rows[name]
    values = sample[name]
    if kind_of(column.type()) is ValueKind.TEXT:
        read = _read_as_numbers(values)
        if read is None:
            return ColumnPlan(ValueKind.TEXT, str(column.type()), known=_known(rows, name))
        values = read
    return number_plan(str(column.type()), _finite(values))


def _read_as_numbers(values: Array) -> Array | None:
    """Texts as numbers, None when too few of them are."""
    present = [str(value) for value in values if value is not None]
    read = [number for value in present if (number := _number(value)) is not None]
    return np.array(read) if present and len(read) >= NUMERIC_TEXT * len(present) else None


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _finite(values: Array) -> Array:
    numbers = values.astype(float)
    kept: Array = numbers[np.isfinite(numbers) & (np.abs(numbers) < HUGE)]
    return kept


def _known(rows: Any, name: str) -> tuple[str, ...]:
    base = rows.select(value=rows[name].cast("string"))
    present = base.filter(base.value.notnull())
    counted = present.group_by("value").agg(n=present.count())
    answer = arrays(counted.order_by(counted.n.desc(), counted.value).limit(KNOWN_VALUES))
    return tuple(str(value) for value in answer["value"])


def _codes(values: Array, plan: ColumnPlan) -> tuple[Array, Array]:
    """Coarse bins and a number for each different value; -1 where there is none."""
    if plan.kind is ValueKind.TEXT:
        texts = np.array([None if value is None else str(value) for value in values], dtype=object)
        places = {value: i for i, value in enumerate(plan.known[:COARSE_TEXTS])}
        coded = np.array([-1 if v is None else places.get(v, len(places)) for v in texts])
        numbered = {value: i for i, value in enumerate(sorted({v for v in texts if v is not None}))}
        return coded, np.array([-1 if v is None else numbered[v] for v in texts])
    numbers = (
        np.array([_number(str(v)) for v in values], dtype=float)
        if values.dtype == object
        else values.astype(float)
    )
    there = np.isfinite(numbers) & (np.abs(numbers) < HUGE)
    coded, exact = np.full(len(numbers), -1), np.full(len(numbers), -1)
    coded[there] = np.searchsorted(np.array(plan.coarse), numbers[there], side="right")
    exact[there] = np.unique(numbers[there], return_inverse=True)[1]
    return coded, exact


def _few_windows(window: Array) -> Array:
    """Which rows lie in at most SAMPLED_WINDOWS of the sample's windows."""
    seen = np.unique(window)
    step = max(1, len(seen) // SAMPLED_WINDOWS)
    chosen: Array = np.isin(window, seen[::step])
    return chosen
