"""Weeks of a made classifier of which one slice may err more."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from core.evaluation.rows import Rows, Task

START = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)
PAST = 12


def week(number: int, rng: np.random.Generator, rows: int = 2000, worse: float = 0.0) -> Rows:
    """A week of a classifier that errs on 15%, and `worse` more of it in country b of shop x."""
    start = START + number * WEEK
    at = pd.Series(pd.to_datetime(start) + pd.to_timedelta(np.sort(rng.uniform(0, 7 * 24 * 3600, rows)), unit="s"))
    features = pd.DataFrame(
        {
            "country": rng.choice(list("abcd"), rows),
            "shop": rng.choice(list("xyz"), rows),
            "age": rng.normal(40, 12, rows),
        }
    )
    hit = (features["country"] == "b") & (features["shop"] == "x")
    wrong = rng.uniform(size=rows) < np.where(hit, 0.15 + worse, 0.15)
    label = pd.Series(rng.integers(0, 2, rows).astype(float))
    prediction = label.where(~pd.Series(wrong), 1 - label)
    score = pd.Series(np.where(prediction == 1, 0.8, 0.2))
    return Rows(Task.BINARY, at, prediction, label, at + pd.Timedelta(hours=1), features, score)
