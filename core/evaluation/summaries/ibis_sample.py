"""A bounded sample of each window's rows, in memory: what pairs of columns are judged from.

Windows of up to SAMPLE rows are taken whole. Larger ones are thinned by a fingerprint of the rows, so that the same
rows give the same sample in whatever order they come.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries import pairs
from core.evaluation.summaries.ibis_columns import HUGE, as_number, grouped, kind_of
from core.evaluation.summaries.ibis_portable import engine_of, hashed
from core.evaluation.summaries.ibis_windows import AT, column_name
from core.evaluation.summaries.plan import CLOCK, COARSE_TEXTS, ColumnPlan
from core.evaluation.summaries.summary import ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLE = 20_000
WINDOW, PART = "\0window", "\0part"
"""Names that no column of a log has."""
THINNED_BY = 3
"""Columns beside the instant that decide whether a row is taken."""


def sample(rows: Any, places: Mapping[str, str], thin: int, first: int) -> dict[str, Array]:
    """WINDOW, PART and some columns of one in `thin` of a narrow log's rows.

    `places` are the columns' names in the log with those in the narrow one, of whose columns the `first` decide.
    Numbers come as floats (NaN: missing), texts as objects.
    """
    chosen = thinned(rows, first, thin) if thin > 1 else rows
    values = {place: _plain(chosen[place]) for place in places.values()}
    answer = chosen.select("w__", "part__", **values).to_pyarrow()
    named = {WINDOW: "w__", PART: "part__", **places}
    return {name: answer.column(place).to_numpy(zero_copy_only=False) for name, place in named.items()}


def thinned(rows: Any, columns: int, factor: int) -> Any:
    """One in `factor` of the rows, by their instant and first columns; those of a multiple are among them."""
    names = [column_name(i) for i in range(min(columns, THINNED_BY))]
    return rows.filter(fingerprint(rows, [AT, *names]) % factor == 0)


def fingerprint(rows: Any, columns: Sequence[str]) -> Any:
    """A number that rows share when they are equal in these columns."""
    engine = engine_of(rows)
    parts = [hashed(rows[name], engine) * (2 * i + 1) for i, name in enumerate(columns)]
    while len(parts) > 1:  # in pairs, since engines take only so many sums within each other
        parts = [sum(parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return parts[0]


def hashed_row(rows: Any, columns: Sequence[str]) -> Any:
    """The same for many columns at once, in the engine's own way where it has one: its work, and that of writing the
    query, grows in line with the columns. Other numbers than those of `fingerprint`."""
    import ibis

    engine = engine_of(rows)
    if engine != "duckdb":
        return fingerprint(rows, columns)
    return hashed(ibis.struct({name: rows[name] for name in columns}), engine)


def _plain(column: Any) -> Any:
    return as_number(column) if kind_of(column.type()) is ValueKind.NUMBER else column.cast("string")


def columns_by_window(
    taken: dict[str, Array], plans: Mapping[str, ColumnPlan]
) -> dict[int, dict[str, pairs.Column]]:
    """The sample cut into windows, ready to be paired; the clock is among the columns."""
    coded = {"w": taken[WINDOW], "part": taken[PART]}
    for i, (name, plan) in enumerate(plans.items()):  # by number: a log may name its columns in any way
        if plan.kind is ValueKind.NUMBER:
            coded[f"{i}"] = finite(taken[name])
        else:
            coded[f"{i}"], coded[f"{i} coarse"] = _texts(taken[name], plan)
    return {window: _columns(part, plans) for window, part in grouped(coded, "w")}


def _columns(part: dict[str, Array], plans: Mapping[str, ColumnPlan]) -> dict[str, pairs.Column]:
    found = {CLOCK: pairs.clock(part["part"])}
    for i, (name, plan) in enumerate(plans.items()):
        if plan.kind is ValueKind.NUMBER:
            found[name] = pairs.numbers(part[f"{i}"], plan.coarse)
        else:
            found[name] = pairs.texts(part[f"{i}"], part[f"{i} coarse"])
    return found


def _texts(values: Array, plan: ColumnPlan) -> tuple[Array, Array]:
    """A number for each different text (-1: missing), and the coarse bins."""
    import pyarrow as pa

    encoded = pa.array(values, pa.string(), from_pandas=True).dictionary_encode()
    places = {text: i for i, text in enumerate(plan.known[:COARSE_TEXTS])}
    bins = np.array([places.get(text, len(places)) for text in encoded.dictionary.to_pylist()] or [0])
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(int)
    return codes, bins[np.maximum(codes, 0)]


def finite(values: Array) -> Array:
    """Numbers as floats, NaN for all that is no finite number (also texts that do not read as one)."""
    if values.dtype == object:
        read = {value: _number(value) for value in set(values)}
        values = np.array([read[value] for value in values], dtype=float)
    numbers = values.astype(float)
    return np.where(np.abs(numbers) < HUGE, numbers, np.nan)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
