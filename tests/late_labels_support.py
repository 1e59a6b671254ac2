"""A pipeline whose labels come a day after their predictions, with a week of a fault: as Parquet files that the live
evaluation reads, and as one file that a backtest reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

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


class What(StrEnum):
    """Amounts come in CENTS instead of euros; what the features mean has changed, and nothing shows in them (MEANING);
    a third of the ages is MISSING, which the model takes for the mean."""

    CENTS = "cents"
    MEANING = "meaning"
    MISSING = "missing"


@dataclass(frozen=True)
class Fault:
    """From day `first` on, up to before `until`."""

    what: What
    first: int
    until: int


def payments(days: int, *faults: Fault, each: int = EACH, seed: int = 7) -> pd.DataFrame:
    """`each` payments a day, with what was predicted; about 86% right, in cents about 25%, and where their meaning has
    changed about 60%."""
    rng = np.random.default_rng(seed)
    count = days * each
    day = np.repeat(np.arange(days), each)
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(day * 86_400 + rng.integers(0, 86_400, count), unit="s"))
    amount, age = np.exp(rng.normal(3.5, 0.7, count)), rng.integers(18, 80, count).astype(float)
    country = rng.choice(["DE", "FR", "US", "NL"], count, p=[0.4, 0.25, 0.25, 0.1])
    wrong = {what: _days_of(day, what, faults) for what in What}
    luck, third = rng.random(count), rng.random(count) < 1 / 3
    seen = np.where(wrong[What.CENTS], amount * 100, amount)
    known = np.where(wrong[What.MISSING] & third, np.nan, age)
    truth, score = _chance(amount, age, country), _chance(seen, np.where(np.isnan(known), 49.0, known), country)
    label = np.where(wrong[What.MEANING] & (rng.random(count) < 0.4), luck >= truth, luck < truth)
    found = {"country": country, "age": known, "amount": seen.round(2)}
    said = {"score": score.round(4), "predicted": (score >= 0.5).astype(int), "version": "1"}
    told = {"label": label.astype(int), "label_at": at + pd.Timedelta(DAY)}
    return pd.DataFrame({"id": np.arange(count).astype(str), "at": at, **found, **said, **told})


def _days_of(day: Any, what: What, faults: Sequence[Fault]) -> Any:
    return np.isin(
        day, [each for fault in faults if fault.what is what for each in range(fault.first, fault.until)]
    )


def _chance(amount: Any, age: Any, country: Any) -> Any:
    risk = -1.2 + 0.03 * (amount - 33) + 0.02 * (age - 45) + 0.5 * (country == "US")
    return 1 / (1 + np.exp(-np.clip(2.2 * risk, -20, 20)))


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
