"""Learned checks and those that people set, as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.config.bounds import ColumnBounds
from core.evaluation.checks.bounds import judge_bounds
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Finding
from core.evaluation.summaries.summary import WindowSummary


@dataclass(frozen=True)
class BoundedChecks:
    """Judges like `DataChecks`; a broken bound is a finding of its own, beside what the past says of the column."""

    learned: DataChecks
    bounds: Mapping[str, ColumnBounds]

    def judge(self, summary: WindowSummary) -> list[Finding]:
        """What is wrong with a window: broken bounds first."""
        return [*judge_bounds(summary, self.bounds), *self.learned.judge(summary)]

    def remember(self, summary: WindowSummary, findings: Iterable[Finding] = ()) -> None:
        """Add a window to the past; what broke a bound is no part of the usual."""
        self.learned.remember(summary, findings)
