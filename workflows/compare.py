"""Candidate against champion on the held-out rows that the trainer scored with both, as plain values."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.config.pipeline import Metric
from core.models.contract import TrainerResult
from core.models.gate import GateDecision, GatePolicy, judge
from core.models.holdout import read_holdout


def compare(trained: dict[str, Any], metric: Metric) -> dict[str, Any]:
    """The gate's result: `decision`, `reason`, `detail`, `rows`, both models' `figures`, their `difference`.

    Without held-out rows (too early in a pipeline's life) the decision is `too_few`.
    """
    result = TrainerResult.model_validate(trained)
    if result.holdout_predictions is None:
        return {
            "decision": GateDecision.TOO_FEW.value,
            "reason": "no_holdout",
            "detail": "no held-out rows",
            "rows": 0,
        }
    rows = read_holdout(Path(result.holdout_predictions), result.threshold)
    verdict = judge(rows, GatePolicy(metric=metric))
    return asdict(verdict) | {"decision": verdict.decision.value, "metric": verdict.metric.value}
