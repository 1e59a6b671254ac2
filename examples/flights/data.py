"""The prepared frame: one row a flight, with its prediction time, its features, its label and landing time.

Prepared once (about two seconds) and kept as Parquet in a state folder.
"""

from pathlib import Path
from typing import Any

from examples.flights.columns import FRAME_SCHEMA, LATE_AFTER_MINUTES, PLANNING_LEAD, WEATHER
from examples.flights.files import write_atomically
from examples.flights.landing import destination_zones, scheduled_arrival, scheduled_departure
from examples.flights.source import read, source_dir

_FRAME_VERSION = 1  # part of the cache's file name: raise it when the preparation changes


def load(state_dir: Path) -> Any:
    """The prepared frame, from `state_dir` when it is there, else prepared and kept there."""
    import pandas as pd

    return pd.read_parquet(frame_path(state_dir))


def frame_path(state_dir: Path) -> Path:
    """Where the prepared frame is as Parquet (prepared now if it was not)."""
    path = state_dir / f"flights-v{_FRAME_VERSION}.parquet"
    if not path.is_file():
        write_atomically(prepare(source_dir()), path, FRAME_SCHEMA)
    return path


def prepare(folder: Path) -> Any:
    """Join the raw tables into the frame of FRAME_SCHEMA, ordered by prediction time, then id.

    A flight that was cancelled or diverted (2.8% of them) has no arrival delay, so it has no label, ever.
    """
    import pandas as pd

    flights = read("flights.csv.zip", folder)
    departure = scheduled_departure(flights)
    arrival = scheduled_arrival(flights, departure, destination_zones(read("airports.csv", folder)))
    predicted_at = departure.dt.floor("h") - PLANNING_LEAD
    landed = flights["arr_delay"].notna()
    frame = pd.DataFrame(
        {
            "id": _flight_ids(flights),
            "predicted_at": predicted_at,
            "label": (flights["arr_delay"] > LATE_AFTER_MINUTES).astype("Int8").where(landed),
            "label_at": arrival + pd.to_timedelta(flights["arr_delay"], unit="min"),
            "carrier": flights["carrier"],
            "origin": flights["origin"],
            "dest": flights["dest"],
            "distance": flights["distance"].astype(float),
            "hour": flights["hour"].astype(float),
            "weekday": pd.to_datetime(flights[["year", "month", "day"]]).dt.day_of_week.astype(float),
            "sched_minutes": (arrival - departure).dt.total_seconds() / 60,
        }
    )
    frame = frame.join(_plane_columns(flights, read("planes.csv", folder)))
    frame = frame.join(_last_observed_weather(frame, read("weather.csv", folder)))
    return frame.loc[:, FRAME_SCHEMA.names].sort_values(["predicted_at", "id"], ignore_index=True)


def _flight_ids(flights: Any) -> Any:
    """Date, carrier, number and origin name a flight once (checked by a test on the whole table)."""
    date = flights["year"] * 10_000 + flights["month"] * 100 + flights["day"]
    number = flights["carrier"] + flights["flight"].astype(str)
    return date.astype(str) + "-" + number + "-" + flights["origin"]


def _plane_columns(flights: Any, planes: Any) -> Any:
    """Age in years and seats of the planned plane; missing for one plane in six, which the table lacks."""
    known = planes.set_index("tailnum").reindex(flights["tailnum"])
    known.index = flights.index
    age = flights["year"] - known["year"].astype(float)
    return known.assign(plane_age=age, seats=known["seats"].astype(float))[["plane_age", "seats"]]


def _last_observed_weather(frame: Any, weather: Any) -> Any:
    """The origin's weather observed in the hour of the prediction: the last known, never the later truth."""
    import pandas as pd

    observed = weather.assign(time_hour=pd.to_datetime(weather["time_hour"], utc=True)).set_index(
        ["origin", "time_hour"]
    )[list(WEATHER)]
    wanted = pd.MultiIndex.from_arrays([frame["origin"], frame["predicted_at"]])
    found = observed.reindex(wanted).astype(float)
    found.index = frame.index
    return found
