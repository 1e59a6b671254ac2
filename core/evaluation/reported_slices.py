"""The slices that an evaluation reports, by the pipeline's own metric: those that stand out, and those that are named.

Plain values. Of a metric that is no mean over rows (`Metric.of_rows`) a slice's figure is that of its rows alone; where
it is not defined on them (an AUC of one class) there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation.goal import slice_shortfall
from core.evaluation.live.measured import Asked, Figures
from core.evaluation.live.slices import Sliced
from core.evaluation.log.prediction_log import Counts, Tallies, Value, Where, total
from core.evaluation.metric import Measured
from core.evaluation.slicing.found import SliceFound
from core.evaluation.slicing.losses import Loss

WORSE_SHOWN = 3
ENOUGH_PAST = 10
"""Windows from which on the range of nine in ten of them is told."""


@dataclass(frozen=True)
class TrackedSlice:
    """A named slice that every evaluation reports; those of declared objectives have no `version`."""

    name: str
    version: int | None
    where: Where


@dataclass(frozen=True)
class SliceResult:
    """A slice in one window (`counts` of its predictions, its `metric`) and in the windows before, as it is: no test,
    its plain past as the usual."""

    slice: TrackedSlice
    metric: Metric
    unit: str
    counts: Counts
    now: Measured | None
    past: tuple[Measured, ...]
    tracked: bool = True

    def as_json(self, found: SliceFound | None) -> dict[str, Any]:
        """Without known labels there is no value; `found` is what the finder says of it, if it knows it."""
        now = self.now
        return {
            "name": self.slice.name,
            "where": dict(self.slice.where),
            "metric": self.metric.value,
            "unit": self.unit,
            "worse": found is not None and found.worse,
            "rows": self.counts.rows,
            "labels": self.counts.labels,
            "value": now.value if now else None,
            "usual": _usual(self.past) if now else None,
            **(_usually(found) if self.metric is Metric.ACCURACY else _range(self.past)),
            "low": now.low if now else None,
            "high": now.high if now else None,
            "tracked": self.tracked,
            "version": self.slice.version,
            **_found_by(found),
        }


def always_reported(pipeline: Pipeline, tracked: Sequence[TrackedSlice]) -> list[TrackedSlice]:
    """What people track, then the sub-populations that have an objective of their own (critical customers)."""
    known = {_sorted(each.where.items()) for each in tracked}
    declared = [TrackedSlice(slo.name, None, slo.where) for slo in pipeline.slos if slo.where]
    return [*tracked, *(each for each in declared if _sorted(each.where.items()) not in known)]


def measured_tracked(
    tracked: Sequence[TrackedSlice], pipeline: Pipeline, tallies: Tallies, figures: Figures, last: int
) -> list[SliceResult]:
    """Each tracked slice with its figures in the window of index `last` and in those before it."""
    return [
        SliceResult(each, pipeline.metric, pipeline.unit, _counted(tallies, i, last), *_of(figures, i, last))
        for i, each in enumerate(tracked)
    ]


def _counted(tallies: Tallies, place: int, window: int) -> Counts:
    return total(counts for w, i, counts in tallies.tracked if i == place and w == window)


def _of(figures: Figures, place: int, last: int) -> tuple[Measured | None, tuple[Measured, ...]]:
    """The slice at a place now, and in each window before."""
    before = (figures.slices.get((window, place)) for window in range(last))
    return figures.slices.get((last, place)), tuple(each for each in before if each is not None)


def reported(
    pipeline: Pipeline,
    sliced: Sliced,
    tracked: Sequence[SliceResult],
    ask: Callable[[Sequence[Asked]], Figures],
    last: int,
) -> list[dict[str, Any]]:
    """The slices that stand out (or, on a calm day, the worst one), then every tracked one, those first that fall
    furthest short of their usual; with examples.

    `ask` measures slices in the windows up to the one of index `last`.
    """
    known = {_sorted(each.slice.where.items()) for each in tracked}
    worse = [each for each in sliced.found if each.worse][:WORSE_SHOWN]
    shown = [each for each in worse or sliced.found[:1] if _sorted(each.where) not in known]
    by_name = {_sorted(each.where): each for each in sliced.found}
    own = [each.as_json(by_name.get(_sorted(each.slice.where.items()))) for each in tracked]
    told = [each for each in _told(pipeline, sliced, shown, ask, last) if each["worse"] or not says_nothing(each)]
    own.sort(key=lambda each: (not each["worse"], -slice_shortfall(each)))
    return [each | {"examples": sliced.examples(each["where"], _loss_of(each))} for each in [*told, *own]]


def _loss_of(found: Mapping[str, Any]) -> Loss:
    """What its examples are to show."""
    return Loss(found.get("loss", Loss.MISS)) if found["worse"] else Loss.MISS


def says_nothing(found: Mapping[str, Any]) -> bool:
    """Whether a slice usually comes out at anything that its metric can be, as a recall does on a row or two."""
    metric, low, high = Metric(found["metric"]), found["usual_low"], found["usual_high"]
    return low is not None and low <= metric.floor and high >= metric.ceiling


def _told(
    pipeline: Pipeline,
    sliced: Sliced,
    shown: Sequence[SliceFound],
    ask: Callable[[Sequence[Asked]], Figures],
    last: int,
) -> list[dict[str, Any]]:
    """Those that were found, with what they were found by (`SliceFound`) where that is the metric; else measured, now
    and before."""
    metric = pipeline.metric
    if metric is Metric.ACCURACY or not shown:
        return [_as_json(each) for each in shown]
    figures = ask([Asked(dict(each.where), metric, sliced.inside_of(each.where)) for each in shown])
    results = []
    for place, each in enumerate(shown):
        named = TrackedSlice(each.name, None, dict(each.where))
        counts = Counts(each.predictions, each.labels)
        made = SliceResult(named, metric, pipeline.unit, counts, *_of(figures, place, last), tracked=False)
        results.append(made.as_json(each))
    return results


def _as_json(told: SliceFound) -> dict[str, Any]:
    """By all of its rows; what it was found by beside it, if that was another loss."""
    found = told.whole or told
    return {
        "name": found.name,
        "where": dict(found.where),
        "metric": Metric.ACCURACY.value,
        "unit": "",
        "worse": told.worse,
        "rows": found.predictions,
        "labels": found.labels,
        "value": found.value,
        "usual": None if found.chance is None else found.usual,
        **_usually(found),
        "low": found.low,
        "high": found.high,
        "tracked": False,
        "version": None,
        **_found_by(told),
    }


def _found_by(found: SliceFound | None) -> dict[str, str]:
    """The loss that the slice is told by, in words as well, where that is not how many of all its rows missed."""
    if found is None or found.loss is Loss.MISS:
        return {}
    return {"loss": found.loss.value, "found": found.figure}


def _usual(past: Sequence[Measured]) -> float | None:
    """The mean of past windows by their labels: of an accuracy that of all of their predictions."""
    labels = sum(each.labels for each in past)
    return sum(each.value * each.labels for each in past) / labels if labels else None


def _range(past: Sequence[Measured]) -> dict[str, float | None]:
    """Between what nine of ten past windows came out."""
    if len(past) < ENOUGH_PAST:
        return {"usual_low": None, "usual_high": None}
    low, high = np.quantile([each.value for each in past], [0.05, 0.95])
    return {"usual_low": float(low), "usual_high": float(high)}


def _usually(found: SliceFound | None) -> dict[str, float | None]:
    """What nine of ten windows like this one would show; None where the finder does not know the slice."""
    if found is None:
        return {"usual_low": None, "usual_high": None}
    of_all = found.whole or found
    return {"usual_low": of_all.usual_low, "usual_high": of_all.usual_high}


def as_tested(tested: SliceFound) -> dict[str, Any]:
    """A tested slice as a review reads it (`review.suggest_where`), by all of its rows. Of a regression `right` counts
    errors that were no larger than `within`."""
    result = tested.whole or tested
    right = round(result.value * result.labels)
    usual = None if result.chance is None else result.usual
    figures = {"labels": result.labels, "right": right, "usual": usual, **_usually(result)}
    return {"where": dict(result.where), **figures, "within": result.within}


def _sorted(where: Any) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(where, key=lambda item: str(item[0])))
