"""Objectives in `pipeline.yaml`: of each window, and over rolling periods with an error budget."""

from typing import Self

from pydantic import Field, FiniteFloat, model_validator

from core.config.fields import Model, Name
from core.config.metric import Metric
from core.config.objective_check import KnownMetric


class Slo(Model):
    """The objective: `metric` of one window (by default accuracy, of a regression the MAE) at least `objective`, or at
    most where less is better, judged once `minimum_labels` are in."""

    metric: KnownMetric | None = None
    objective: FiniteFloat
    minimum_labels: int = Field(default=50, ge=1)


class RollingSlo(Model):
    """An objective over a rolling period, with an error budget.

    It is on the pipeline's metric, of all or of the sub-population `where`, or on a product metric that comes
    as a `series`: a CSV or Parquet file with the columns `at`, `value` and, if its points weigh differently, `weight`.
    `windows` is the length of the period, in windows of the evaluation.
    """

    name: Name = Field(max_length=80)
    objective: FiniteFloat
    at_least: bool | None = None
    windows: int = Field(default=28, ge=2, le=28)
    minimum_labels: float = Field(default=200, ge=1)
    where: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    series: str | None = None

    @model_validator(mode="after")
    def _has_a_budget(self) -> Self:
        if self.where and self.series is not None:
            raise ValueError("“where” cuts the pipeline's own predictions, so it does not go with “series”")
        if self.series is not None and self.at_least is not False and self.objective >= 1:
            raise ValueError("“objective” must be below 1; scale the series so that 1 is the best it can be")
        if self.series is not None and self.at_least is False and self.objective <= 0:
            raise ValueError("“objective” must be above 0; at 0 there is no error budget")
        return self

    def is_floor(self, metric: Metric) -> bool:
        """Whether the objective is a lower bound; on the pipeline's `metric` that metric says so."""
        return self.at_least is not False if self.series is not None else metric.higher_is_better
