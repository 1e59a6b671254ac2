"""One window, evaluated: everything that is stored, posted and drawn, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.config.pipeline import Metric, Pipeline, Slo
from core.evaluation.checks import HISTORY, Finding, Kind, check_window
from core.evaluation.labels import coverage, describe
from core.evaluation.metric import Measured, accuracy, auc
from core.evaluation.plain import plain
from core.evaluation.prediction_log import (
    ColumnSummary,
    Counts,
    Delays,
    PredictionLogReader,
    SliceRequest,
    Summary,
    Tallies,
    Where,
    total,
)
from core.evaluation.review import pick
from core.evaluation.slices import MINIMUM_LABELS, SliceResult, judge_slices, measure_slice
from core.evaluation.verdict import day_name, judge
from core.evaluation.windows import Window, windows_until

TREND = 28
"""Windows before the evaluated one that are drawn and that slices are compared with."""
WORSE_SHOWN = 3
EXAMPLES = 5
TESTED_KEPT = 200
"""Slices kept with an evaluation, the worst first, so that a review can suggest from them."""
AUC_BINS = 1000


@dataclass(frozen=True)
class TrackedSlice:
    """A named slice that every evaluation reports."""

    name: str
    version: int
    where: Where


def evaluate_window(
    reader: PredictionLogReader,
    pipeline: Pipeline,
    history: Sequence[Mapping[str, Any]],
    tracked: Sequence[TrackedSlice],
    window: Window,
    known_at: datetime,
) -> dict[str, Any]:
    """Read the log and say how the window did, as far as it was known at `known_at`.

    `history` holds the summaries stored with earlier windows, oldest first. The result has the columns of an
    `Evaluation` (times as ISO 8601). Raises LogError when the log cannot be read.
    """
    windows = windows_until(pipeline.evaluation, window, TREND)
    last = len(windows) - 1
    measurable = [each for each in tracked if not _unlogged(each, pipeline)]
    request = SliceRequest(tuple(pipeline.slices), tuple(t.where for t in measurable), MINIMUM_LABELS)
    tallies = reader.tally(windows, known_at, request)
    measured = _measure(reader, pipeline, windows, tallies, known_at)
    features, delays = reader.summarise(window), reader.delays(window, known_at)
    verdict = judge(measured.get(last), features.rows, pipeline.slo)
    tested = judge_slices(tallies.slices, tallies.versions, last)
    now = measured.get(last)
    return {
        "pipeline": pipeline.pipeline,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
        "known_at": known_at.isoformat(),
        "versions": sorted({v.version for v in tallies.versions if v.window == last}),
        "rows": features.rows,
        "labels": delays.labels,
        "metric": pipeline.slo.metric.value,
        "value": now.value if now else None,
        "low": now.low if now else None,
        "high": now.high if now else None,
        "objective": pipeline.slo.objective,
        "state": verdict.state.value,
        "reason": verdict.reason,
        "findings": _findings(features, history, tracked, pipeline),
        "slices": _reported(tested, _tracked(measurable, tallies, last)),
        "summary": {
            "day": day_name(*_local(pipeline, window)),
            "rows": features.rows,
            "ids": features.ids,
            "columns": plain({name: asdict(column) for name, column in features.columns.items()}),
            "labels": _labels(delays),
            "by_version": _by_version(tallies, last),
            "trend": _trend(windows, tallies, measured, pipeline.slo),
            "tested": [_tested(result) for result in tested[:TESTED_KEPT]],
            "examples": _examples(reader, pipeline, window, known_at),
        },
    }


def _findings(
    features: Summary, history: Sequence[Mapping[str, Any]], tracked: Sequence[TrackedSlice], pipeline: Pipeline
) -> list[dict[str, Any]]:
    """What failed among the checks, and the named slices that cannot be measured any more."""
    found = check_window(features, [_summary_from(stored) for stored in history[-HISTORY:]])
    for each in tracked:
        if missing := _unlogged(each, pipeline):
            reason = (
                f"The slice “{each.name}” cannot be measured: {missing[0]} is not among the features any more."
            )
            found.append(Finding("slice", (missing[0],), Kind.SOFT, 0.0, reason))
    return [finding.as_json() for finding in found]


def _unlogged(each: TrackedSlice, pipeline: Pipeline) -> list[str]:
    return [name for name in each.where if name not in pipeline.predictions.features]


def _measure(
    reader: PredictionLogReader,
    pipeline: Pipeline,
    windows: Sequence[Window],
    tallies: Tallies,
    known_at: datetime,
) -> dict[int, Measured]:
    """The pipeline's metric of every window that has one."""
    if pipeline.slo.metric is Metric.AUC:
        found = [auc(each) for each in reader.score_histograms(windows, known_at, AUC_BINS)]
    else:
        counts = [_whole(tallies, index) for index in range(len(windows))]
        found = [accuracy(each.right, each.labels) for each in counts]
    return {index: each for index, each in enumerate(found) if each is not None}


