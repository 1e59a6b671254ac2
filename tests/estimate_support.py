"""Streams whose truth is known: days share a shock, labels come late, bad ones later."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from core.evaluation.estimate.answer import Estimate, Measure, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stream:
    """How the simulated predictions come about; `slower` is how many times longer the label 1 takes."""

    days: int = 50
    each: int = 80
    shock: float = 0.8
    delay_hours: float = 6.0
    slower: float = 2.0
    seed: int = 0


def day_of(number: int) -> Window:
    return Window(START + DAY * number, START + DAY * (number + 1))


def simulated(shape: Stream, task: Task = Task.BINARY) -> Rows:
    """`shape.days` days; the features are a number that matters, a text, and a column that is always missing."""
    rng = np.random.default_rng(shape.seed)
    count = shape.days * shape.each
    at = pd.Series(pd.to_datetime([START + DAY * (i / shape.each) for i in range(count)], utc=True))
    x = rng.normal(size=count)
    shock = np.repeat(rng.normal(0, shape.shock, shape.days), shape.each)
    probability = 1 / (1 + np.exp(-(-1.2 + x + shock)))
    bad = (rng.random(count) < probability).astype(float)
    hours = shape.delay_hours * np.where(bad == 1, shape.slower, 1.0) * rng.lognormal(0, 0.2, count)
    features = pd.DataFrame({"x": x, "site": rng.choice(["a", "b", "c"], count), "gone": np.full(count, np.nan)})
    prediction, label, score = _answers(task, rng, x, bad, shock)
    return Rows(task, at, prediction, label, at + pd.to_timedelta(hours, unit="h"), features, score)


def _answers(
    task: Task, rng: np.random.Generator, x: np.ndarray, bad: np.ndarray, shock: np.ndarray
) -> tuple[pd.Series, pd.Series, pd.Series | None]:
    if task is Task.BINARY:
        score = 1 / (1 + np.exp(-(x - 1.2)))
        return pd.Series((score > 0.5).astype(float)), pd.Series(bad), pd.Series(score)
    if task is Task.MULTICLASS:
        kinds = np.array(["cat", "dog", "owl"])
        called = rng.integers(3, size=len(x))
        return pd.Series(kinds[called]), pd.Series(kinds[np.where(bad == 1, (called + 1) % 3, called)]), None
    error = rng.normal(size=len(x)) * np.exp(0.4 * x + 0.5 * shock)
    return pd.Series(x * 10), pd.Series(x * 10 + error), None


def truth(rows: Rows, measure: Measure) -> float:
    """The metric over all labels, by its textbook definition."""
    if measure is Measure.ACCURACY:
        return float((rows.label == rows.prediction).mean())
    from sklearn import metrics

    if measure in (Measure.AUC, Measure.LOG_LOSS):
        assert rows.score is not None
        found = metrics.roc_auc_score if measure is Measure.AUC else metrics.log_loss
        return float(found(rows.label, rows.score))
    if measure is Measure.F1:
        return float(metrics.f1_score(rows.label, rows.prediction))
    if measure is Measure.RECALL:
        return float(metrics.recall_score(rows.label, rows.prediction, average="macro", zero_division=0))
    if measure is Measure.R2:
        return float(metrics.r2_score(rows.label, rows.prediction))
    error = rows.label - rows.prediction
    return float(error.abs().mean()) if measure is Measure.MAE else float(np.sqrt((error**2).mean()))


def walked(rows: Rows, measure: Measure, days: range, lead: timedelta) -> list[tuple[Estimate | Unknown, float]]:
    """The answer of each of these days, `lead` after it began, beside what became of it."""
    estimator, found = Estimator(rows.task, measure, DAY), []
    for number in days:
        window = day_of(number)
        now = window.start + lead
        estimator.learn(rows.between(START, window.start).known(now), now)
        day = rows.between(window.start, window.end)
        found.append((estimator.estimate(window, day.known(now), now), truth(day, measure)))
    return found
