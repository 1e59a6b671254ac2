"""How the streams of the estimates' bench are made: instants, wandering moods, a frozen model, and late labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.estimate.answer import Measure
from core.evaluation.rows import Rows, Task

START = datetime(2023, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Source:
    """Predictions in windows of `length` from `start` on; the first `past` windows are history.

    `broken_from` is the window from which on the features mean something else (None: never).
    """

    rows: Rows
    measure: Measure
    start: datetime
    length: timedelta
    past: int
    windows: int
    broken_from: int | None = None


@dataclass(frozen=True)
class Plan:
    """How many windows there are, how many of them are past, how many days each lasts, and what is measured."""

    past: int
    windows: int
    measure: Measure
    length: float = 1.0
    scored: bool = True


def times(rng: np.random.Generator, days: int, each: int, *, spread: bool = True) -> Any:
    """Instants in days since the start, in order: at random over each day, or evenly."""
    inside = np.sort(rng.random((days, each)), axis=1) if spread else np.tile(np.arange(each) / each, (days, 1))
    return (np.arange(days)[:, None] + inside).ravel()


def day_of(time: Any) -> Any:
    return np.maximum(np.floor(time).astype(int), 0)


def wander(rng: np.random.Generator, days: int, step: float) -> Any:
    """A walk that is drawn back to 0 within about a month and a half."""
    found = np.zeros(days)
    for i in range(1, days):
        found[i] = 0.98 * found[i - 1] + rng.normal(0, step)
    return found


def bernoulli(rng: np.random.Generator, logit: Any) -> Any:
    return (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(float)


def predicted(time: Any, features: dict[str, Any], label: Any, delay: Any, plan: Plan) -> Source:
    """Trees fitted to the first half of the past predict all; their scores are not calibrated on what follows.

    `label` holds numbers for a regression's measure, else 0 and 1; `delay` hours, inf for a label that never comes.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    frame = pd.DataFrame(features)
    taught, matrix = (time < plan.past * plan.length / 2) & np.isfinite(label), coded(frame)
    task = Task.REGRESSION if Task.REGRESSION in plan.measure.tasks else Task.BINARY
    shape: dict[str, Any] = {"max_leaf_nodes": 8, "min_samples_leaf": 30, "random_state": 0}
    score = None
    if task is Task.REGRESSION:
        regressor = HistGradientBoostingRegressor(max_iter=60, **shape)
        called = regressor.fit(matrix[taught], label[taught]).predict(matrix)
    else:
        classifier = HistGradientBoostingClassifier(max_iter=40, **shape)
        score = pd.Series(classifier.fit(matrix[taught], label[taught]).predict_proba(matrix)[:, 1])
        called = score.ge(0.5).astype(float)
    rows = logged(task, time, pd.Series(called), pd.Series(label), delay, frame, score if plan.scored else None)
    return sourced(rows, plan)


def sourced(rows: Rows, plan: Plan) -> Source:
    return Source(rows, plan.measure, START, timedelta(days=plan.length), plan.past, plan.windows)


def sorted_out(time: Any, words: Any, label: Any, delay: Any, names: Sequence[str], plan: Plan) -> Source:
    """A linear model of the first part of the past names a class; `delay` is by (label, called, its score)."""
    from sklearn.linear_model import LogisticRegression

    taught = time < plan.past * plan.length
    model = LogisticRegression(max_iter=300).fit(words[taught], label[taught])
    probability = model.predict_proba(words)
    called = probability.argmax(axis=1)
    features = pd.DataFrame(words, columns=[f"w{number + 1}" for number in range(words.shape[1])])
    text = pd.Series(list(names))
    answers = pd.Series(text[called].to_numpy()), pd.Series(text[label].to_numpy())
    sure = probability.max(axis=1)
    rows = logged(Task.MULTICLASS, time, *answers, delay(label, called, sure), features, pd.Series(sure))
    return sourced(rows, plan)


def coded(frame: pd.DataFrame) -> Any:
    columns = [
        frame[name].to_numpy(float)
        if pd.api.types.is_numeric_dtype(frame[name])
        else frame[name].astype("category").cat.codes.to_numpy(float)
        for name in frame
    ]
    return np.column_stack(columns)


def logged(
    task: Task, time: Any, prediction: Any, label: Any, delay: Any, features: pd.DataFrame, score: Any
) -> Rows:
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(np.round(time * 86_400), unit="s"))
    wait = pd.Series(pd.to_timedelta(np.where(np.isfinite(delay), np.round(delay * 3600), np.nan), unit="s"))
    label_at = at + wait
    return Rows(task, at, prediction, label.where(label_at.notna()), label_at, features, score)


def in_zone(source: Source, zone: str) -> Source:
    """The same log as another part of the world writes it: instants in local time, with its changes of clock."""
    rows = source.rows
    return replace(
        source, rows=replace(rows, at=rows.at.dt.tz_convert(zone), label_at=rows.label_at.dt.tz_convert(zone))
    )
