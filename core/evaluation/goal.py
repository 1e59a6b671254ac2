"""What a window's metric is held against, and how its figures are written: the same live and in a backtest."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from core.config.metric import Metric, signed
from core.config.pipeline import Pipeline

MOST_MORE = 5
"""More digits than this are not written, whatever they would tell."""


@dataclass(frozen=True)
class Goal:
    """`metric` at least `value`, or at most where less is better. `unit` is that of the label, where it has one;
    with fewer than `minimum_labels` a window is not judged. One that is `learned` is written like any figure."""

    metric: Metric
    value: float
    unit: str = ""
    minimum_labels: int = 1
    learned: bool = False

    @property
    def at_least(self) -> bool:
        return self.metric.higher_is_better

    def missed_by(self, value: float) -> bool:
        """Whether a metric of `value` misses it; a metric right on it keeps it."""
        return value < self.value if self.at_least else value > self.value

    def written(self, value: float) -> str:
        """A figure of the metric as people read it, with the digits that it takes to see on which side of the
        objective it is: `64.96%` where that is 65%."""
        return self.metric.written(value, self.unit, self._more(value))

    def _more(self, value: float) -> int:
        kept = (
            m for m in range(MOST_MORE) if self.missed_by(self.metric.rounded(value, m)) == self.missed_by(value)
        )
        return next(kept, MOST_MORE)

    def span(self, low: float, high: float) -> str:
        """`71.0% to 79.0%`, `8.1 to 9.4 minutes`."""
        first = self.metric.written(low) if self.metric.in_unit else self.written(low)
        return f"{first} to {self.written(high)}"

    def away(self, value: float) -> str:
        """How far a metric of `value` is from it, no more exactly than both are told: `3.4 points below`, `1.2 minutes
        above`; a hair's breadth by its first digit."""
        far, side = abs(value - self.value), "below" if value < self.value else "above"
        unit, decimals = (self.unit, None) if self.metric.in_unit else ("", None)
        if self.metric.share:
            far, unit, decimals = far * 100, "points", 1
        by = signed(far, unit, max(abs(value), abs(self.value)), decimals=decimals)
        return f"{by[1:] if by[0] == '+' else f'{far:.1g} {unit}'.rstrip()} {side}"

    @property
    def figure(self) -> str:
        """The objective itself, as it was declared."""
        return (self.metric.written if self.learned else self.metric.declared)(self.value, self.unit)

    @property
    def bound(self) -> str:
        """For example “at least 61.2%”."""
        return f"{'at least' if self.at_least else 'at most'} {self.figure}"

    @property
    def stated(self) -> str:
        """The objective after “the objective is”: a lower bound by its figure alone, an upper one as such."""
        return self.figure if self.at_least else self.bound

    @property
    def side(self) -> str:
        """On which side of it a miss is."""
        return "below" if self.at_least else "above"

    @property
    def title(self) -> str:
        """The metric's name within a sentence."""
        return self.metric.spoken

    @property
    def begun(self) -> str:
        """The same as a sentence begins with it."""
        return self.metric.begun


def goal_of(pipeline: Pipeline) -> Goal:
    """The objective that a pipeline's YAML declares for each window."""
    return Goal(pipeline.metric, pipeline.slo.objective, pipeline.unit, pipeline.slo.minimum_labels)


def stored_goal(metric: str, objective: float, summary: Mapping[str, Any] | None) -> Goal:
    """The objective that a stored evaluation was held against, by its columns; old ones say nothing of a unit."""
    return Goal(Metric(metric), objective, str((summary or {}).get("unit") or ""))


def slice_written(found: Mapping[str, Any], value: float) -> str:
    """A figure of a reported slice (`reported_slices`) as people read it."""
    return slice_metric_of(found).written(value, str(found.get("unit") or ""))


def slice_figure(found: Mapping[str, Any]) -> str:
    """The figure of a reported slice with its name, or why there is none: “MAE 19.1 minutes”."""
    name, value = slice_metric_of(found).spoken, found.get("value")
    if value is None:
        return f"{name} is not defined on its rows" if found.get("labels") else "no labels yet"
    return f"{name} {slice_written(found, value)}"


def slice_found_by(found: Mapping[str, Any]) -> str:
    """What a reported slice is told by, where that is not the figure itself: “finds 3 of 20 positives, usually 13 to
    17”."""
    return str(found["found"]) if found.get("found") and found.get("worse") else ""


def slice_blamed(found: Mapping[str, Any]) -> str:
    """A slice that stands out, within an alert: its name, and what it is told by where that is not the figure."""
    by = slice_found_by(found)
    return f"{found['name']}: it {by}" if by else str(found["name"])


def slice_shortfall(found: Mapping[str, Any]) -> float:
    """How much worse a reported slice is than its usual, in its metric's unit times the root of its labels, as few of
    them say little; positive when it is, minus infinity while that is not known."""
    value, usual = found.get("value"), found.get("usual")
    if value is None or usual is None:
        return -inf
    worse = usual - value if slice_metric_of(found).higher_is_better else value - usual
    return float(worse) * sqrt(found.get("labels") or found["rows"])


def is_below_usual(found: Mapping[str, Any]) -> bool:
    """Whether a reported slice does worse than it usually does: than in nine of ten windows, or on average where no
    more is known."""
    value, low, high = (found.get(name) for name in ("value", "usual_low", "usual_high"))
    within = value is not None and low is not None and high is not None and low <= value <= high
    return not within and slice_shortfall(found) > 0


def slice_metric_of(found: Mapping[str, Any]) -> Metric:
    """What is told of a reported slice; of old ones the accuracy."""
    return Metric(found.get("metric") or Metric.ACCURACY)
