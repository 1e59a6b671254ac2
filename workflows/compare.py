"""Candidate against champion on the held-out rows that the trainer scored with both: figures and a picture."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.config.metric import Task
from core.config.pipeline import Pipeline
from core.evaluation.live.measured import inside
from core.models.contract import TrainerResult
from core.models.gate import GateDecision, GatePolicy, judge
from core.models.guard import guards_of
from core.models.holdout import read_holdout
from core.models.paired import HeldOut

CLASSES_SHOWN = 4
"""Of more classes the commonest."""


def compare(trained: dict[str, Any], pipeline: Pipeline) -> dict[str, Any]:
    """The gate's result as plain values (`GateResult`). Without held-out rows (too early in a pipeline's life) the
    decision is `too_few`."""
    rows = _held_out(trained, pipeline)
    if rows is None:
        return {
            "decision": GateDecision.TOO_FEW.value,
            "reason": "no_holdout",
            "detail": "no held-out rows",
            "rows": 0,
        }
    verdict = judge(rows, GatePolicy(pipeline.metric, pipeline.unit), guards_of(pipeline))
    return asdict(verdict) | {"decision": verdict.decision.value, "metric": verdict.metric.value}


def draw(trained: dict[str, Any], pipeline: Pipeline, versions: tuple[int, int], folder: Path) -> str | None:
    """A picture of both models' metric, over all held-out rows and for groups of them; None without such rows."""
    from core.evaluation.charts.comparison import comparison_chart

    rows = _held_out(trained, pipeline)
    groups = [] if rows is None else list(_groups(rows, pipeline))
    if rows is None or not groups:
        return None
    unit = f" in {pipeline.unit}" if pipeline.unit and pipeline.metric.in_unit else ""
    subtitle = f"{pipeline.metric.begun}{unit}, the same {len(rows):,} held-out rows, 95% intervals"
    champion, candidate = (f"v{version}" for version in versions)
    path = folder / "comparison.png"
    return str(comparison_chart(pipeline.title, subtitle, (champion, candidate), groups, path, pipeline.metric))


def _held_out(trained: dict[str, Any], pipeline: Pipeline) -> HeldOut | None:
    result = TrainerResult.model_validate(trained)
    if result.holdout_predictions is None:
        return None
    return read_holdout(Path(result.holdout_predictions), pipeline, result.threshold)


def _groups(rows: HeldOut, pipeline: Pipeline) -> Iterator[Any]:
    """All rows, what must not break, and what turned out as each class, where the metric is defined on them."""
    from core.evaluation.charts.comparison import Compared
    from core.evaluation.metric import measure
    from core.models.paired import difference

    for name, part in _parts(rows, pipeline):
        champion, candidate = (measure(pipeline.metric, each) for each in (part.champion, part.candidate))
        if champion is not None and candidate is not None:
            found = difference(pipeline.metric, part.candidate, part.champion)
            span = None if found is None else (found.low, found.high)
            yield Compared(name, champion, candidate, span)


def _parts(rows: HeldOut, pipeline: Pipeline) -> Iterator[tuple[str, HeldOut]]:
    yield "All held-out rows", rows
    for guard in guards_of(pipeline):
        if guard.where and all(name in rows.candidate.features for name in guard.where):
            yield guard.name, rows.where(inside(rows.candidate, guard.where))
    if pipeline.task is not Task.REGRESSION and pipeline.metric.of_rows:
        label = rows.candidate.label
        for each in label.value_counts().index[:CLASSES_SHOWN]:
            yield f"Turned out “{pipeline.outcome_name(each)}”", rows.where(label == each)
