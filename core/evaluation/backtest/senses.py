"""The real data checks, estimates and slices, fitted to a log."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.evaluation.backtest.log import BacktestLog
from core.evaluation.backtest.ports import Span
from core.evaluation.backtest.walk import Plan, Senses
from core.evaluation.backtest.walk_slices import WalkSlices
from core.evaluation.checks.bounded import BoundedChecks
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.effect.foresee import LOOKED_AT, Foresight
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.finding import Finding
from core.evaluation.rows import Rows, concat
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

if TYPE_CHECKING:
    from core.config.metric import Metric


def make_senses(log: BacktestLog, plan: Plan, history: Sequence[WindowSummary]) -> tuple[Senses, list[str]]:
    """What will look at the windows, and sentences about what will not."""
    data = _checks(log, history) if log.layout.features or history else None
    if log.options.label is None:
        return Senses(data, None, None), []
    slices = _slices(log, plan.metric)
    return Senses(data, LiveEstimates(log, plan.metric), slices, LiveEffects(plan.metric)), []


def _checks(log: BacktestLog, history: Sequence[WindowSummary]) -> BoundedChecks:
    return BoundedChecks(DataChecks.learn(history), log.options.checks)


def _slices(log: BacktestLog, metric: "Metric") -> WalkSlices | None:
    options = log.options
    if not options.slice_by:
        return None
    return WalkSlices(options.slice_by, options.window, options.reference_until, options.slice_depth, metric)


class LiveEstimates:
    """An `Estimator` that is given what becomes known as the walk goes on, and nothing earlier.

    Windows are kept only while labels of theirs may still come, so that a long log needs little memory.
    """

    def __init__(self, log: BacktestLog, metric: "Metric") -> None:
        self._estimator = Estimator(log.outcomes.task, metric, log.options.window)
        self._open: list[Rows] = []

    def learn(self, window: Rows) -> None:
        if len(window):
            self._open.append(window)

    def estimate(self, span: Span, window: Rows, now: datetime) -> Estimate | Unknown:
        if self._open:
            self._estimator.learn(concat(self._open).known(now), now)
            self._open = [each for each in self._open if each.label_at.gt(now).any()]
        return self._estimator.estimate(Window(*span), window, now)


class LiveEffects:
    """A `Foresight` that is given the windows of the last weeks, with the labels that are known by then."""

    def __init__(self, measure: "Metric") -> None:
        self._foresight = Foresight(measure)
        self._past: deque[Rows] = deque(maxlen=LOOKED_AT)

    def learn(self, window: Rows) -> None:
        if len(window):
            self._past.append(window)

    def judge(self, found: Sequence[Finding], window: Rows, now: datetime) -> list[Finding]:
        past = [rows.known(now) for rows in self._past] if found else []
        return self._foresight.judge(found, past, window)
