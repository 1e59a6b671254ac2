"""The world, replayed: which flights are to be predicted by now, and which have landed by now.

All windows are half open, [from, until), in simulated time; driving them hour by hour misses nothing and
repeats nothing. What is written is named after its window, so an hour that is replayed after a crash replaces
itself.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from examples.flights.columns import FEATURES, LABEL_SCHEMA
from examples.flights.files import day_folder, write_atomically

HOUR = timedelta(hours=1)


class World:
    """The prepared flights under simulated time."""

    def __init__(self, frame: Any) -> None:
        """`frame` as `data.load` gives it."""
        self._flights = frame.sort_values(["predicted_at", "id"], ignore_index=True)
        landed = frame[frame["label"].notna()]
        self._landings = landed[["id", "label", "label_at"]].sort_values(["label_at", "id"], ignore_index=True)

    def due_predictions(self, start: datetime, until: datetime) -> Any:
        """Flights to be predicted in [start, until): `id`, `predicted_at` and the features."""
        return _slice(self._flights, "predicted_at", start, until)[["id", "predicted_at", *FEATURES]]

    def landed_labels(self, start: datetime, until: datetime) -> Any:
        """Flights that landed in [start, until): `id`, `label` and `label_at`."""
        return _slice(self._landings, "label_at", start, until)

    def write_labels(self, root: Path, start: datetime, until: datetime) -> int:
        """Append what landed in [start, until) to the label log; how many labels that was."""
        landed = self.landed_labels(start, until)
        for day, rows in landed.groupby(landed["label_at"].dt.strftime("%Y-%m-%d")):
            write_atomically(rows, day_folder(root, str(day)) / _part_name(start, until), LABEL_SCHEMA)
        return len(landed)

    def history_before(self, until: datetime) -> Any:
        """Everything that was predictable before `until`, with the labels: what a first training starts from."""
        return _slice(self._flights, "predicted_at", self._flights["predicted_at"].iloc[0], until)


async def predict_hour(client: httpx.AsyncClient, world: World, hour: datetime) -> int:
    """Have the serving app predict what is due in [hour, hour + 1 h); how many predictions that was.

    Raises httpx.HTTPStatusError when the app refuses, httpx.TransportError when it cannot be reached.
    """
    due = world.due_predictions(hour, hour + HOUR)
    for at, flights in due.groupby("predicted_at"):
        answer = await client.post("/predict", json={"at": _iso(at), "rows": as_rows(flights)})
        answer.raise_for_status()
    return len(due)


def hours(start: datetime, until: datetime) -> Iterator[datetime]:
    """The full hours in [start, until)."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    if hour < start:
        hour += HOUR
    while hour < until:
        yield hour
        hour += HOUR


def as_rows(flights: Any) -> list[dict[str, Any]]:
    """Flights as JSON rows: id and features, missing values as null."""
    columns = flights[["id", *FEATURES]].astype(object)
    rows: list[dict[str, Any]] = columns.where(columns.notna(), None).to_dict("records")
    return rows


def _slice(frame: Any, column: str, start: datetime, until: datetime) -> Any:
    """Rows of a frame ordered by `column` with start <= column < until, found by bisection."""
    first, last = frame[column].searchsorted([_utc(start), _utc(until)], side="left")
    return frame.iloc[first:last]


def _utc(instant: datetime) -> Any:
    import pandas as pd

    if instant.tzinfo is None:
        raise ValueError(f"a time needs a zone, this one has none: {instant.isoformat()}")
    return pd.Timestamp(instant).tz_convert("UTC")


def _iso(instant: Any) -> str:
    moment: datetime = instant.to_pydatetime()
    return moment.astimezone(UTC).isoformat()


def _part_name(start: datetime, until: datetime) -> str:
    stamps = (moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S") for moment in (start, until))
    return f"part-{'-'.join(stamps)}.parquet"
