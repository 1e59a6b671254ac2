"""The objectives that a pipeline's YAML declares, judged with a window's evaluation."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.config.pipeline import Pipeline, RollingSlo
from core.evaluation.metric import Measured
from core.evaluation.prediction_log import Tallies, Where, total
from core.evaluation.slo.budget import Objective, Reading
from core.evaluation.slo.gap import Gap, Proven, offline_online_gap
from core.evaluation.slo.state import Standing, stand

FRESH = 7
"""Windows from its first on in which a version's live figures are held against its held-out rows."""


def asked_slices(pipeline: Pipeline) -> tuple[Where, ...]:
    """The sub-populations that a scan has to count for the objectives, in the order of `standings`."""
    return tuple(slo.where for slo in pipeline.slos if slo.where)


def standings(
    pipeline: Pipeline,
    measured: Mapping[int, Measured],
    tallies: Tallies,
    first_slice: int,
    series: Mapping[str, Sequence[Reading]],
    windows: int,
) -> list[dict[str, Any]]:
    """Each objective with its state, budget and reason, as plain values.

    `measured` has the pipeline's metric by window, `tallies.tracked` the counts of `asked_slices` from index
    `first_slice` on, `series` the readings of product metrics by name; the last of `windows` is the one evaluated.
    """
    found, slice_index = [], first_slice
    for slo in pipeline.slos:
        if slo.series is not None:
            readings = list(series.get(slo.name, ()))
        elif slo.where:
            readings = [_of_slice(tallies, slice_index, window) for window in range(windows)]
            slice_index += 1
        else:
            readings = [_of_pipeline(measured.get(window)) for window in range(windows)]
        found.append(_as_json(slo, _stand(slo, readings, pipeline.evaluation.every.value)))
    return found


def _stand(slo: RollingSlo, readings: Sequence[Reading], unit: str) -> Standing:
    minimum = 1 if slo.series is not None else slo.minimum_labels
    return stand(readings[-slo.windows :], Objective(slo.objective, slo.at_least), minimum, unit)


def _of_pipeline(measured: Measured | None) -> Reading:
    return Reading(None, 0) if measured is None else Reading(measured.value, measured.labels)


def _of_slice(tallies: Tallies, index: int, window: int) -> Reading:
    counts = total(each for w, i, each in tallies.tracked if i == index and w == window)
    return Reading(counts.right / counts.labels if counts.labels else None, counts.labels, counts.rows)


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
        "spent": budget.spent if budget else None,
        "fast": budget.fast if budget else None,
        "slow": budget.slow if budget else None,
    }


def gap_of(tallies: Tallies, last: int, offline: Mapping[str, Proven], minimum: int) -> Gap | None:
    """The gap of the version that serves, while it is fresh; None without held-out rows, or later on.

    The version before it, over as many windows before the first of the new one, says whether the world moved.
    """
    serving = [v for v in tallies.versions if v.window == last and v.counts.rows]
    if not serving:
        return None
    version = max(serving, key=lambda v: (v.counts.rows, v.version)).version
    seen = sorted(v.window for v in tallies.versions if v.version == version and v.counts.rows)
    if version not in offline or seen[0] == 0 or last - seen[0] >= FRESH:
        return None
    online = total(v.counts for v in tallies.versions if v.version == version)
    before = total(
        v.counts for v in tallies.versions if v.version != version and seen[0] - FRESH <= v.window < seen[0]
    )
    usual = Proven(before.right / before.labels, before.labels) if before.labels else None
    if not online.labels:
        return None
    return offline_online_gap(
        version, offline[version], Proven(online.right / online.labels, online.labels), usual, minimum
    )
