"""What a backtest hands out: windows, their scores, and everything a reader needs to judge them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.evaluation.backtest.lessons import lessons
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import WalkedWindow
from core.evaluation.backtest.score import Summary
from core.evaluation.rows import Task
from core.evaluation.summaries.summary import WindowSummary

SCHEMA = 1


@dataclass(frozen=True)
class BacktestReport:
    """The whole of a backtest.

    `windows` are those from `reference_until` on, empty ones included; `summary` scores them; `objective` is None
    without labels. `notes` say what was assumed and what was skipped. `history` and `summaries` are what the data
    checks saw before and in the windows, for charts.
    """

    log: str
    task: Task
    metric: str
    objective: Objective | None
    reference_until: datetime
    window: timedelta
    evaluate_after: timedelta
    features: tuple[str, ...]
    windows: Sequence[WalkedWindow]
    summary: Summary
    notes: tuple[str, ...]
    history: Sequence[WindowSummary] = field(default_factory=tuple, repr=False)
    summaries: Sequence[WindowSummary] = field(default_factory=tuple, repr=False)

    @property
    def lessons(self) -> list[str]:
        """How right pages and checks were, and what tuned thresholds would have sent; empty without labels."""
        return lessons(self.windows, self.objective)

    def as_json(self) -> dict[str, Any]:
        """Schema 1, with more beside it: `notes`, `lessons`, `objective`, and what was asked."""
        objective = self.objective
        return {
            "schema": SCHEMA,
            "windows": [window.as_json() for window in self.windows],
            "summary": self.summary.as_json(),
            "notes": list(self.notes),
            "lessons": self.lessons,
            "objective": None
            if objective is None
            else {
                "metric": objective.metric.value,
                "at_least" if objective.at_least else "at_most": objective.value,
                "sentence": objective.sentence,
                "origin": objective.origin,
            },
            "asked": {
                "log": self.log,
                "task": self.task.value,
                "metric": self.metric,
                "reference_until": self.reference_until.astimezone(UTC).isoformat(),
                "window_seconds": self.window.total_seconds(),
                "evaluate_after_seconds": self.evaluate_after.total_seconds(),
                "features": list(self.features),
            },
        }
