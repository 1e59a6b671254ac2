"""Landing instants on the nights that are hard: past midnight, and when the clocks change."""

import pandas as pd
import pytest

from examples.flights.landing import destination_zones, scheduled_arrival, scheduled_departure

ZONES = {"LAX": "America/Los_Angeles", "SJU": "America/Puerto_Rico", "PBI": "America/New_York"}


def arrival(departs: str, date: tuple[int, int], arrives: int, dest: str) -> str:
    """Scheduled arrival of one flight of 2013, given departure in UTC, the local date, and HHMM at `dest`."""
    instant = pd.Timestamp(departs)
    flight = pd.DataFrame(
        {
            "year": [2013],
            "month": [date[0]],
            "day": [date[1]],
            "time_hour": [instant.floor("h").isoformat()],
            "minute": [instant.minute],
            "sched_arr_time": [arrives],
            "dest": [dest],
        }
    )
    return str(scheduled_arrival(flight, scheduled_departure(flight), ZONES)[0].isoformat())


@pytest.mark.parametrize(
    ("departs", "date", "arrives", "dest", "lands"),
    [
        # 17:00 in New York, 20:10 in Los Angeles, the same evening
        ("2013-02-11T22:00Z", (2, 11), 2010, "LAX", "2013-02-12T04:10:00+00:00"),
        # 23:59 in New York, 04:44 the next morning in San Juan
        ("2013-02-12T04:59Z", (2, 11), 444, "SJU", "2013-02-12T08:44:00+00:00"),
        # arrives at midnight
        ("2013-02-12T02:00Z", (2, 11), 0, "PBI", "2013-02-12T05:00:00+00:00"),
        # 23:00 before the night that skips 02:00 to 03:00; for 02:30, the first instant after
        ("2013-03-10T04:00Z", (3, 9), 230, "PBI", "2013-03-10T07:00:00+00:00"),
        # leaves before, lands after that night's change: summer time, 03:30
        ("2013-03-10T04:00Z", (3, 9), 330, "PBI", "2013-03-10T07:30:00+00:00"),
        # the night that has 01:30 twice: the first one
        ("2013-11-03T02:30Z", (11, 2), 130, "PBI", "2013-11-03T05:30:00+00:00"),
    ],
)
def test_an_arrival_is_the_first_such_time_after_departure(
    departs: str, date: tuple[int, int], arrives: int, dest: str, lands: str
) -> None:
    assert arrival(departs, date, arrives, dest) == lands


def test_an_airport_without_a_zone_is_named() -> None:
    with pytest.raises(KeyError, match="XXX"):
        arrival("2013-02-11T22:00Z", (2, 11), 2010, "XXX")


def test_airports_that_the_table_lacks_have_a_zone() -> None:
    airports = pd.DataFrame({"faa": ["LAX", "ZZZ"], "tzone": ["America/Los_Angeles", None]})

    zones = destination_zones(airports)

    assert (zones["LAX"], zones["SJU"], zones["STT"]) == (
        "America/Los_Angeles",
        "America/Puerto_Rico",
        "America/St_Thomas",
    )
    assert "ZZZ" not in zones
