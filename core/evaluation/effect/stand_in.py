"""A stand-in for the model: what it answers to features, learned from what it answered."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.encode import CLOCK, Encoder
from core.evaluation.estimate.inputs import telling
from core.evaluation.rows import Rows, Task, concat

FAITHFUL = 0.6
"""The share of the variance of unseen answers (of classes: of answers beyond the commonest) it must tell."""
MOST_CLASSES = 20


@dataclass(frozen=True)
class StandIn:
    """`faithful` in [0, 1] says how well it tells answers that it was not taught, `strays` how far it is off there."""

    task: Task
    encoder: Encoder
    inputs: Ints
    trees: Any
    faithful: float
    strays: float

    def answers(self, rows: Rows, features: pd.DataFrame) -> Rows:
        """The rows with these features instead of theirs, and with its answers instead of the model's."""
        found = self.trees.predict(_matrix(self.encoder, rows, features)[:, self.inputs])
        prediction = pd.Series(found, index=rows.at.index)
        score = None
        if self.task is Task.BINARY:
            score = prediction.clip(0, 1)
            prediction = (score >= 0.5).astype(float)
        return Rows(rows.task, rows.at, prediction, rows.label, rows.label_at, features, score)

    def off_by(self, rows: Rows) -> float:
        """How far it is from the model's own answers to these rows, on average."""
        found = self.trees.predict(_matrix(self.encoder, rows, rows.features)[:, self.inputs])
        return _distance(self.task, found, _answers(rows))


def learn_stand_in(past: Rows, window: Rows, about: Set[str] = frozenset()) -> StandIn | None:
    """From the model's answers to past rows, the newest fifth kept to be tested on, and to half of the window's: how it
    answers values that never were before can only be learned there. Of a wide log it is given the columns that it is
    asked `about`, if they are few, and those that tell most of the answers. None for too many classes, or one."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    order = np.argsort(past.at.to_numpy(), kind="stable")
    kept = np.zeros(len(past), bool)
    kept[order[len(order) * 4 // 5 :]] = True
    seen, tested = (past.where(pd.Series(each, index=past.at.index)) for each in (~kept, kept))
    taught = concat([seen, half_of(window, 0)]) if len(window) else seen
    answers = _answers(taught)
    if past.task is Task.MULTICLASS and not 1 < len(set(answers)) <= MOST_CLASSES:
        return None
    encoder = Encoder(taught)
    kind = HistGradientBoostingClassifier if past.task is Task.MULTICLASS else HistGradientBoostingRegressor
    shape = {"max_iter": 120, "learning_rate": 0.1, "max_leaf_nodes": 24, "min_samples_leaf": 20}
    trees = kind(**shape, early_stopping=False, random_state=0)
    matrix = _matrix(encoder, taught, taught.features)
    wanted = [place for place, name in enumerate(taught.features.columns) if name in about]
    inputs = telling(matrix, _as_numbers(past.task, answers), encoder.categorical, CLOCK, wanted)
    trees.fit(matrix[:, inputs], answers)
    found, real = trees.predict(_matrix(encoder, tested, tested.features)[:, inputs]), _answers(tested)
    faithful = _faithful(past.task, found, real)
    return StandIn(past.task, encoder, inputs, trees, faithful, _distance(past.task, found, real))


def half_of(rows: Rows, which: int) -> Rows:
    """Every second row: the one half (0) is taught, the other (1) tested on."""
    return rows.where(pd.Series(np.arange(len(rows)) % 2 == which, index=rows.at.index))


def _answers(rows: Rows) -> Any:
    """What the model said: its score where there is one, else its prediction."""
    if rows.task is Task.MULTICLASS:
        return rows.prediction.astype(str).to_numpy()
    if rows.task is Task.BINARY and rows.score is not None:
        return rows.score.fillna(rows.prediction).to_numpy(float)
    return rows.prediction.to_numpy(float)


def _as_numbers(task: Task, answers: Any) -> Floats:
    """Answers as numbers; of classes a column for each."""
    if task is Task.MULTICLASS:
        return np.asarray(answers[:, None] == np.array(sorted(set(answers))), float)
    return np.asarray(answers, float)


def _matrix(encoder: Encoder, rows: Rows, features: pd.DataFrame) -> Floats:
    """The features and the time of day, without what the model answered."""
    whole = encoder.matrix(
        Rows(rows.task, rows.at, rows.prediction, rows.label, rows.label_at, features, rows.score)
    )
    whole = np.delete(whole, [whole.shape[1] - 4, whole.shape[1] - 3], axis=1)
    return np.where(np.isnan(whole).all(axis=0), 0.0, whole)


def _faithful(task: Task, found: Any, answers: Any) -> float:
    if task is Task.MULTICLASS:
        commonest = max(float((answers == each).mean()) for each in set(answers))
        return 1.0 if commonest == 1 else float(((found == answers).mean() - commonest) / (1 - commonest))
    spread = float(np.var(answers))
    return 1.0 if spread == 0 else 1 - float(np.mean((found - answers) ** 2)) / spread


def _distance(task: Task, found: Any, answers: Any) -> float:
    return float((found != answers).mean() if task is Task.MULTICLASS else np.abs(found - answers).mean())
