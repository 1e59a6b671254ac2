"""Whether an objective can be kept at all: does its metric fit the task, is its value one that the metric can have."""

from math import inf
from typing import Annotated, Any

from pydantic import BeforeValidator

from core.config.metric import Metric, Task, fitting


def _metric(value: Any) -> Any:
    if value is None or str(value).strip().lower() in set(Metric):
        return value if value is None else Metric(str(value).strip().lower())
    by_task = "; ".join(f"{task}: {', '.join(fitting(task))}" for task in Task)
    raise ValueError(f"there is no metric “{value}”; known are, for {by_task}")


KnownMetric = Annotated[Metric, BeforeValidator(_metric)]
"""A metric by its name."""


def check_fit(metric: Metric, task: Task, *, scored: bool) -> None:
    """ValueError, with those that fit, where a metric cannot be measured on such predictions."""
    if task not in metric.tasks:
        fit = ", ".join(fitting(task, scored=scored))
        raise ValueError(f"“metric: {metric}” does not fit a {task} pipeline; fitting are {fit}")
    if metric.reads_score and not scored:
        fit = ", ".join(fitting(task, scored=False))
        raise ValueError(
            f"“metric: {metric}” reads a probability; name its column as “score” in predictions, or use {fit}"
        )


def check_value(metric: Metric, objective: float) -> None:
    """ValueError where the metric cannot have this value."""
    if not metric.floor <= objective <= metric.ceiling:
        raise ValueError(f"“objective: {objective:g}” cannot be: {metric} is {bounds_of(metric)}")


def bounds_of(metric: Metric) -> str:
    """Between which values it lies, in words."""
    if metric.floor == -inf:
        return f"at most {metric.ceiling:g}"
    return "never below 0" if metric.ceiling == inf else f"between {metric.floor:g} and {metric.ceiling:g}"


def check_budget(name: str, objective: float, at_least: bool | None, metric: Metric) -> None:
    """ValueError where an objective on the pipeline's metric allows no loss, or asks for the wrong direction."""
    if at_least not in (None, metric.higher_is_better):
        better = "higher" if metric.higher_is_better else "lower"
        raise ValueError(f"“{name}”: {metric} is better when {better}; remove “at_least”, it is for a “series”")
    if metric.higher_is_better and not metric.floor <= objective < 1:
        least = "" if metric.floor < 0 else "at least 0 and "
        raise ValueError(f"“{name}”: “objective” must be {least}below 1; at 1 there is no error budget")
    if not metric.higher_is_better and not 0 < objective <= metric.ceiling:
        raise ValueError(f"“{name}”: “objective” must be above 0; at 0 there is no error budget")
