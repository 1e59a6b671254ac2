"""`pipeline.yaml`: one pipeline, its log, its objective, its schedules, its trainer and its deployment."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from core.config.bounds import ColumnBounds
from core.config.fields import Duration, Every, Id, Model, Name, Schedule, WebAddress
from core.config.log_address import is_address, read_address
from core.config.metric import Metric, Task, default_metric, in_unit
from core.config.objective_check import check_budget, check_fit, check_value
from core.config.slo import RollingSlo as RollingSlo
from core.config.slo import Slo as Slo

Outcome = int | float | str
"""What is predicted or true: a class of a binary task as 0 or 1, of a multiclass one as text, else a number."""


class PredictionLog(Model):
    """Where the serving side writes what it predicted, and the names of the columns in it.

    `path` is a folder of closed Parquet files, partitioned as `date=YYYY-MM-DD` by prediction time (UTC), or the
    address of a table (`duckdb:///file?table`, `postgresql://user@host/database/table`). Without `version` nothing is
    said about which model version predicted what. `score`, if there is one, is the probability of class 1, and of the
    predicted class where there are more than two.
    """

    path: str
    id: str
    predicted_at: str
    version: str | None = None
    score: str | None = None
    prediction: str
    features: list[str] = Field(min_length=1)


class LabelLog(Model):
    """Where labels arrive: a folder of closed Parquet files, partitioned by the day of arrival (UTC), or a table in
    the store of the predictions. Without `path` they are columns of the predictions, without `id` it is named alike."""

    path: str | None = None
    id: str | None = None
    label: str
    label_at: str


class Trainer(Model):
    """The team's own training program: started with `command` in `directory`, stopped after `timeout`.

    It reads one JSON request and writes one JSON result; see docs/trainer.md.
    """

    command: list[str] = Field(min_length=1)
    directory: str
    timeout: Duration = timedelta(hours=2)
    history: str | None = Field(default=None, description="rows from before the prediction log began (Parquet)")


class Retraining(Model):
    """When a candidate is trained, on how much history, and on what it is compared with the champion."""

    schedule: Schedule
    trainer: Trainer
    history: Duration
    holdout: Duration


class Deployment(Model):
    """Where the serving program tells which version it answers with, and how long a change may take."""

    version_url: str
    timeout: Duration = timedelta(minutes=5)


class Review(Model):
    """When the week's wrong predictions are gone through, and how many of them at the most."""

    schedule: Schedule
    cards: int = Field(default=10, ge=1, le=50)


class Report(Model):
    """When the week's report comes; without a schedule on Monday at 09:30, in the zone of the evaluation."""

    schedule: Schedule | None = None


class Apply(StrEnum):
    """What happens to thresholds that past verdicts ask for: people decide (PROPOSE), or they apply at once (AUTO)."""

    PROPOSE = "propose"
    AUTO = "auto"


class Alerting(Model):
    """How the alerting policy learns: `recall` is the share of real drops (and of findings worth a message) that new
    thresholds must keep on the past. They are looked at on `schedule`."""

    recall: float = Field(default=0.9, ge=0.5, le=1)
    apply: Apply = Apply.PROPOSE
    schedule: Schedule = Field(default_factory=lambda: Schedule(every=Every.WEEK, at=time(9)))


class SliceChecks(Model):
    """Slices whose columns are summarised and checked like the whole's: of each attribute of `by` the `largest`
    values, and with `tracked` every slice that people track."""

    by: list[str] = Field(default_factory=list, max_length=4)
    tracked: bool = False
    largest: int = Field(default=12, ge=1, le=40)


