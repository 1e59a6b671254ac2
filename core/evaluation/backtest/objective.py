"""The objective that a window's metric keeps or misses: as given, or learned from history."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean, stdev

from core.config.metric import Metric, Task, default_metric, fitting
from core.config.objective_check import bounds_of
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.goal import Goal

MARGIN = 0.05
"""How far below history's mean the learned objective lies at least."""
DEVIATIONS = 2.0
"""And how many standard deviations between history's windows."""
_WRITTEN = re.compile(r"\s*(>=|≥|<=|≤)\s*([^\s%]+)\s*(%?)\s*")


@dataclass(frozen=True)
class Objective:
    """`metric` at least `value` when `at_least`, else at most; `origin` says in a sentence where it comes from."""

    metric: Metric
    value: float
    at_least: bool
    origin: str
    learned: bool = False

    def missed_by(self, value: float) -> bool:
        """Whether a metric of `value` misses it; a metric right on it keeps it."""
        return value < self.value if self.at_least else value > self.value

    @property
    def sentence(self) -> str:
        """For example “accuracy at least 61.2%”."""
        return f"{self.metric.spoken} {self.bound}"

    @property
    def bound(self) -> str:
        """For example “at least 61.2%”."""
        return self.goal.bound

    @property
    def goal(self) -> Goal:
        """What messages write it by."""
        return Goal(self.metric, self.value, learned=self.learned)


def metric_for(name: str | None, task: Task, *, has_score: bool) -> Metric:
    """The metric of this name, or the task's default. BacktestError when it does not fit."""
    if name is None:
        return default_metric(task)
    try:
        metric = Metric(name.strip().lower())
    except ValueError:
        raise BacktestError(f"--metric: there is no “{name}”; known are {', '.join(Metric)}") from None
    if task not in metric.tasks:
        raise BacktestError(
            f"--metric: {metric} does not fit a {task} log; fitting are {', '.join(fitting(task))}"
        )
    if metric.reads_score and not has_score:
        raise BacktestError(f"--metric: {metric} reads probabilities; name their column with --score")
    return metric


def parse_objective(text: str, metric: Metric) -> Objective:
    """`>=0.75`, `<=3.2` or `>= 75%`. BacktestError for anything else, the direction that rewards bad models, or a value
    that the metric cannot have."""
    found = _WRITTEN.fullmatch(text)
    number = _number(found[2]) if found else None
    if found is None or number is None:
        raise BacktestError(f'--slo: “{text}” is no objective; write for example ">=0.75" or "<=3.2"')
    at_least = found[1] in (">=", "≥")
    if at_least is not metric.higher_is_better:
        better, sign = ("higher", ">=") if metric.higher_is_better else ("lower", "<=")
        raise BacktestError(f'--slo: {metric.value} is better when {better}; write "{sign}{found[2]}"')
    value = number / 100 if found[3] else number
    if not metric.floor <= value <= metric.ceiling:
        raise BacktestError(f"--slo: “{text}” cannot be: {metric.value} is {bounds_of(metric)}")
    return Objective(metric, value, at_least, "It was given.")


def learned_objective(metric: Metric, history: Sequence[float]) -> Objective | None:
    """The lower of history's mean window metric minus .05 and minus two standard deviations between windows.

    Mirrored (the higher of plus .05 and plus two deviations) for metrics that are better when lower. With one
    window the deviation is taken as 0; without any there is no objective and None, nor is there one that the metric
    could never miss (`why_none`).
    """
    values = [value for value in history if isfinite(value)]
    if not values:
        return None
    mean, spread = fmean(values), stdev(values) if len(values) > 1 else 0.0
    room = max(MARGIN, DEVIATIONS * spread)
    value = mean - room if metric.higher_is_better else mean + room
    if not metric.floor < value < metric.ceiling:
        return None
    why = (
        f"two standard deviations of {metric.written(spread)}"
        if room > MARGIN
        else f"the smallest margin of {'5 points' if metric.share else metric.written(MARGIN)}"
    )
    below = "below" if metric.higher_is_better else "above"
    windows = f"{len(values):,} window{'s' if len(values) != 1 else ''}"
    origin = f"It is learned: {why} {below} the mean of {metric.written(mean)} over {windows} of history."
    return Objective(metric, value, metric.higher_is_better, origin, learned=True)


def why_none(metric: Metric, history: Sequence[float]) -> str:
    """Why no objective was learned, and what to do."""
    values = [value for value in history if isfinite(value)]
    if not values:
        return "No label of the history was in by --reference-until, so there is no objective and no page; give --slo."
    mean, spread = fmean(values), stdev(values) if len(values) > 1 else 0.0
    return (
        f"History's windows differ too much to learn an objective from: {metric.spoken} is {metric.written(mean)} on "
        f"average, with a standard deviation of {metric.written(spread)} between windows, and what lies two of these "
        "away could never be missed. There is no objective and no page; take longer windows, or give --slo."
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
