"""The replayed world: every flight is due once and lands once, however time is cut."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.flights.columns import FEATURES
from examples.flights.world import HOUR, World, hours, predict_hour
from tests.fakes_flights import flights

START = datetime(2013, 2, 10, 20, tzinfo=UTC)
FLIGHTS = flights(200, START)
WORLD = World(FLIGHTS)
DAY = START + timedelta(days=1)


def test_an_hour_holds_what_is_due_in_it_and_no_label() -> None:
    due = WORLD.due_predictions(START, START + HOUR)

    assert due["id"].tolist() == FLIGHTS["id"][:20].tolist()
    assert list(due.columns) == ["id", "predicted_at", *FEATURES]


@given(st.lists(st.integers(0, 24 * 60), max_size=8))
def test_no_cut_of_time_loses_or_repeats_a_flight(minutes: list[int]) -> None:
    cuts = sorted({START, DAY, *(START + timedelta(minutes=each) for each in minutes)})
    windows = list(pairwise(cuts))

    due = pd.concat([WORLD.due_predictions(*window) for window in windows])
    landed = pd.concat([WORLD.landed_labels(*window) for window in windows])

    assert sorted(due["id"]) == sorted(landed["id"]) == sorted(FLIGHTS["id"])


def test_a_flight_that_never_lands_has_no_label() -> None:
    lost = FLIGHTS.copy()
    lost.loc[0, ["label", "label_at"]] = None

    assert lost["id"][0] not in World(lost).landed_labels(START, DAY)["id"].tolist()


def test_labels_are_written_by_the_day_they_came(tmp_path: Path) -> None:
    written = sum(WORLD.write_labels(tmp_path, hour, hour + HOUR) for hour in hours(START, DAY))
    WORLD.write_labels(tmp_path, START + 6 * HOUR, START + 7 * HOUR)  # an hour replayed after a crash

    parts = list(tmp_path.rglob("*.parquet"))
    kept = pd.concat([pd.read_parquet(part).assign(folder=part.parent.name) for part in parts])
    assert written == len(kept) == 200
    assert kept["id"].is_unique
    assert (kept["folder"] == "date=" + kept["label_at"].dt.strftime("%Y-%m-%d")).all()
    assert not list(tmp_path.rglob("*.draft"))


async def test_an_hour_is_sent_to_the_serving_app() -> None:
    sent: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://serving")

    assert await predict_hour(client, WORLD, START) == 20
    assert await predict_hour(client, WORLD, DAY) == 0
    assert [(each["at"], len(each["rows"])) for each in sent] == [(START.isoformat(), 20)]  # type: ignore[arg-type]


async def test_a_refusal_of_the_serving_app_is_an_error() -> None:
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(503)), base_url="http://serving"
    )

    with pytest.raises(httpx.HTTPStatusError):
        await predict_hour(client, WORLD, START)


def test_the_history_before_an_instant_is_what_was_predictable_by_then() -> None:
    assert WORLD.history_before(START + 3 * HOUR)["id"].tolist() == FLIGHTS["id"][:60].tolist()


def test_hours_are_full_and_half_open() -> None:
    assert list(hours(START + timedelta(minutes=5), START + 3 * HOUR)) == [START + HOUR, START + 2 * HOUR]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        WORLD.due_predictions(datetime(2013, 2, 10), DAY)  # noqa: DTZ001 -- it is what is refused
