"""Two weeks of flights of which, on the last day, one slice fails."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.metric import Task
from core.config.pipeline import Pipeline
from tests.fakes_log import Arrived, FakeLog, Made

MIDNIGHT = datetime(2013, 2, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 14
EV_FROM_NEWARK = {"carrier": "EV", "origin": "EWR"}
VALUES = {"carrier": ["EV", "UA"], "origin": ["EWR", "JFK", "LGA"], "dest": ["ORD", "BOS"]}


def _drawn(
    rng: random.Random, pipeline: Pipeline, each: int
) -> Iterator[tuple[str, datetime, dict[str, Any], bool]]:
    """Of each prediction its id, when it was made, its features, and whether it is of the slice that fails."""
    for day in range(DAYS):
        for i in range(each):
            row: dict[str, Any] = dict.fromkeys(pipeline.predictions.features, 1.0)
            row |= {name: rng.choice(values) for name, values in VALUES.items()}
            hit = day == DAYS - 1 and all(row[name] == value for name, value in EV_FROM_NEWARK.items())
            yield f"{day}-{i}", MIDNIGHT + day * DAY + i * DAY / each, row, hit


def flights(
    pipeline: Pipeline, each: int = 300, worse: float = 0.5, delay: timedelta = timedelta(hours=8)
) -> FakeLog:
    """Days on which 15% are wrong, and on the last one `worse` more of what EV flies from Newark."""
    rng = random.Random(4)
    features = pipeline.predictions.features
    made, arrived = [], []
    for key, at, row, hit in _drawn(rng, pipeline, each):
        wrong = rng.random() < 0.15 + (worse if hit else 0.0)
        made.append(Made(key, at, "1", 0.2, 0, row))
        arrived.append(Arrived(key, int(wrong), at + delay))
    return FakeLog(made, arrived, features)


def delays_of(pipeline: Pipeline, each: int = 300) -> FakeLog:
    """The same two weeks as minutes of delay: errors of about four minutes, on the last day of the failing slice 25."""
    rng = random.Random(5)
    features = pipeline.predictions.features
    made, arrived = [], []
    for key, at, row, hit in _drawn(rng, pipeline, each):
        said = rng.uniform(5, 40)
        made.append(Made(key, at, "1", None, said, row))
        arrived.append(Arrived(key, said + rng.gauss(25 if hit else 0, 5), at + timedelta(hours=8)))
    return FakeLog(made, arrived, features, Task.REGRESSION)
