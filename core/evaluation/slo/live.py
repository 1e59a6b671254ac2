"""The objectives that a pipeline's YAML declares, judged with a window's evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.config.pipeline import Pipeline, RollingSlo
from core.evaluation.estimate.answer import Unknown
from core.evaluation.labels.settled import NEARLY_ALL
from core.evaluation.live.measured import Figures
from core.evaluation.live.turnouts import Turnouts
from core.evaluation.log.prediction_log import Counts, Tallies, Where, total
from core.evaluation.slo.budget import Objective, Reading
from core.evaluation.slo.state import Standing, Words, stand
from core.evaluation.windows import Window

NOTHING = Reading(None, 0)


def asked_slices(pipeline: Pipeline) -> tuple[Where, ...]:
    """The sub-populations that a scan has to count for the objectives, in the order of `standings`."""
    return tuple(slo.where for slo in pipeline.slos if slo.where)


@dataclass(frozen=True)
class Known:
    """What is known of the windows up to the one evaluated, oldest first: the pipeline's metric (`figures`) and the
    counts (`tallies`), both with `asked_slices` from index `first_slice` on, the readings of product metrics by name
    (`series`), and what becomes of windows whose labels are not in."""

    windows: Sequence[Window]
    figures: Figures
    tallies: Tallies
    turnouts: Turnouts
    first_slice: int = 0
    series: Mapping[str, Sequence[Reading]] = field(default_factory=dict)

    def settled(self, window: int) -> bool:
        """Whether the labels of the window of this index are in."""
        return self.turnouts.of(self.windows[window]) is None

    def whole(self, window: int) -> Counts:
        """All predictions of a window."""
        return total(v.counts for v in self.tallies.versions if v.window == window)


def standings(pipeline: Pipeline, known: Known) -> list[dict[str, Any]]:
    """Each objective with its state, budget and reason, as plain values."""
    found, slice_index = [], known.first_slice
    for slo in pipeline.slos:
        if slo.series is not None:
            readings, early = list(known.series.get(slo.name, ())), [False]
        elif slo.where:
            readings, early = _of_slice(known, slice_index)
            slice_index += 1
        else:
            readings, early = _of_pipeline(known)
        found.append(_as_json(slo, _stand(slo, pipeline, readings, early)))
    return found


def _stand(slo: RollingSlo, pipeline: Pipeline, readings: Sequence[Reading], early: Sequence[bool]) -> Standing:
    minimum = 1 if slo.series is not None else slo.minimum_labels
    metric, unit = pipeline.metric, pipeline.evaluation.every.value
    goal = Objective(slo.objective, slo.is_floor(metric))
    words = Words() if slo.series is not None else _words(pipeline)
    return stand(readings[-slo.windows :], goal, minimum, unit, sum(early[-slo.windows :]), words)


def _words(pipeline: Pipeline) -> Words:
    metric, unit = pipeline.metric, pipeline.unit
    return Words(
        metric.begun, lambda value: metric.written(value, unit), lambda value: metric.declared(value, unit)
    )


def _of_pipeline(known: Known) -> tuple[list[Reading], list[bool]]:
    """A reading of each window, and whether it is left out because only its early labels are in."""
    found = [_reading(known, index) for index in range(len(known.windows))]
    early = [each.value is None and known.whole(index).labels > 0 for index, each in enumerate(found)]
    return found, early


def _reading(known: Known, index: int) -> Reading:
    """The metric of a window as a fact, or as it is estimated until its labels are in."""
    coming, measured = known.turnouts.of(known.windows[index]), known.figures.whole.get(index)
    counts = known.whole(index)
    if coming is None:
        return Reading(None, 0) if measured is None else Reading(measured.value, measured.labels)
    if isinstance(coming, Unknown) or not counts.rows:
        return Reading(None, 0)
    weight = max(counts.labels, counts.rows * _usual_share(known))
    return Reading(coming.value, weight, coming.low, coming.high, counts.labels)


def _usual_share(known: Known) -> float:
    """The share of predictions that get a label in the end, in (0, 1]; 1 while nobody knows."""
    done = total(known.whole(index) for index in range(len(known.windows)) if known.settled(index))
    return done.labels / done.rows if done.labels else 1.0


def _of_slice(known: Known, index: int) -> tuple[list[Reading], list[bool]]:
    """The same of a sub-population, which nothing estimates: a window counts once its labels are in, all or its own."""
    found, early = [], []
    for window in range(len(known.windows)):
        counts = total(each for w, i, each in known.tallies.tracked if i == index and w == window)
        done = known.settled(window) or counts.labels >= NEARLY_ALL * counts.rows
        measured = known.figures.slices.get((window, index))
        found.append(Reading(measured.value, measured.labels) if measured is not None and done else NOTHING)
        early.append(counts.labels > 0 and not done)
    return found, early


def _as_json(slo: RollingSlo, standing: Standing) -> dict[str, Any]:
    budget = standing.budget
    return {
        "name": slo.name,
        "objective": slo.objective,
        "windows": slo.windows,
        "state": standing.state.value,
        "cause": standing.cause,
        "reason": standing.reason,
        "windows_left": standing.windows_left,
        "value": budget.value if budget else None,
        "labels": budget.labels if budget else 0,
        "low": budget.low if budget else None,
        "high": budget.high if budget else None,
        "spent": budget.spent if budget else None,
    }
