"""The JSON that a trainer is given and answers with, version 1.

Trainers are other people's programs: what they answer is checked before it is used.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from core.config.log_address import is_address
from core.config.metric import Metric, Task

SCHEMA = 1


class TrainerResult(BaseModel):
    """What a trainer answers: its last line on standard output, as one JSON object. Other fields are ignored.

    `holdout_predictions` is a Parquet file of the held-out rows, as `core.models.holdout` reads it; `threshold` is from
    which score on a row of a binary task is called 1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    schema_: Literal[1] = Field(alias="schema")
    model_path: Path
    metrics: dict[str, FiniteFloat] = Field(default_factory=dict)
    features: list[str] = Field(min_length=1)
    rows: dict[str, int] = Field(default_factory=dict)
    threshold: float = Field(default=0.5, ge=0, le=1)
    requirements: list[str] = Field(default_factory=list)
    holdout_predictions: Path | None = None
    trained_until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _files_exist(self) -> Self:
        for path in (self.model_path, self.holdout_predictions):
            if path is not None and not (path.is_absolute() and path.is_file()):
                raise ValueError(f"{path} is not a file (paths must be absolute)")
        return self


def training_request(
    pipeline: str,
    *,
    predictions: str | None,
    labels: str | None,
    train: tuple[datetime, datetime],
    holdout: tuple[datetime, datetime] | None,
    known_at: datetime,
    output_dir: Path,
    champion: tuple[int, Path] | None = None,
    history: Path | None = None,
    seed: int = 0,
    task: Task = Task.BINARY,
    metric: Metric = Metric.ACCURACY,
) -> dict[str, Any]:
    """The request, ready for JSON. Windows are half open over prediction time.

    `known_at` is the moment of training: a trainer may use no label that arrived later. `history` is a Parquet
    file of rows recorded before the prediction log began. `predictions` and `labels` are folders, which become
    absolute, or the addresses of tables. `task` and `metric` say what is predicted and what the gate compares by.
    Raises ValueError when the training window reaches past `known_at` or into the holdout, which would leak.
    """
    if train[1] > known_at:
        raise ValueError(f"the training window ends at {train[1].isoformat()}, after {known_at.isoformat()}")
    if holdout is not None and holdout[0] < train[1]:
        raise ValueError("the holdout starts before the training window ends")
    request: dict[str, Any] = {
        "schema": SCHEMA,
        "pipeline": pipeline,
        "task": task.value,
        "metric": metric.value,
        "data": _given(predictions=_place(predictions), labels=_place(labels), history=_text(history)),
        "train_from": train[0].isoformat(),
        "train_until": train[1].isoformat(),
        "known_at": known_at.isoformat(),
        "output_dir": str(output_dir.resolve()),
        "seed": seed,
    }
    if holdout is not None:
        request |= {"holdout_from": holdout[0].isoformat(), "holdout_until": holdout[1].isoformat()}
    if champion is not None:
        request["champion"] = {"version": str(champion[0]), "model_path": str(champion[1].resolve())}
    return request


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _place(path: str | None) -> str | None:
    return path if path is None or is_address(path) else str(Path(path).resolve())


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
