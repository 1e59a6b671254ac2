"""A bounded sample of each window's rows, in memory: what pairs of columns are judged from.

Windows of up to SAMPLE rows are taken whole; of larger ones the rows of the smallest fingerprints, about SAMPLE of
them, so that the same rows give the same sample in whatever order they come and whatever windows are asked about
beside theirs, and nothing jumps where sampling begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.summaries import pairs
from core.evaluation.summaries.hashing import text_hashes
from core.evaluation.summaries.ibis_columns import HUGE, as_number, grouped, kind_of
from core.evaluation.summaries.ibis_portable import engine_of, hashed
from core.evaluation.summaries.ibis_windows import AT, column_name, seconds
from core.evaluation.summaries.patterns import bins, bins_of
from core.evaluation.summaries.plan import CLOCK, COARSE_TEXTS, ColumnPlan
from core.evaluation.summaries.summary import ValueKind
from core.evaluation.summaries.traces import Instants

Array = np.ndarray[Any, np.dtype[Any]]
SAMPLE = 20_000
WINDOW, PART, SECONDS = "\0window", "\0part", "\0seconds"
"""Names that no column of a log has."""
THINNED_BY = 4
"""Columns beside the instant that decide whether a row is taken."""
GRAINS = 2**16
"""So finely a share of the rows is told."""


@dataclass(frozen=True)
class Sampled:
    """One window's rows of a sample: its columns (the clock is among them), their instants, and how many rows of
    each text's patterns there are."""

    columns: dict[str, pairs.Column]
    instants: Instants
    patterns: dict[str, tuple[int, ...]]


def sample(
    rows: Any, places: Mapping[str, str], shares: Array, first: int, thinned_by: int = 1
) -> dict[str, Array]:
    """WINDOW, PART, SECONDS and some columns of a share of a narrow log's rows in each window.

    `places` are the columns' names in the log with those in the narrow one, of whose columns the `first` decide;
    one in `thinned_by` of the rows is there already. Numbers come as floats (NaN: missing), texts as objects.
    """
    chosen = _of_each(rows, first, shares, thinned_by) if shares.min(initial=1.0) < 1 else rows
    values = {place: _plain(chosen[place]) for place in places.values()}
    answer = chosen.select("w__", "part__", seconds__=seconds(chosen[AT]), **values).to_pyarrow()
    named = {WINDOW: "w__", PART: "part__", SECONDS: "seconds__", **places}
    return {name: answer.column(place).to_numpy(zero_copy_only=False) for name, place in named.items()}


def bounded(counts: Array) -> Array:
    """The share of each window's rows that SAMPLE of them are."""
    shares: Array = np.minimum(1.0, SAMPLE / np.maximum(counts, 1))
    return shares


def thinned(rows: Any, columns: int, factor: int) -> Any:
    """One in `factor` of the rows, by their fingerprints."""
    return rows.filter(_mark(rows, columns) % factor == 0)


def _of_each(rows: Any, columns: int, shares: Array, thinned_by: int) -> Any:
    """A share of each window's rows."""
    mark = (_mark(rows, columns) // thinned_by) % GRAINS
    below = np.minimum(np.ceil(GRAINS * thinned_by * shares), GRAINS).astype(int)
    if below.min() == below.max():
        return rows.filter(mark < int(below[0]))
    import ibis

    known = ibis.memtable({"w__": list(range(len(below))), "below__": below.tolist()})
    marked = rows.mutate(mark__=mark).inner_join(known, "w__")
    return marked.filter(marked.mark__ < marked.below__).drop("mark__", "below__")


def _mark(rows: Any, columns: int) -> Any:
    """A number from 0 by a row's instant and first columns."""
    return fingerprint(rows, [AT, *(column_name(i) for i in range(min(columns, THINNED_BY)))])


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


def by_window(taken: dict[str, Array], plans: Mapping[str, ColumnPlan]) -> dict[int, Sampled]:
    """The sample cut into windows, ready to be paired."""
    coded = {"w": taken[WINDOW], "part": taken[PART], "seconds": taken[SECONDS]}
    for i, (name, plan) in enumerate(plans.items()):  # by number: a log may name its columns in any way
        if plan.kind is ValueKind.NUMBER:
            coded[f"{i}"] = finite(taken[name])
        else:
            coded |= {f"{i}{what}": each for what, each in _texts(taken[name], plan).items()}
    return {
        window: Sampled(_columns(part, plans), Instants(part["seconds"]), _patterns(part, plans))
        for window, part in grouped(coded, "w")
    }


def _patterns(part: dict[str, Array], plans: Mapping[str, ColumnPlan]) -> dict[str, tuple[int, ...]]:
    found = {}
    for i, (name, plan) in enumerate(plans.items()):
        if plan.patterns:
            there = part[f"{i} pattern"][part[f"{i}"] >= 0]
            found[name] = tuple(np.bincount(there, minlength=bins(plan.patterns)).tolist())
    return found


def _columns(part: dict[str, Array], plans: Mapping[str, ColumnPlan]) -> dict[str, pairs.Column]:
    found = {CLOCK: pairs.clock(part["part"])}
    for i, (name, plan) in enumerate(plans.items()):
        if plan.kind is ValueKind.NUMBER:
            found[name] = pairs.numbers(part[f"{i}"], plan.coarse)
        else:
            bins = min(COARSE_TEXTS, len(plan.known)) + 1
            found[name] = pairs.texts(part[f"{i}"], part[f"{i} coarse"], part[f"{i} hashes"], bins)
    return found


def _texts(values: Array, plan: ColumnPlan) -> dict[str, Array]:
    """A number for each different text (-1: missing), coarse bins, hashes, and bins of patterns where there are."""
    import pyarrow as pa

    texts = values.astype(object)  # none at all come as floats
    encoded = pa.array(texts, pa.string(), from_pandas=True).dictionary_encode()
    different = encoded.dictionary.to_pylist() or [""]
    places = {text: i for i, text in enumerate(plan.known[:COARSE_TEXTS])}
    coarse = np.array([places.get(text, len(places)) for text in different])
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(int)
    held = np.maximum(codes, 0)
    hashes = np.array(text_hashes(different), dtype=np.uint64)
    found = {"": codes, " coarse": coarse[held], " hashes": hashes[held]}
    if plan.patterns:
        found[" pattern"] = bins_of(different, plan.patterns, plan.known)[held]
    return found


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
