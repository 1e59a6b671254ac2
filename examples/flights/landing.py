"""When a flight leaves and lands, as instants in UTC.

The tables give local wall-clock times: departure in New York's zone, arrival in the destination's. A landing
is the scheduled arrival plus the delay in minutes, counted on the UTC line, so that a night without 02:30 or
with two of them does not bend it.
"""

from collections.abc import Mapping
from typing import Any

# These four airports are flown to, and missing in airports.csv.
_UNLISTED_ZONES: Mapping[str, str] = {
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}


def destination_zones(airports: Any) -> dict[str, str]:
    """IANA zone by airport code."""
    listed = airports.dropna(subset=["tzone"])
    return {**dict(zip(listed["faa"], listed["tzone"], strict=True)), **_UNLISTED_ZONES}


def scheduled_departure(flights: Any) -> Any:
    """UTC instants: the table's UTC hour plus the scheduled minute."""
    import pandas as pd

    hour = pd.to_datetime(flights["time_hour"], utc=True)
    return hour + pd.to_timedelta(flights["minute"], unit="min")


def scheduled_arrival(flights: Any, departure: Any, zones: Mapping[str, str]) -> Any:
    """UTC instants: the first time after departure at which the destination's clock shows the schedule.

    Raises KeyError naming the airports whose zone is unknown. A wall-clock time that daylight saving skips
    counts as the first instant after the gap; one that occurs twice, as its first occurrence.
    """
    import pandas as pd

    zone = flights["dest"].map(dict(zones))
    if zone.isna().any():
        unknown = sorted(set(flights.loc[zone.isna(), "dest"]))
        raise KeyError(f"no time zone known for {', '.join(unknown)}")
    wall = _scheduled_wall_clock(flights)
    parts = []
    for name, times in wall.groupby(zone, sort=False):
        same_day = _to_utc(times, str(name))
        next_day = _to_utc(times + pd.Timedelta(days=1), str(name))
        parts.append(same_day.where(same_day > departure.loc[times.index], next_day))
    return pd.concat(parts).reindex(flights.index)


def _scheduled_wall_clock(flights: Any) -> Any:
    """Scheduled arrival on the date of departure, without a zone; `sched_arr_time` is HHMM as a number."""
    import pandas as pd

    hhmm = flights["sched_arr_time"]
    return pd.to_datetime(flights[["year", "month", "day"]]) + pd.to_timedelta(
        hhmm // 100 * 60 + hhmm % 100, unit="min"
    )


def _to_utc(times: Any, zone: str) -> Any:
    return times.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")
