"""One window, evaluated: everything that is stored, posted and drawn, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.finding import GAP, Finding, Kind
from core.evaluation.goal import Goal, goal_of
from core.evaluation.labels.describe import coverage, describe
from core.evaluation.live.measured import Asked, Figures, measure_windows
from core.evaluation.live.senses import Look, estimate_json
from core.evaluation.live.slices import LiveSlices, Sliced
from core.evaluation.live.unestimated import lately_json
from core.evaluation.log.prediction_log import Delays, LogError, PredictionLogReader
from core.evaluation.metric import Measured
from core.evaluation.plain import plain
from core.evaluation.reported_slices import (
    TrackedSlice,
    always_reported,
    as_tested,
    measured_tracked,
    reported,
)
from core.evaluation.review import pick
from core.evaluation.slo.budget import Reading
from core.evaluation.slo.fresh import gap_of, serving
from core.evaluation.slo.gap import USUALLY, Gap
from core.evaluation.slo.live import Known, asked_slices, standings
from core.evaluation.slo.series import read_series
from core.evaluation.verdict import day_name, judge
from core.evaluation.windows import Window, windows_until

EXAMPLES = 5
LATECOMERS = 5
"""Groups of predictions with late labels that are named."""
TESTED_KEPT = 200
"""Slices kept with an evaluation, the worst first, so that a review can suggest from them."""


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a window of a pipeline as it was known at an instant. `tracked` are the slices that people
    named, `offline` what each version reached on held-out rows before it was deployed; `followed` is the version whose
    gap people were told of."""

    pipeline: Pipeline
    window: Window
    known_at: datetime
    tracked: Sequence[TrackedSlice] = ()
    offline: Mapping[str, Measured] = field(default_factory=dict)
    followed: str | None = None


def evaluate_window(
    reader: PredictionLogReader, subject: Subject, look: Look, slices: LiveSlices
) -> dict[str, Any]:
    """Read the log and say how the window did, as far as it was known.

    `look` is what the data checks and the estimate say of the window, and `slices` finds those that fail. The
    result has the columns of an `Evaluation` (times as ISO 8601). Raises LogError when the log cannot be read.
    """
    pipeline, window, known_at = subject.pipeline, subject.window, subject.known_at
    always = always_reported(pipeline, [each for each in subject.tracked if not _unlogged(each, pipeline)])
    known = _known(reader, subject, look, always)
    sliced = slices.look(reader, window, known_at, _labels_in(known))
    judged = _judged(subject, known, look, reader.delays(window, known_at))
    gap = gap_of(reader, pipeline, known, subject.offline, known_at, subject.followed)
    found = [*_gap(gap, pipeline.metric), *_findings(subject.tracked, pipeline, look)]
    last = len(known.windows) - 1
    tracked = measured_tracked(always, pipeline, known.tallies, known.figures, last)

    def ask(wanted: Sequence[Asked]) -> Figures:
        return measure_windows(reader, known.windows, known.tallies, known_at, None, wanted)

    shown = reported(pipeline, sliced, tracked, ask, last)
    summary = judged.pop("summary") | _tested(sliced) | {"slos": standings(pipeline, known)}
    summary["deployment"] = {"serving": serving(known), "gap": None if gap is None else not gap.over}
    summary["fired"] = look.fired
    summary["lately"] = lately_json(pipeline, known, look.estimate, look.findings)
    summary["examples"] = _examples(reader, pipeline, window, known_at)
    return judged | {"findings": found, "slices": shown, "summary": summary}


def _known(reader: PredictionLogReader, subject: Subject, look: Look, always: Sequence[TrackedSlice]) -> Known:
    """What the log says of the windows up to this one."""
    pipeline, known_at = subject.pipeline, subject.known_at
    windows = windows_until(pipeline.evaluation, subject.window, look.turnouts.windows)
    wanted = [
        Asked(where, pipeline.metric) for where in (*(each.where for each in always), *asked_slices(pipeline))
    ]
    tallies = reader.tally(windows, known_at, [each.where for each in wanted])
    figures = measure_windows(reader, windows, tallies, known_at, pipeline.metric, wanted)
    return Known(windows, figures, tallies, look.turnouts, len(always), _series(pipeline, windows))


def _judged(subject: Subject, known: Known, look: Look, delays: Delays) -> dict[str, Any]:
    """The window's figure and verdict, and how it stands among those before it."""
    pipeline, last, goal = subject.pipeline, len(known.windows) - 1, goal_of(subject.pipeline)
    seen, measured = look.fresh[-1].summary, known.figures.whole.get(last)
    verdict = judge(measured, seen.rows, goal, look.turnouts.of(subject.window))
    return {
        "pipeline": pipeline.pipeline,
        **_times(subject.window, subject.known_at),
        "versions": sorted({v.version for v in known.tallies.versions if v.window == last and v.version}),
        "rows": seen.rows,
        "labels": delays.labels,
        "metric": pipeline.metric.value,
        **_figures(measured),
        "objective": pipeline.slo.objective,
        "state": verdict.state.value,
        "reason": verdict.reason,
        "summary": {
            "unit": pipeline.unit,
            "day": day_name(*_local(pipeline, subject.window)),
            "columns": list(look.plan.columns),
            "labels": _labels(delays) | _to_come(subject.window, look),
            "estimate": estimate_json(look.estimate, goal),
            "estimated": verdict.estimated,
            "settled": look.turnouts.of(subject.window) is None,
            "trend": _trend(known, goal),
        },
    }


