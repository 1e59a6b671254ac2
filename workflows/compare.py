"""Candidate against champion on the held-out rows that the trainer scored with both: figures and a picture."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.models.contract import TrainerResult
from core.models.gate import GateDecision, GatePolicy, HeldOut, judge
from core.models.holdout import read_holdout
from core.models.metrics import correct
from core.models.paired import accuracy_difference


def compare(trained: dict[str, Any], metric: Metric) -> dict[str, Any]:
    """The gate's result: `decision`, `reason`, `detail`, `rows`, both models' `figures`, their `difference`.

    Without held-out rows (too early in a pipeline's life) the decision is `too_few`.
    """
    rows = _held_out(trained)
    if rows is None:
        return {
            "decision": GateDecision.TOO_FEW.value,
            "reason": "no_holdout",
            "detail": "no held-out rows",
            "rows": 0,
        }
    verdict = judge(rows, GatePolicy(metric=metric))
    return asdict(verdict) | {"decision": verdict.decision.value, "metric": verdict.metric.value}


def draw(trained: dict[str, Any], pipeline: Pipeline, versions: tuple[int, int], folder: Path) -> str | None:
    """A picture of both models' accuracy, over all held-out rows and for each class; None without such rows."""
    from core.evaluation.comparison_chart import comparison_chart

    rows = _held_out(trained)
    if rows is None or not len(rows.labels):
        return None
    subtitle = f"Accuracy on the same {len(rows.labels):,} held-out rows, 95% intervals"
    champion, candidate = (f"v{version}" for version in versions)
    path = folder / "comparison.png"
    groups = list(_groups(rows, pipeline))
    return str(comparison_chart(pipeline.title, subtitle, (champion, candidate), groups, path))


def _held_out(trained: dict[str, Any]) -> HeldOut | None:
    result = TrainerResult.model_validate(trained)
    if result.holdout_predictions is None:
        return None
    return read_holdout(Path(result.holdout_predictions), result.threshold)


def _groups(rows: HeldOut, pipeline: Pipeline) -> Iterator[Any]:
    from core.evaluation.comparison_chart import Compared
    from core.evaluation.metric import accuracy

    parts = [("All held-out rows", rows)]
    parts += [(f"Turned out “{pipeline.outcome_name(each)}”", rows.where(rows.labels == each)) for each in (1, 0)]
    for name, part in parts:
        count = len(part.labels)
        champion = accuracy(int(correct(part.labels, part.champion, part.threshold).sum()), count)
        candidate = accuracy(int(correct(part.labels, part.candidate, part.threshold).sum()), count)
        if champion is not None and candidate is not None:
            found = accuracy_difference(part.labels, part.candidate, part.champion, part.threshold)
            yield Compared(name, champion, candidate, (found.low, found.high))