def _whole(tallies: Tallies, window: int) -> Counts:
    return total(v.counts for v in tallies.versions if v.window == window)


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


def _by_version(tallies: Tallies, last: int) -> list[dict[str, Any]]:
    """Accuracy and outcomes of each model version that answered in the window."""
    found = []
    for tally in sorted(tallies.versions, key=lambda v: v.version):
        if tally.window == last:
            measured = accuracy(tally.counts.right, tally.counts.labels)
            figures = asdict(measured) if measured else {"value": None, "low": None, "high": None}
            found.append({"version": tally.version} | asdict(tally.counts) | figures)
    return found


def _trend(
    windows: Sequence[Window], tallies: Tallies, measured: Mapping[int, Measured], slo: Slo
) -> list[dict[str, Any]]:
    """The metric of each window with predictions, as it is known now."""
    trend = []
    for index, window in enumerate(windows):
        counts, found = _whole(tallies, index), measured.get(index)
        if counts.rows:
            most = max(
                (v for v in tallies.versions if v.window == index), key=lambda v: (v.counts.rows, v.version)
            )
            trend.append(
                {
                    "start": window.start.isoformat(),
                    "rows": counts.rows,
                    "labels": counts.labels,
                    "value": found.value if found else None,
                    "low": found.low if found else None,
                    "high": found.high if found else None,
                    "state": judge(found, counts.rows, slo).state.value,
                    "version": most.version,
                }
            )
    return trend


def _tracked(
    tracked: Sequence[TrackedSlice], tallies: Tallies, last: int
) -> list[tuple[TrackedSlice, Counts, SliceResult | None]]:
    found = []
    for index, each in enumerate(tracked):
        now = total(c for w, i, c in tallies.tracked if i == index and w == last)
        before = total(c for w, i, c in tallies.tracked if i == index and w != last)
        found.append((each, now, measure_slice(tuple(sorted(each.where.items())), now, before)))
    return found


def _reported(
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


def _tested(result: SliceResult) -> dict[str, Any]:
    right = round(result.value * result.labels)
    return {"where": dict(result.where), "labels": result.labels, "right": right, "usual": result.usual}


def _examples(
    reader: PredictionLogReader, pipeline: Pipeline, window: Window, known_at: datetime
) -> list[dict[str, Any]]:
    rows = reader.wrong_rows([window], known_at, EXAMPLES * 5)
    return [plain(asdict(row)) for row in pick(rows, pipeline.slices, EXAMPLES)]


def _summary_from(stored: Mapping[str, Any]) -> Summary:
    """The summary that was stored with an evaluation."""
    columns = {name: ColumnSummary(**_tuples(column)) for name, column in stored.get("columns", {}).items()}
    return Summary(stored.get("rows", 0), stored.get("ids", 0), columns)


def _tuples(column: Mapping[str, Any]) -> dict[str, Any]:
    top, quantiles = column.get("top"), column.get("quantiles")
    return {
        **column,
        "top": None if top is None else tuple((value, n) for value, n in top),
        "quantiles": None if quantiles is None else tuple(quantiles),
    }