def _labels_in(known: Known) -> dict[datetime, int]:
    """How many labels of each window are in."""
    return {each.start: known.whole(index).labels for index, each in enumerate(known.windows)}


def _tested(sliced: Sliced) -> dict[str, Any]:
    """What a review and `/model slices` read of all slices: those that are named by values, and what was left out."""
    named = [as_tested(each) for each in sliced.found if each.named_by_values]
    return {"tested": named[:TESTED_KEPT], "left_out": list(sliced.left_out)}


def _series(pipeline: Pipeline, windows: Sequence[Window]) -> dict[str, list[Reading]]:
    """Product metrics; one that cannot be read has no readings, and its objective says that nothing is known."""
    found = {}
    for slo in pipeline.slos:
        if slo.series is not None:
            try:
                found[slo.name] = read_series(Path(slo.series), windows)
            except LogError:
                found[slo.name] = [Reading(None, 0) for _ in windows]
    return found


def _gap(gap: Gap | None, metric: Metric) -> list[dict[str, Any]]:
    """What the check of a deployment found."""
    if gap is None or not gap.found:
        return []
    score, direction = min(99.0, gap.low / gap.trifle), "down" if metric.higher_is_better else "up"
    return [Finding(GAP, (), Kind.HARD, score, gap.reason, direction, gap.worse, usually=USUALLY).as_json()]


def _times(window: Window, known_at: datetime) -> dict[str, str]:
    ends = {"window_start": window.start, "window_end": window.end, "known_at": known_at}
    return {name: at.isoformat() for name, at in ends.items()}


def _figures(measured: Measured | Estimate | Unknown | None) -> dict[str, float | None]:
    """A metric with its interval, or three times nothing."""
    if measured is None or isinstance(measured, Unknown):
        return {"value": None, "low": None, "high": None}
    return {"value": measured.value, "low": measured.low, "high": measured.high}


def _findings(tracked: Sequence[TrackedSlice], pipeline: Pipeline, look: Look) -> list[dict[str, Any]]:
    """What failed among the checks, and the named slices that cannot be measured any more."""
    found = list(look.findings)
    for each in tracked:
        if missing := _unlogged(each, pipeline):
            reason = (
                f"The slice “{each.name}” cannot be measured: {missing[0]} is not among the features any more."
            )
            found.append(Finding("slice", (missing[0],), Kind.SOFT, 0.0, reason))
    return [finding.as_json() for finding in found]


def _unlogged(each: TrackedSlice, pipeline: Pipeline) -> list[str]:
    return [name for name in each.where if name not in pipeline.predictions.features]


def _local(pipeline: Pipeline, window: Window) -> tuple[datetime, datetime]:
    zone = ZoneInfo(pipeline.evaluation.timezone)
    return window.start.astimezone(zone), window.end.astimezone(zone)


def _labels(delays: Delays) -> dict[str, Any]:
    return {
        "coverage": coverage(delays),
        "median_hours": delays.median,
        "p90_hours": delays.p90,
        "longest_hours": delays.longest,
        "text": describe(delays),
    }


def _to_come(window: Window, look: Look) -> dict[str, Any]:
    """When nearly all labels of such a window are usually in (None while no label has ever come), what is to come of
    this one's, and which come late."""
    hours, ahead = look.turnouts.usual_hours, look.turnouts.outlook
    return {
        "usually_by": None if hours is None else (window.end + timedelta(hours=hours)).isoformat(),
        "outlook": None if ahead is None else plain(asdict(ahead)),
        "late": [each.sentence for each in look.latecomers[:LATECOMERS]],
    }


def _trend(known: Known, goal: Goal) -> list[dict[str, Any]]:
    """The metric of each window with predictions, as it is known now."""
    trend = []
    for index, window in enumerate(known.windows):
        counts, found = known.whole(index), known.figures.whole.get(index)
        if counts.rows:
            versions = [v for v in known.tallies.versions if v.window == index]
            coming = known.turnouts.of(window)
            verdict = judge(found, counts.rows, goal, coming)
            trend.append(
                {
                    "start": window.start.isoformat(),
                    "rows": counts.rows,
                    "labels": counts.labels,
                    **_figures(found),
                    "state": verdict.state.value,
                    "estimate": _figures(coming) if verdict.estimated else None,
                    "version": max(versions, key=lambda v: (v.counts.rows, v.version)).version,
                }
            )
    return trend


def _examples(
    reader: PredictionLogReader, pipeline: Pipeline, window: Window, known_at: datetime
) -> list[dict[str, Any]]:
    rows = reader.wrong_rows([window], known_at, EXAMPLES * 5)
    return [plain(asdict(row)) for row in pick(rows, pipeline.slices, EXAMPLES)]
