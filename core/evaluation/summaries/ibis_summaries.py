"""Summaries by the engine that holds the rows, through Ibis: aggregates come out, rows only as a plan's sample."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.log.prediction_log import Where
from core.evaluation.summaries.foretell import measure_foretold
from core.evaluation.summaries.formula import measure_formula
from core.evaluation.summaries.ibis_columns import STACKED_VALUES, Asked, Measured, arrays, cut
from core.evaluation.summaries.ibis_numbers import LARGE, THINNING, summarise_numbers
from core.evaluation.summaries.ibis_sample import Sampled, bounded, by_window, hashed_row, sample, thinned
from core.evaluation.summaries.ibis_slices import apart
from core.evaluation.summaries.ibis_texts import different_texts, summarise_texts
from core.evaluation.summaries.ibis_windows import AT, MOST_TOGETHER, TOGETHER, NarrowLog, column_name
from core.evaluation.summaries.joint import measure_joint
from core.evaluation.summaries.neighbours import measure_between
from core.evaluation.summaries.pairs import Column, measure
from core.evaluation.summaries.plan import CLOCK, ColumnPlan, Formula, FormulaPlan, Plan
from core.evaluation.summaries.sketch import Different, WindowSketch, smallest
from core.evaluation.summaries.summary import (
    PROFILE_PARTS,
    FormulaSummary,
    PairSummary,
    ValueKind,
    WindowSummary,
)
from core.evaluation.summaries.traces import trace
from core.evaluation.windows import Window

Array = np.ndarray[Any, np.dtype[Any]]


def summarise(
    table: Any, plan: Plan, *, at: str, windows: Sequence[Window], id: str | None = None, sketch: bool = False
) -> list[WindowSummary]:
    """The summary of each window, in their order; windows must not overlap. Empty ones have no columns.

    `table` is an Ibis table, `at` names its instants and `id` its ids. Columns of the plan that the table has not
    are left out. With `sketch`, summaries carry what it takes to add rows to them later (see `merge`).
    """
    if not windows:
        return []
    names = [name for name in plan.columns if name in table.columns]
    log = NarrowLog(table, at, windows, [*names, *([] if id is None else [id])])
    counts, ids, profiles = _rows(log.of([] if id is None else [id]), id is not None, len(windows))
    log.all_inside = len(windows) == 1 and counts[0] > LARGE and counts[0] == table.count().execute()
    repeats, sampled = _of_rows(log, names, plan, counts)
    columns = _columns(log, names, plan, counts, sketch=sketch)
    different = _ids(log, id, counts, ids) if sketch and id is not None else {}
    return [
        WindowSummary(
            window.start,
            window.end,
            int(counts[i]),
            int(ids[i]),
            int(repeats[i]),
            tuple(int(n) for n in profiles[i]),
            {name: summary for name, (summary, _) in columns[i].items()},
            **_from_sample(plan, sampled.get(i)),
            sketch=_window_sketch(columns[i], different.get(i, Different()), id) if sketch else None,
        )
        for i, window in enumerate(windows)
    ]


def summarise_slices(
    table: Any, plan: Plan, *, at: str, windows: Sequence[Window], slices: Sequence[Where], id: str | None = None
) -> list[list[WindowSummary]]:
    """Of each slice the summary of each window: all of `summarise` but what is said of pairs, of neighbours, of
    repeated rows and of the attributes that make the slice. Slices of the same attributes cost one pass together.
    """
    found: list[list[WindowSummary]] = [[] for _ in slices]
    for group in apart(slices) if windows else []:
        few = [slices[place] for place in group]
        names = [name for name in plan.columns if name in table.columns and name not in few[0]]
        log = NarrowLog(table, at, windows, [*names, *([] if id is None else [id])], few)
        cells = [window for window in windows for _ in few]
        counts, ids, profiles = _rows(log.of([] if id is None else [id]), id is not None, len(cells))
        columns = _columns(log, names, plan, counts, sketch=False)
        for i, window in enumerate(cells):
            profile = tuple(int(n) for n in profiles[i])
            values = {name: summary for name, (summary, _) in columns[i].items()}
            summary = WindowSummary(
                window.start, window.end, int(counts[i]), int(ids[i]), profile=profile, columns=values
            )
            found[group[i % len(few)]].append(summary)
    return found


def _columns(
    log: NarrowLog, names: Sequence[str], plan: Plan, counts: Array, *, sketch: bool
) -> list[dict[str, Measured]]:
    """By window; a few columns are held by the engine at a time, since each query costs with all that it sees."""
    columns: list[dict[str, Measured]] = [{} for _ in counts]
    together = max(TOGETHER, min(MOST_TOGETHER, STACKED_VALUES // max(1, int(counts.sum()))))
    log.few = int(counts.sum()) * together <= STACKED_VALUES
    for few in cut(names, together):
        with log.held(few) as rows:
            places = {name: column_name(i) for i, name in enumerate(few)}
            for kind, measure_all in ((ValueKind.NUMBER, summarise_numbers), (ValueKind.TEXT, summarise_texts)):
                alike = [name for name in few if plan.columns[name].kind is kind]
                for stack in cut(alike, max(1, STACKED_VALUES // max(1, int(counts.sum())))):
                    plans = [plan.columns[name] for name in stack]
                    asked = Asked(rows, [places[name] for name in stack], plans, counts, sketch)
                    for name, found in zip(stack, measure_all(asked), strict=True):
                        _put(columns, name, found)
    return [{name: each[name] for name in names if name in each} for each in columns]


def _put(columns: list[dict[str, Measured]], name: str, found: Sequence[Measured | None]) -> None:
    for window, measured in zip(columns, found, strict=True):
        if measured is not None:
            window[name] = measured


def _of_rows(log: NarrowLog, names: Sequence[str], plan: Plan, counts: Array) -> tuple[Array, dict[int, Sampled]]:
    """Repeats and a sample of each window; where one is large, from the same one in THINNING of the rows."""
    rows = log.of(names)
    plans = {name: plan.columns[name] for name in names}
    places = {name: column_name(i) for i, name in enumerate(names)}
    if counts.max() <= LARGE:
        taken = sample(rows, places, bounded(counts), len(names))
        return _repeats(rows, len(names), len(counts)), by_window(taken, plans)
    with thinned(rows, len(names), THINNING).cache() as few:
        taken = sample(few, places, bounded(counts), len(names), THINNING)
        return THINNING * _repeats(few, len(names), len(counts)), by_window(taken, plans)


def _from_sample(plan: Plan, sampled: Sampled | None) -> dict[str, Any]:
    """What a summary has of a window's sample: its pairs, joint relations, what is foretold, traces and patterns."""
    if sampled is None:
        return {}
    columns = sampled.columns
    joint = [found for each in plan.joint if (found := measure_joint(each, columns)) is not None]
    own = plan.columns
    told = [each for f in plan.foretold if (each := measure_foretold(f, own[f.column], columns)) is not None]
    by_formula = [_by_formula(each, own, sampled) for each in plan.formulas]
    come_to = [each for each in by_formula if each is not None]
    traces = {name: trace(column, sampled.instants) for name, column in columns.items() if name != CLOCK}
    pairs = _measured(plan.pairs, columns)
    sampled_too = {"traces": traces, "patterns": sampled.patterns}
    by_others = {"joint": tuple(joint), "foretold": tuple(told), "formulas": tuple(come_to)}
    return {"pairs": pairs, **by_others, **sampled_too}


