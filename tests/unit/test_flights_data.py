"""The whole table of 2013, prepared once: what must hold of every flight."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.flights import data
from examples.flights.columns import FEATURES, FRAME_SCHEMA, PLANNING_LEAD
from examples.flights.landing import destination_zones
from examples.flights.source import SourceMissingError, read, source_dir


@pytest.fixture(scope="module")
def frame() -> Any:
    return data.prepare(source_dir())


@pytest.fixture(scope="module")
def raw() -> Any:
    """The flights as they come, by the id of the prepared frame."""
    flights = read("flights.csv.zip", source_dir())
    return flights.set_index(data._flight_ids(flights))


def test_every_flight_is_there_once(frame: Any) -> None:
    assert len(frame) == 336_776
    assert frame["id"].is_unique
    assert list(frame.columns) == FRAME_SCHEMA.names


def test_flights_that_never_arrived_never_get_a_label(frame: Any, raw: Any) -> None:
    never = raw.index[raw["arr_delay"].isna()]

    assert set(frame.loc[frame["label"].isna(), "id"]) == set(never)
    assert frame["label_at"].isna().equals(frame["label"].isna())
    assert len(never) / len(frame) == pytest.approx(0.028, abs=0.0005)


def test_a_landing_shows_on_the_destinations_clock(frame: Any, raw: Any) -> None:
    """The table's own arrival times were not used, so they check midnight, zones and daylight saving."""
    landed = frame[frame["label"].notna()].set_index("id")
    zones = landed["dest"].map(destination_zones(read("airports.csv", source_dir())))
    shown = pd.concat(
        times.dt.tz_convert(zone).dt.strftime("%H%M").astype(int)
        for zone, times in landed["label_at"].groupby(zones)
    )
    told = raw.loc[shown.index, "arr_time"].astype(int) % 2400

    wrong = shown.index[shown != told]
    # Landed in Palm Beach at 03:03 summer time; the table forgot the change of that night and says 02:03.
    assert raw.loc[wrong, ["month", "day", "dest"]].to_numpy().tolist() == [[3, 9, "PBI"]]


def test_predictions_are_made_three_hours_before_the_full_hour(frame: Any, raw: Any) -> None:
    scheduled = pd.to_datetime(raw.loc[frame["id"], "time_hour"], utc=True).to_numpy()

    assert (frame["predicted_at"].to_numpy() == scheduled - PLANNING_LEAD).all()
    assert (frame["label_at"] - frame["predicted_at"]).min() > timedelta(hours=3)


def test_no_feature_knows_of_the_flight_itself(frame: Any) -> None:
    assert not set(FEATURES) & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "label", "label_at"}
    numbers = frame[[name for name in FEATURES if frame[name].dtype == float]]
    strongest = numbers.corrwith(frame["label"].astype(float)).abs().max()
    assert strongest < 0.25  # a leaked delay correlates far above this


def test_the_weather_is_what_was_observed_at_the_time_of_prediction(frame: Any) -> None:
    weather = read("weather.csv", source_dir()).assign(
        time_hour=lambda table: pd.to_datetime(table["time_hour"], utc=True)
    )
    seen = weather.set_index(["origin", "time_hour"])["temp"]
    some = frame[frame["temp"].notna()].sample(500, random_state=0)

    assert some["temp"].tolist() == [
        seen.loc[origin, at] for origin, at in zip(some["origin"], some["predicted_at"], strict=True)
    ]


def test_the_storm_of_february_is_in_it(frame: Any) -> None:
    landed = frame[frame["label"].notna()]
    late = landed.groupby(landed["predicted_at"].dt.strftime("%m-%d"))["label"].mean().astype(float)

    assert late["02-08"] > 0.45
    assert late["03-08"] > 0.75
    assert late["02-10"] < 0.25
    assert late.median() < 0.25


def test_a_second_start_reads_what_the_first_one_kept(frame: Any, tmp_path: Path) -> None:
    first = data.load(tmp_path)
    path = data.frame_path(tmp_path)
    written = path.stat().st_mtime_ns

    pd.testing.assert_frame_equal(data.load(tmp_path), first)
    assert path.stat().st_mtime_ns == written
    assert first["id"].tolist() == frame["id"].tolist()


def test_a_missing_package_is_named_with_its_remedy() -> None:
    with pytest.raises(SourceMissingError, match="pip install no_such_package"):
        source_dir("no_such_package")


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "halfflights"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('never imported')")
    (package / "data" / "weather.csv").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(SourceMissingError, match=r"lacks flights\.csv\.zip, airports\.csv, planes\.csv"):
        source_dir("halfflights")
