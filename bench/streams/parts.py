"""What the imitations are made of: rows spread over windows, seasons, wandering levels, skewed names."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


class Rows:
    """The rows of a stream: which window each is in (`at`), when in it (0 to 1), and chance."""

    def __init__(self, seed: int, sizes: Any, start: datetime, length: timedelta, profile: Any = None) -> None:
        self.rng = np.random.default_rng(seed)
        self.sizes = np.maximum(np.asarray(sizes).astype(int), 1)
        self.start, self.length = start, length
        self.at = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self.n = len(self.at)
        parts = np.ones(24) if profile is None else np.asarray(profile, dtype=float)
        part = self.rng.choice(len(parts), self.n, p=parts / parts.sum())
        self.within = (part + self.rng.random(self.n)) / len(parts)
        self.time = pd.Timestamp(start) + pd.to_timedelta(
            ((self.at + self.within) * length.total_seconds()).astype("int64"), unit="s"
        )
        self.hour = np.asarray(self.time.hour)
        self.weekday = np.asarray(self.time.weekday)
        self.yearday = np.asarray(self.time.dayofyear)
        self.weekend = self.weekday >= 5

    def evenly(self, per_window: int) -> None:
        """The same instants in each window, as meters have them: `sizes` must all be `per_window`."""
        self.within = np.tile((np.arange(per_window) + 0.01) / per_window, len(self.sizes))
        self.__dict__.update(_clock(self))

    def normal(self, scale: float = 1.0) -> Array:
        return self.rng.normal(0, scale, self.n)

    def wander(self, keep: float, scale: float = 1.0, tails: float | None = None) -> Array:
        """A level for each window that keeps this share of the last one's, by rows; `tails`: Student's degrees."""
        windows = len(self.sizes)
        steps = self.rng.normal(0, 1, windows) if tails is None else self.rng.standard_t(tails, windows)
        level = np.zeros(windows)
        for i in range(1, windows):
            level[i] = keep * level[i - 1] + scale * steps[i]
        return level[self.at]

    def year(self, peak: int = 200) -> Array:
        return np.cos(2 * np.pi * (self.yearday - peak) / 365.25)

    def day(self, peak: float = 15) -> Array:
        exact = self.hour + self.within * (self.length.total_seconds() / 3600) % 1
        return np.cos(2 * np.pi * (exact - peak) / 24)

    def pick(self, names: Any, shares: Any) -> Array:
        shares = np.asarray(shares, dtype=float)
        return self.rng.choice(np.asarray(names, dtype=object), self.n, p=shares / shares.sum())

    def skewed(self, prefix: str, count: int, power: float = 1.0) -> Array:
        """Names of which the first are common and the last rare."""
        return self.pick([f"{prefix}{i}" for i in range(count)], 1 / np.arange(1, count + 1) ** power)

    def holed(self, values: Any, share: Any) -> Array:
        """Values with some missing."""
        return np.where(self.rng.random(self.n) < share, None, np.asarray(values, dtype=object))

    def numbers_holed(self, values: Any, share: Any) -> Array:
        return np.where(self.rng.random(self.n) < share, np.nan, values)

    def frame(self, **columns: Any) -> Any:
        """The columns with id and at, in the order of time."""
        frame = pd.DataFrame({"id": [f"r{i}" for i in range(self.n)], "at": self.time, **columns})
        return frame.sort_values("at", kind="stable").reset_index(drop=True)


def _clock(rows: Rows) -> dict[str, Any]:
    seconds = ((rows.at + rows.within) * rows.length.total_seconds()).astype("int64")
    time = pd.Timestamp(rows.start) + pd.to_timedelta(seconds, unit="s")
    weekday = np.asarray(time.weekday)
    clock = {"time": time, "hour": np.asarray(time.hour), "weekday": weekday}
    return clock | {"yearday": np.asarray(time.dayofyear), "weekend": weekday >= 5}


def days(start: datetime, count: int) -> Any:
    """The days of a stream as a pandas index."""
    return pd.date_range(start, periods=count, freq="D")


def poisson(seed: int, means: Any) -> Array:
    return np.random.default_rng(seed).poisson(means)