def _by_formula(wanted: FormulaPlan, plans: Mapping[str, ColumnPlan], sampled: Sampled) -> FormulaSummary | None:
    if wanted.formula is Formula.BETWEEN:
        return measure_between(wanted, sampled.columns, sampled.instants)
    return measure_formula(wanted, plans, sampled.columns, sampled.instants)


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


def _ids(log: NarrowLog, id: str, counts: Array, ids: Array) -> dict[int, Different]:
    """The different ids of each window."""
    found = different_texts(Asked(log.of([id]), [column_name(0)], [], counts, sketch=True))
    return {window: smallest(int(ids[window]), hashes) for _, window, hashes in found}


def _window_sketch(columns: dict[str, Measured], ids: Different, id: str | None) -> WindowSketch:
    kept = {name: sketch for name, (_, sketch) in columns.items() if sketch is not None}
    return WindowSketch(kept, None if id is None else ids)


def _repeats(rows: Any, columns: int, windows: int) -> Array:
    """Rows that are equal to another in their instant and every column."""
    names = [AT, *map(column_name, range(columns))]
    chosen = rows.select(w=rows.w__, row=hashed_row(rows, names))
    answer = arrays(chosen.group_by("w").agg(n=chosen.count() - chosen.row.nunique()))
    repeats = np.zeros(windows, dtype=int)
    repeats[answer["w"].astype(int)] = answer["n"]
    return repeats
