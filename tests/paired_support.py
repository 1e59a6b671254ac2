"""Two models' predictions of the same made rows, for every task."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.config.metric import Task
from core.evaluation.rows import Rows

TOPICS = np.array(["billing", "delivery", "login"])


def rows_of(
    task: Task,
    label: Sequence[Any],
    prediction: Sequence[Any],
    score: Sequence[Any] | None = None,
    **features: Any,
) -> Rows:
    """Held-out rows of one model."""
    kind = object if task is Task.MULTICLASS else float
    index = pd.RangeIndex(len(label))
    never = pd.Series(pd.NaT, index=index, dtype="datetime64[us, UTC]")
    told = pd.Series(np.asarray(label), index=index).astype(kind), pd.Series(np.asarray(prediction), index=index)
    chance = None if score is None else pd.Series(np.asarray(score), index=index).astype(float)
    frame = pd.DataFrame(features, index=index)
    return Rows(task, never, told[1].astype(kind), told[0], never, frame, chance)


def paired(task: Task, rows: int, seed: int, gain: float = 0.0) -> tuple[Rows, Rows]:
    """A candidate and a champion that err alike; the first is better by `gain` (0 to 1)."""
    random = np.random.default_rng(seed)
    made = {Task.BINARY: _binary, Task.MULTICLASS: _topics, Task.REGRESSION: _numbers}[task]
    label, candidate, champion = made(random, rows, gain)
    return rows_of(task, label, *candidate), rows_of(task, label, *champion)


def _binary(random: Any, rows: int, gain: float) -> tuple[Any, tuple[Any, Any], tuple[Any, Any]]:
    label = random.integers(0, 2, rows)
    shared = random.normal(0, 1, rows) + 1.4 * label - 0.7
    scores = [
        1 / (1 + np.exp(-(shared + by * (2 * label - 1) + random.normal(0, 0.5, rows)))) for by in (gain, 0.0)
    ]
    (new, old) = (((score >= 0.5).astype(float), score) for score in scores)
    return label, new, old


def _topics(random: Any, rows: int, gain: float) -> tuple[Any, tuple[Any], tuple[Any]]:
    label, hard = random.choice(TOPICS, rows, p=[0.5, 0.3, 0.2]), random.random(rows)
    calls = [
        np.where(hard + random.normal(0, 0.2, rows) < right, label, random.choice(TOPICS, rows))
        for right in (0.6 + 0.4 * gain, 0.6)
    ]
    return label, (calls[0],), (calls[1],)


def _numbers(random: Any, rows: int, gain: float) -> tuple[Any, tuple[Any], tuple[Any]]:
    label, shared = random.gamma(3, 8, rows), random.standard_t(4, rows)
    calls = [label + (4 - 2 * gain) * shared + random.normal(0, 2, rows) for gain in (gain, 0.0)]
    return label, (calls[0],), (calls[1],)
