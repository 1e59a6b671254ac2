"""Predictions of some stretch of time, as they were known at one instant: what the estimators and slicers read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.config.metric import Task as Task

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rows:
    """n predictions; every series has the same index, in no particular order.

    `at` is when each was made (datetime64, UTC). `prediction` and `label` are 0.0 or 1.0 for BINARY, texts for
    MULTICLASS, numbers for REGRESSION; `label` is missing while unknown, and `label_at` (datetime64, UTC) is when
    it arrived, NaT while unknown. `score` (None when the log has none) is the probability of class 1 for BINARY,
    of the predicted class for MULTICLASS. `features` holds the columns that the model saw, as the log has them.
    """

    task: Task
    at: "pd.Series"
    prediction: "pd.Series"
    label: "pd.Series"
    label_at: "pd.Series"
    features: "pd.DataFrame"
    score: "pd.Series | None" = None

    def __len__(self) -> int:
        return len(self.at)

    def known(self, instant: datetime) -> "Rows":
        """The same predictions, with only the labels that had arrived by `instant`."""
        arrived = self.label_at.le(instant)
        return replace(self, label=self.label.where(arrived), label_at=self.label_at.where(arrived))

    def between(self, start: datetime, end: datetime) -> "Rows":
        """The predictions made in `[start, end)`."""
        return self.where(self.at.ge(start) & self.at.lt(end))

    def without_features(self) -> "Rows":
        """The same predictions, for whoever keeps many and only measures them."""
        return replace(self, features=self.features.iloc[:, :0])

    def thinned(self, most: int) -> "Rows":
        """At most so many of the predictions, evenly chosen by their order."""
        import pandas as pd

        step = -(-len(self) // most)
        return self if step <= 1 else self.where(pd.Series(range(len(self)), index=self.at.index) % step == 0)

    def where(self, chosen: "pd.Series") -> "Rows":
        """The predictions for which `chosen` (booleans, same index) is true."""
        return replace(
            self,
            at=self.at[chosen],
            prediction=self.prediction[chosen],
            label=self.label[chosen],
            label_at=self.label_at[chosen],
            features=self.features[chosen],
            score=None if self.score is None else self.score[chosen],
        )

    @property
    def labelled(self) -> "pd.Series":
        """Which labels are known, as booleans."""
        return self.label.notna()


def concat(parts: Sequence[Rows]) -> Rows:
    """All of these as one; they are of one task and have the same features. ValueError without any."""
    import pandas as pd

    if not parts:
        raise ValueError("there is nothing to put together")
    scores = [part.score for part in parts if part.score is not None]
    return Rows(
        task=parts[0].task,
        at=pd.concat([part.at for part in parts]),
        prediction=pd.concat([part.prediction for part in parts]),
        label=pd.concat([part.label for part in parts]),
        label_at=pd.concat([part.label_at for part in parts]),
        features=pd.concat([part.features for part in parts]),
        score=pd.concat(scores) if len(scores) == len(parts) else None,
    )
