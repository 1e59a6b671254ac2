"""What the trainer is asked, as JSON; anything else in it, or missing from it, is an error that says so."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Part):
    """Where the rows are: the two logs, and a Parquet frame of what was recorded before the log began."""

    predictions: Path | None = None
    labels: Path | None = None
    history: Path | None = None

    @model_validator(mode="after")
    def _some_rows(self) -> Self:
        if (self.predictions is None) != (self.labels is None):
            raise ValueError("predictions and labels go together: a prediction is learned from by its label")
        if self.predictions is None and self.history is None:
            raise ValueError("no data: give predictions and labels, or history")
        return self


class Champion(_Part):
    """The model in service, to be scored on the same held-out rows as the candidate."""

    version: str
    model_path: Path


class Request(_Part):
    """One training run. All windows are half open, [from, until), over the time of prediction.

    Only labels that were known at `known_at` may be used, in training as in the holdout.
    """

    schema_: Literal[1] = Field(alias="schema")
    pipeline: str
    task: Literal["binary"] = "binary"
    metric: str = "accuracy"
    data: Data
    train_from: AwareDatetime
    train_until: AwareDatetime
    known_at: AwareDatetime
    holdout_from: AwareDatetime | None = None
    holdout_until: AwareDatetime | None = None
    champion: Champion | None = None
    output_dir: Path
    seed: int = 0

    @model_validator(mode="after")
    def _windows(self) -> Self:
        if self.train_from >= self.train_until:
            raise ValueError("train_from must be before train_until")
        if self.train_until > self.known_at:
            raise ValueError("train_until is after known_at: nothing can be known of the future")
        if (self.holdout_from is None) != (self.holdout_until is None):
            raise ValueError("holdout_from and holdout_until go together")
        if self.holdout_from is not None and self.holdout_from < self.train_until:
            raise ValueError("the holdout starts before training ends: its rows would be learned by heart")
        return self