class Pipeline(Model):
    """The whole of `pipeline.yaml`."""

    pipeline: Id
    title: Name
    description: str = ""
    rotation: Id
    channel: Id
    escalation: Id
    runbook: WebAddress
    task: Task = Task.BINARY
    unit: str = Field(
        default="",
        max_length=20,
        pattern=r"^[^<>&]*$",
        description="of a regression's prediction and label, such as minutes",
    )
    predictions: PredictionLog
    labels: LabelLog
    classes: tuple[str, ...] | None = Field(
        default=None, description="what people call class 0, class 1, and so on"
    )
    slo: Slo
    slos: list[RollingSlo] = Field(default_factory=list)
    evaluation: Schedule
    slices: list[str] = Field(default_factory=list)
    slice_depth: int = Field(default=2, ge=1, le=3, description="attributes that a slice has at most")
    retraining: Retraining | None = None
    deployment: Deployment | None = None
    review: Review | None = None
    alerting: Alerting = Field(default_factory=Alerting)
    report: Report = Field(default_factory=Report)
    checks: dict[str, ColumnBounds] = Field(default_factory=dict)
    slice_checks: SliceChecks = Field(default_factory=SliceChecks)

    @property
    def metric(self) -> Metric:
        """What each window is judged by."""
        return self.slo.metric or default_metric(self.task)

    def outcome_name(self, outcome: Outcome) -> str:
        """What people call what was predicted or true: a class by its name, a number with its unit."""
        if self.task is Task.REGRESSION:
            return in_unit(float(outcome), self.unit)
        place = int(outcome) if isinstance(outcome, int | float) or outcome.isdecimal() else -1
        return self.classes[place] if self.classes and 0 <= place < len(self.classes) else str(outcome)

    @property
    def report_schedule(self) -> Schedule:
        """When the week's report comes."""
        zone = self.evaluation.timezone
        return self.report.schedule or Schedule(every=Every.WEEK, at=time(9, 30), timezone=zone)

    @field_validator("unit")
    @classmethod
    def _unit_is_of_numbers(cls, unit: str, info: ValidationInfo) -> str:
        if unit and info.data.get("task", Task.REGRESSION) is not Task.REGRESSION:
            raise ValueError("only a regression has a unit; remove it, or write “task: regression”")
        return unit

    @field_validator("classes")
    @classmethod
    def _classes_fit(cls, classes: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        task = info.data.get("task")
        if classes is None or task is None:
            return classes
        if task is Task.REGRESSION:
            raise ValueError("a regression predicts numbers and has no classes; remove them, or mend “task”")
        if task is Task.BINARY and len(classes) != 2:
            raise ValueError(f"these are {len(classes)} names; a binary task has two classes, first that of 0")
        if len(set(classes)) < max(2, len(classes)):
            raise ValueError("at least two classes are needed, each with a name of its own")
        return classes

    @field_validator("slo")
    @classmethod
    def _slo_fits(cls, slo: Slo, info: ValidationInfo) -> Slo:
        task, predictions = info.data.get("task"), info.data.get("predictions")
        if task is None or predictions is None:
            return slo
        metric = slo.metric or default_metric(task)
        check_fit(metric, task, scored=predictions.score is not None)
        check_value(metric, slo.objective)
        return slo

    @field_validator("slos")
    @classmethod
    def _slos_have_budgets(cls, slos: list[RollingSlo], info: ValidationInfo) -> list[RollingSlo]:
        task, slo = info.data.get("task"), info.data.get("slo")
        if task is None or slo is None:
            return slos
        metric = slo.metric or default_metric(task)
        for each in slos:
            if each.series is None:
                check_budget(each.name, each.objective, each.at_least, metric)
        return slos

    @model_validator(mode="after")
    def _log_can_be_joined(self) -> Self:
        """Predictions and labels lie in one store, whose addresses can be read (AddressError is a ValueError)."""
        made, arrived = self.predictions.path, self.labels.path or self.predictions.path
        if is_address(made) != is_address(arrived):
            raise ValueError(
                "predictions and labels must lie in one store: both in folders, or both in tables of it"
            )
        if is_address(made) and read_address(made).store != read_address(arrived).store:
            raise ValueError(
                "the tables of predictions and labels must lie in one DuckDB file, PostgreSQL database or warehouse"
            )
        return self

    @model_validator(mode="after")
    def _candidates_can_be_promoted(self) -> Self:
        if self.retraining is not None and self.deployment is None:
            raise ValueError(
                "“retraining” proposes candidates to be promoted, so it needs “deployment”: where serving tells its "
                "version"
            )
        return self

    @model_validator(mode="after")
    def _slices_are_features(self) -> Self:
        for word, names in (("slices", self.slices), ("slice_checks", self.slice_checks.by)):
            for name in names:
                if name not in self.predictions.features:
                    raise ValueError(
                        f"{word} names “{name}”, which is not among the features of the prediction log"
                    )
        return self

    @model_validator(mode="after")
    def _checks_are_of_features(self) -> Self:
        for name in self.checks:
            if name not in self.predictions.features:
                raise ValueError(f"checks: “{name}” is not among the features of the prediction log")
        return self

    @model_validator(mode="after")
    def _slos_are_measurable(self) -> Self:
        for slo in self.slos:
            for name in slo.where:
                if name not in self.predictions.features:
                    raise ValueError(f"slos: “{slo.name}” names “{name}”, which is not among the features")
        if len({slo.name for slo in self.slos}) < len(self.slos):
            raise ValueError("slos: each needs a name of its own")
        return self
