"""A pipeline whose labels come a day after their predictions, with a week of a fault: as Parquet files that the live
evaluation reads, and as one file that a backtest reads."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from core.config.load import Config
from core.config.pipeline import Pipeline
from tests.oncall_support import PIPELINE
from tests.oncall_support import config as team_config

START, DAY = datetime(2013, 1, 1, tzinfo=UTC), timedelta(days=1)
EACH = 500
FEATURES = ("country", "age", "amount")
OBJECTIVE = 0.8


@dataclass(frozen=True)
class Fault:
    """From day `first` on, up to before `until`: amounts come in cents instead of euros (`cents`), or what the features
    mean has changed and nothing shows in them."""

    first: int
    until: int
    cents: bool


def payments(days: int, fault: Fault | None = None, seed: int = 7) -> pd.DataFrame:
    """EACH payments a day, with what was predicted; about 86% right, in cents about 25%, and where their meaning has
    changed about 60%."""
    rng = np.random.default_rng(seed)
    count = days * EACH
    day = np.repeat(np.arange(days), EACH)
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(day * 86_400 + rng.integers(0, 86_400, count), unit="s"))
    amount, age = np.exp(rng.normal(3.5, 0.7, count)), rng.integers(18, 80, count)
    country = rng.choice(["DE", "FR", "US", "NL"], count, p=[0.4, 0.25, 0.25, 0.1])
    wrong = (day >= fault.first) & (day < fault.until) if fault else np.zeros(count, bool)
    seen = np.where(wrong & bool(fault and fault.cents), amount * 100, amount)
    score, truth = (
        1 / (1 + np.exp(-np.clip(2.2 * _risk(each, age, country), -20, 20))) for each in (seen, amount)
    )
    label = rng.random(count) < truth
    if fault and not fault.cents:
        label = np.where(wrong & (rng.random(count) < 0.4), ~label, label)
    found = {"country": country, "age": age, "amount": seen.round(2)}
    said = {"score": score.round(4), "predicted": (score >= 0.5).astype(int), "version": "1"}
    known = {"label": label.astype(int), "label_at": at + pd.Timedelta(DAY)}
    return pd.DataFrame({"id": np.arange(count).astype(str), "at": at, **found, **said, **known})


def _risk(amount: "np.ndarray", age: "np.ndarray", country: "np.ndarray") -> "np.ndarray":
    return -1.2 + 0.03 * (amount - 33) + 0.02 * (age - 45) + 0.5 * (country == "US")


def keep(log: pd.DataFrame, folder: Path) -> None:
    """Write it as the serving side does: predictions by day, labels by the day that they came."""
    for place, at, columns in (
        ("predictions", "at", ["id", "at", *FEATURES, "score", "predicted", "version"]),
        ("labels", "label_at", ["id", "label", "label_at"]),
    ):
        for day, rows in log.groupby(log[at].dt.date):
            (folder / place / f"date={day}").mkdir(parents=True)
            rows[columns].to_parquet(folder / place / f"date={day}" / "part-0.parquet")


def config_of(folder: Path) -> Config:
    """The small team with this pipeline, evaluated as each day ends."""
    predictions = {
        "path": str(folder / "predictions"),
        "id": "id",
        "predicted_at": "at",
        "version": "version",
        "score": "score",
        "prediction": "predicted",
        "features": list(FEATURES),
    }
    labels = {"path": str(folder / "labels"), "id": "id", "label": "label", "label_at": "label_at"}
    own = {
        "title": "Payments",
        "predictions": predictions,
        "labels": labels,
        "slo": {"metric": "accuracy", "objective": OBJECTIVE},
        "evaluation": {"every": "day", "at": "00:00", "timezone": "UTC"},
    }
    return Config(team_config().team, {"flights": Pipeline.model_validate({**PIPELINE, **own})})
