"""Summaries by the engine that holds the rows, through Ibis: aggregates come out, rows only as a plan's sample."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries.ibis_columns import LARGE, THINNING, arrays, summarise_column
from core.evaluation.summaries.ibis_sample import THINNED_BY, columns_by_window, fingerprint, sample
from core.evaluation.summaries.ibis_windows import AT, TOGETHER, NarrowLog, column_name
from core.evaluation.summaries.pairs import Column, measure
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import PROFILE_PARTS, ColumnSummary, PairSummary, WindowSummary
from core.evaluation.windows import Window

Array = np.ndarray[Any, np.dtype[Any]]


def summarise(
    table: Any, plan: Plan, *, at: str, windows: Sequence[Window], id: str | None = None
) -> list[WindowSummary]:
    """The summary of each window, in their order; windows must not overlap. Empty ones have no columns.

    `table` is an Ibis table, `at` names its instants and `id` its ids. Columns of the plan that the table has not
    are left out.
    """
    if not windows:
        return []
    names = [name for name in plan.columns if name in table.columns]
    log = NarrowLog(table, at, windows, [*names, *([] if id is None else [id])])
    counts, ids, profiles = _rows(log.of([] if id is None else [id]), id is not None, len(windows))
    log.all_inside = len(windows) == 1 and counts[0] > LARGE and counts[0] == table.count().execute()
    repeats = _repeats(log.of(names), len(names), len(windows), int(counts.max()))
    columns = _columns(log, names, plan, counts)
    pairs = _pairs(log, names, plan, int(counts.max()))
    return [
        WindowSummary(
            window.start,
            window.end,
            int(counts[i]),
            int(ids[i]),
            int(repeats[i]),
            tuple(int(n) for n in profiles[i]),
            columns[i],
            pairs.get(i, ()),
        )
        for i, window in enumerate(windows)
    ]


def _columns(log: NarrowLog, names: Sequence[str], plan: Plan, counts: Array) -> list[dict[str, ColumnSummary]]:
    """By window; a few columns are held by the engine at a time, since each query costs with all that it sees."""
    columns: list[dict[str, ColumnSummary]] = [{} for _ in counts]
    for few in (names[i : i + TOGETHER] for i in range(0, len(names), TOGETHER)):
        with log.held(few) as rows:
            for i, name in enumerate(few):
                summaries = summarise_column(rows, column_name(i), plan.columns[name], counts)
                for found, summary in zip(columns, summaries, strict=True):
                    if summary is not None:
                        found[name] = summary
    return columns


def _pairs(log: NarrowLog, names: Sequence[str], plan: Plan, most: int) -> dict[int, tuple[PairSummary, ...]]:
    """The plan's pairs in each window, of columns that are there."""
    wanted = {name for pair in plan.pairs for name in pair} & set(names)
    plans = {name: each for name, each in plan.columns.items() if name in wanted}
    if not plans:
        return {}
    by_window = columns_by_window(sample(log.of(list(plans)), list(plans), most), plans)
    return {window: _measured(plan.pairs, columns) for window, columns in by_window.items()}


def _measured(wanted: Sequence[tuple[str, str]], columns: Mapping[str, Column]) -> tuple[PairSummary, ...]:
    there = [(a, b) for a, b in wanted if a in columns and b in columns]
    found = [measure(a, b, columns[a], columns[b]) for a, b in there]
    return tuple(pair for pair in found if pair is not None)


def _rows(rows: Any, id: bool, windows: int) -> tuple[Array, Array, Array]:
    """Rows, different ids and profile of each window."""
    answer = arrays(rows.group_by("w__", "part__").agg(n=rows.count()))
    profiles = np.zeros((windows, PROFILE_PARTS), dtype=int)
    profiles[answer["w__"].astype(int), answer["part__"].astype(int)] = answer["n"]
    counts = profiles.sum(1)
    ids = counts.copy()
    if id:
        answer = arrays(rows.group_by("w__").agg(n=rows[column_name(0)].nunique()))
        ids[answer["w__"].astype(int)] = answer["n"]
    return counts, ids, profiles


def _repeats(rows: Any, columns: int, windows: int, most: int) -> Array:
    """Rows that are equal to another in their instant and every column; of large windows from one in THINNING."""
    names = [AT, *map(column_name, range(columns))]
    factor = THINNING if most > LARGE else 1
    some = rows.filter(fingerprint(rows, names[: 1 + THINNED_BY]) % factor == 0) if factor > 1 else rows
    chosen = some.select(w=some.w__, row=fingerprint(some, names))
    answer = arrays(chosen.group_by("w").agg(n=chosen.count() - chosen.row.nunique()))
    repeats = np.zeros(windows, dtype=int)
    repeats[answer["w"].astype(int)] = answer["n"] * factor
    return repeats
