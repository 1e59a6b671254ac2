"""Pipelines of other tasks than yes or no, as Parquet files that the live evaluation reads: minutes until a delivery
is there (REGRESSION), and the topic of a ticket (MULTICLASS, as text). Labels come a day late."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.config.load import Config
from core.config.metric import Task
from core.config.pipeline import Pipeline
from tests.oncall_support import PIPELINE
from tests.oncall_support import config as team_config

START, DAY = datetime(2013, 1, 1, tzinfo=UTC), timedelta(days=1)
AREAS = ("centre", "harbour", "hills", "north")
TOPICS = ("billing", "delivery", "login", "refund")
FEATURES = {Task.REGRESSION: ("area", "distance", "items"), Task.MULTICLASS: ("product", "words", "urgency")}
OBJECTIVES = {Task.REGRESSION: 7.5, Task.MULTICLASS: 0.75}
TITLES = {Task.REGRESSION: "Delivery times", Task.MULTICLASS: "Ticket topics"}


def log_of(task: Task, days: int, bad: Sequence[int] = (), each: int = 300, seed: int = 3) -> pd.DataFrame:
    """`each` predictions a day; on `bad` days the world is another one, and nothing in the features shows it."""
    rng, count = np.random.default_rng(seed), days * each
    day = np.repeat(np.arange(days), each)
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(day * 86_400 + rng.integers(0, 86_400, count), unit="s"))
    made = _deliveries if task is Task.REGRESSION else _tickets
    found = made(rng, count, np.isin(day, list(bad)))
    told = {"id": np.arange(count).astype(str), "at": at, "version": "1", "label_at": at + pd.Timedelta(DAY)}
    return pd.DataFrame({**told, **found})


def _deliveries(rng: Any, count: int, bad: Any) -> dict[str, Any]:
    """Errors of about six minutes; on bad days (a strike) everything takes half as long again."""
    area, distance = rng.choice(AREAS, count, p=[0.4, 0.3, 0.2, 0.1]), rng.gamma(3, 1.2, count)
    items = rng.integers(1, 9, count)
    said = 12 + 4 * distance + 1.2 * items + 5 * (area == "hills")
    took = np.maximum(said + rng.normal(0, 7.5, count), 3) * np.where(bad, 1.5, 1.0)
    return {
        "area": area,
        "distance": distance.round(2),
        "items": items,
        "said": said.round(1),
        "truth": took.round(1),
    }


def _tickets(rng: Any, count: int, bad: Any) -> dict[str, Any]:
    """About 85% right; on bad days (a new way to pay) half of what is about billing is called a refund."""
    truth = rng.choice(TOPICS, count, p=[0.4, 0.3, 0.2, 0.1])
    sure = rng.beta(6, 2, count)
    said = np.where(rng.random(count) < 0.4 + 0.6 * sure, truth, rng.choice(TOPICS, count))
    truth = np.where(bad & (said == "refund"), "billing", truth)
    said = np.where(bad & (truth == "billing") & (rng.random(count) < 0.5), "refund", said)
    product, urgency = rng.choice(["app", "shop", "till"], count), rng.integers(1, 5, count)
    words = rng.poisson(30 + 10 * (truth == "refund"), count)
    seen = {"product": product, "words": words, "urgency": urgency}
    return {**seen, "said": said, "score": (0.4 + 0.6 * sure).round(3), "truth": truth}


def keep(log: pd.DataFrame, task: Task, folder: Path) -> None:
    """Write it as the serving side does: predictions by day, labels by the day that they came."""
    scored = ["score"] if "score" in log else []
    for place, at, columns in (
        ("predictions", "at", ["id", "at", *FEATURES[task], *scored, "said", "version"]),
        ("labels", "label_at", ["id", "truth", "label_at"]),
    ):
        for day, rows in log.groupby(log[at].dt.date):
            (folder / place / f"date={day}").mkdir(parents=True)
            rows[columns].to_parquet(folder / place / f"date={day}" / "part-0.parquet")


def config_of(task: Task, folder: Path, **changes: Any) -> Config:
    """The small team with this pipeline, evaluated as each day ends."""
    return Config(team_config().team, {"flights": Pipeline.model_validate(declared(task, folder, **changes))})


def declared(task: Task, folder: Path, **changes: Any) -> Mapping[str, Any]:
    """Its YAML."""
    predictions: dict[str, Any] = {
        "path": str(folder / "predictions"),
        "id": "id",
        "predicted_at": "at",
        "version": "version",
        "prediction": "said",
        "features": list(FEATURES[task]),
    }
    own = {
        "title": TITLES[task],
        "task": task.value,
        "predictions": predictions | ({"score": "score"} if task is Task.MULTICLASS else {}),
        "labels": {"path": str(folder / "labels"), "id": "id", "label": "truth", "label_at": "label_at"},
        "slo": {"objective": OBJECTIVES[task]},
        "slices": [FEATURES[task][0]],
        "evaluation": {"every": "day", "at": "00:00", "timezone": "UTC"},
    }
    unit = {"unit": "minutes"} if task is Task.REGRESSION else {}
    watched = {name: value for name, value in PIPELINE.items() if name != "retraining"}
    return {**watched, **own, **unit, **changes}
