"""The slices that an evaluation reports: those that stand out, and those that people named. Plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.evaluation.prediction_log import Counts, Tallies, Where, total
from core.evaluation.slices import SliceResult, measure_slice

WORSE_SHOWN = 3


@dataclass(frozen=True)
class TrackedSlice:
    """A named slice that every evaluation reports."""

    name: str
    version: int
    where: Where


def measured_tracked(
    tracked: Sequence[TrackedSlice], tallies: Tallies, last: int
) -> list[tuple[TrackedSlice, Counts, SliceResult | None]]:
    """Each tracked slice with its counts in the window of index `last`; no result while none of its labels is in."""
    found = []
    for index, each in enumerate(tracked):
        now = total(c for w, i, c in tallies.tracked if i == index and w == last)
        before = total(c for w, i, c in tallies.tracked if i == index and w != last)
        found.append((each, now, measure_slice(tuple(sorted(each.where.items())), now, before)))
    return found


def reported(
    tested: Sequence[SliceResult], tracked: Sequence[tuple[TrackedSlice, Counts, SliceResult | None]]
) -> list[dict[str, Any]]:
    """The slices that stand out (or, on a calm day, the worst one), then every tracked one."""
    known = {tuple(sorted(each.where.items())) for each, _, _ in tracked}
    worse = [result for result in tested if result.worse][:WORSE_SHOWN]
    shown = worse or sorted(tested, key=lambda r: (-r.score, r.value))[:1]
    found = [_slice_json(slice_name(r.where), r, r.worse, None) for r in shown if r.where not in known]
    for each, counts, result in tracked:
        if result is None:
            empty = {"where": dict(each.where), "rows": counts.rows, "labels": 0, "value": None, "usual": None}
            found.append({"name": each.name, "low": None, "high": None, "worse": False} | empty | _mark(each))
        else:
            worse_too = any(r.worse and r.where == result.where for r in tested)
            found.append(_slice_json(each.name, result, worse_too, each))
    return found


def _slice_json(name: str, result: SliceResult, worse: bool, tracked: TrackedSlice | None) -> dict[str, Any]:
    figures = {key: getattr(result, key) for key in ("rows", "labels", "value", "usual", "low", "high")}
    return {"name": name, "where": dict(result.where), "worse": worse} | figures | _mark(tracked)


def _mark(tracked: TrackedSlice | None) -> dict[str, Any]:
    return {"tracked": tracked is not None, "version": tracked.version if tracked else None}


def slice_name(where: Sequence[tuple[str, Any]]) -> str:
    """`carrier EV, origin EWR`, as people read it."""
    return ", ".join(f"{name} {'missing' if value is None else _value(value)}" for name, value in where)


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_tested(result: SliceResult) -> dict[str, Any]:
    """A tested slice as a review reads it (`review.suggest_where`)."""
    right = round(result.value * result.labels)
    return {"where": dict(result.where), "labels": result.labels, "right": right, "usual": result.usual}
