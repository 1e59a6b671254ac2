"""Slices whose columns are summarised and checked like the whole's: stored a window, told once, calm when calm."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.slack.views import insight
from core.config.load import Config
from core.config.pipeline import SliceChecks
from core.db.database import Database
from core.evaluation.charts.places import fired_picture
from core.evaluation.tables import Evaluation, EvaluationSlice, SliceSummaryRow
from tests.evaluation_support import DAY, MIDNIGHT, flights_log, run, workshop
from tests.fakes_log import FakeLog, Made
from workflows.ports import Workshop

PAST = 45
"""Days, enough for the checks to be trusted."""


def asking(config: Config, asked: SliceChecks) -> Config:
    pipelines = [each.model_copy(update={"slice_checks": asked}) for each in config.pipelines.values()]
    return replace(config, pipelines={each.pipeline: each for each in pipelines})


def calm(config: Config, days: int = 1) -> FakeLog:
    """Days of which one flight in five is by EV."""
    log = flights_log(config, dict.fromkeys(range(-PAST, days), 0.9), each=280)
    rng = random.Random(5)
    made = []
    for row in log.made:
        features = {"carrier": rng.choices(["EV", "UA", "AA"], [4, 8, 8])[0], "distance": rng.gauss(800, 60)}
        made.append(replace(row, features=row.features | features))
    return FakeLog(made, log.arrived, log.features)


def without_distance(log: FakeLog, start: timedelta = timedelta(0)) -> FakeLog:
    """From then on every fourth flight of EV has no distance: 5% of all rows."""

    def broken(row: Made) -> bool:
        hit = int(row.id.split("-")[-1]) % 4 == 0
        return row.predicted_at >= MIDNIGHT + start and row.features["carrier"] == "EV" and hit

    made = [replace(row, features=row.features | {"distance": None}) if broken(row) else row for row in log.made]
    return FakeLog(made, log.arrived, log.features)


def tools(database: Database, config: Config, data: Path, log: FakeLog, *by: str) -> Workshop:
    return workshop(database, asking(config, SliceChecks(by=list(by))), data, log)


def of_slices(found: Evaluation) -> list[str]:
    return [each["reason"] for each in found.findings if each["where"]]


async def test_what_is_wrong_with_one_carrier_is_told_although_the_whole_looks_usual(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    log = without_distance(calm(config, 2), DAY)
    engine = tools(sqlite_database, config, tmp_path, log, "carrier")
    before = await run(engine, 0)
    assert (of_slices(before), before.summary["by_slice"]["watched"]) == ([], 3), "nothing of slices on a calm day"
    found = await run(engine, 1)
    (reason,) = of_slices(found)
    assert reason.startswith("Where carrier is EV: distance is missing in ")
    assert [each["where"] for each in found.findings] == [[{"carrier": "EV"}]]
    (series,) = found.summary["fired"]["series"]
    assert (series["column"], series["slice"], len(series["points"])) == ("distance", "carrier is EV", 29)
    assert series["points"][-1]["missing"] > 0.1
    assert [row["values"] for row in found.summary["fired"]["rows"]] == [{"distance": None}] * 3
    assert found.chart
    assert (tmp_path / fired_picture(found.chart)).read_bytes().startswith(b"\x89PNG")
    assert found.summary["by_slice"] == {"by": ["carrier"], "watched": 3, "judged": 3}
    told = str(insight.checks(found, config.pipeline("flights"), []).blocks)
    assert "Where carrier is EV: distance is missing" in told
    assert "3 slices by carrier checked like the whole" in told


@pytest.mark.slow
async def test_what_the_whole_shows_is_not_told_of_its_slices_again(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    log = calm(config)
    made = [
        replace(row, features=row.features | {"distance": None}) if row.predicted_at >= MIDNIGHT else row
        for row in log.made
    ]
    found = await run(
        tools(sqlite_database, config, tmp_path, FakeLog(made, log.arrived, log.features), "carrier"), 0
    )
    assert any("distance" in each["columns"] for each in found.findings)
    assert of_slices(found) == []


@pytest.mark.slow
async def test_a_carrier_that_is_renamed_is_told_of_the_whole_and_not_as_rows_that_slices_lack(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    log = calm(config)
    made = [
        replace(row, features=row.features | {"carrier": "ZZ"})
        if row.predicted_at >= MIDNIGHT and row.features["carrier"] == "UA"
        else row
        for row in log.made
    ]
    renamed = FakeLog(made, log.arrived, log.features)
    found = await run(tools(sqlite_database, config, tmp_path, renamed, "carrier"), 0)
    assert any("carrier" in each["columns"] for each in found.findings)
    assert of_slices(found) == []


@pytest.mark.slow
async def test_summaries_are_stored_a_window_and_slice_and_read_by_the_next_process(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    log = without_distance(calm(config, days=2), DAY)
    first = tools(sqlite_database, config, tmp_path, log, "carrier")
    await run(first, 0)
    going_on = await run(first, 1)
    with sqlite_database.read() as session:
        rows = session.scalars(select(SliceSummaryRow)).all()
        by_window = {(row.slice, row.window_start): row for row in rows}
    assert {key for key, _ in by_window} == {f'{{"carrier": "{name}"}}' for name in ("AA", "EV", "UA")}
    assert len(by_window) == 3 * (PAST + 2)
    newest = [row for (_, start), row in by_window.items() if start == MIDNIGHT + DAY]
    assert sum(row.summary["rows"] for row in newest) == 280
    again = await run(tools(sqlite_database, config, tmp_path / "again", log, "carrier"), 1)
    assert of_slices(again) == of_slices(going_on) != []


@pytest.mark.slow
async def test_slices_of_windows_that_got_late_rows_are_summarised_anew(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    log = calm(config, days=2)
    late = [
        replace(row, id=f"late-{row.id}", part="second")
        for row in log.made
        if MIDNIGHT - DAY <= row.predicted_at < MIDNIGHT and row.features["carrier"] == "UA"
    ]
    process = tools(sqlite_database, config, tmp_path, log, "carrier")
    await run(process, 0)
    log.made.extend(late)
    await run(process, 1)
    with sqlite_database.read() as session:
        key = ("flights", '{"carrier": "UA"}', MIDNIGHT - DAY)
        row = session.get(SliceSummaryRow, key)
    assert row is not None
    assert row.summary["rows"] == 2 * len(late)


@pytest.mark.slow
async def test_what_people_track_is_watched_too(sqlite_database: Database, config: Config, tmp_path: Path) -> None:

    with sqlite_database.write() as session:
        session.add(
            EvaluationSlice(
                pipeline="flights",
                name="EV from Newark",
                version=1,
                where={"carrier": "EV"},
                created_by="maya",
                created_at=MIDNIGHT,
            )
        )
    asked = asking(config, SliceChecks(tracked=True))
    found = await run(workshop(sqlite_database, asked, tmp_path, without_distance(calm(config))), 0)
    assert [reason.split(":")[0] for reason in of_slices(found)] == ["Where carrier is EV"]
