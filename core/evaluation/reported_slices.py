"""The slices that an evaluation reports: those that stand out, and those that people named. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.config.pipeline import Pipeline
from core.evaluation.live.slices import Sliced
from core.evaluation.metric import wilson
from core.evaluation.prediction_log import Counts, Tallies, Value, Where, total
from core.evaluation.slicing.found import SliceFound

WORSE_SHOWN = 3


@dataclass(frozen=True)
class TrackedSlice:
    """A named slice that every evaluation reports; those of declared objectives have no `version`."""

    name: str
    version: int | None
    where: Where


@dataclass(frozen=True)
class TrackedResult:
    """A tracked slice in one window and in the windows before, as it is: no test, its plain past as the usual."""

    slice: TrackedSlice
    now: Counts
    before: Counts

    def as_json(self, found: Mapping[Any, SliceFound]) -> dict[str, Any]:
        """Without known labels there is no value; `worse` is what the finder says of it."""
        now, before = self.now, self.before
        low, high = wilson(now.right, now.labels) if now.labels else (None, None)
        same = found.get(_sorted(self.slice.where.items()))
        return {
            "name": self.slice.name,
            "where": dict(self.slice.where),
            "worse": same is not None and same.worse,
            "rows": now.rows,
            "labels": now.labels,
            "value": now.right / now.labels if now.labels else None,
            "usual": before.right / before.labels if before.labels and now.labels else None,
            **_usually(same),
            "low": low,
            "high": high,
            "tracked": True,
            "version": self.slice.version,
        }


def always_reported(pipeline: Pipeline, tracked: Sequence[TrackedSlice]) -> list[TrackedSlice]:
    """What people track, then the sub-populations that have an objective of their own (critical customers)."""
    known = {_sorted(each.where.items()) for each in tracked}
    declared = [TrackedSlice(slo.name, None, slo.where) for slo in pipeline.slos if slo.where]
    return [*tracked, *(each for each in declared if _sorted(each.where.items()) not in known)]


def measured_tracked(tracked: Sequence[TrackedSlice], tallies: Tallies, last: int) -> list[TrackedResult]:
    """Each tracked slice with its counts in the window of index `last` and in those before it."""

    def counted(index: int, *, now: bool) -> Counts:
        return total(c for w, i, c in tallies.tracked if i == index and (w == last) is now)

    return [TrackedResult(each, counted(i, now=True), counted(i, now=False)) for i, each in enumerate(tracked)]


def reported(sliced: Sliced, tracked: Sequence[TrackedResult]) -> list[dict[str, Any]]:
    """The slices that stand out (or, on a calm day, the worst one), then every tracked one; with examples."""
    known = {_sorted(each.slice.where.items()) for each in tracked}
    worse = [each for each in sliced.found if each.worse][:WORSE_SHOWN]
    shown = [each for each in worse or sliced.found[:1] if _sorted(each.where) not in known]
    by_name = {_sorted(each.where): each for each in sliced.found}
    found = [_as_json(each) for each in shown] + [each.as_json(by_name) for each in tracked]
    return [each | {"examples": sliced.examples(each["where"])} for each in found]


def _as_json(found: SliceFound) -> dict[str, Any]:
    return {
        "name": found.name,
        "where": dict(found.where),
        "worse": found.worse,
        "rows": found.predictions,
        "labels": found.labels,
        "value": found.value,
        "usual": None if found.chance is None else found.usual,
        **_usually(found),
        "low": found.low,
        "high": found.high,
        "tracked": False,
        "version": None,
    }


def _usually(found: SliceFound | None) -> dict[str, float | None]:
    """What nine of ten windows like this one would show; None where the finder does not know the slice."""
    if found is None:
        return {"usual_low": None, "usual_high": None}
    return {"usual_low": found.usual_low, "usual_high": found.usual_high}


def as_tested(result: SliceFound) -> dict[str, Any]:
    """A tested slice as a review reads it (`review.suggest_where`)."""
    right = round(result.value * result.labels)
    usual = None if result.chance is None else result.usual
    figures = {"labels": result.labels, "right": right, "usual": usual, **_usually(result)}
    return {"where": dict(result.where), **figures}


def _sorted(where: Any) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(where, key=lambda item: str(item[0])))
