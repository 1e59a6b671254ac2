"""What one question to the log is asked of."""

from dataclasses import dataclass
from typing import Any

from core.config.metric import Task


@dataclass(frozen=True)
class Scan:
    """The two tables of one question, with columns under names that no feature can collide with.

    `predictions` has id, predicted_at, version, score, prediction and `f0`, `f1`, ... for `features`; `labels`
    has id, label and label_at, one row an id: the newest that was known. Predictions and labels are as `ibis_values`
    reads them for the `task`.
    """

    connection: Any
    predictions: Any
    labels: Any
    features: tuple[str, ...]
    task: Task = Task.BINARY
    scored: bool = True

    def feature(self, name: str) -> str:
        return f"f{self.features.index(name)}"
