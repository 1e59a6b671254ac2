"""What data checks found comes with its picture and rows, in the thread of its alert."""

from dataclasses import replace
from pathlib import Path

from bot.slack.views import evaluation as views
from core.config.load import Config
from core.db.database import Database
from core.evaluation.charts.places import fired_picture
from tests.evaluation_support import MIDNIGHT, flights_log, posts, run, workshop
from tests.fakes_log import FakeLog

PAST = 45
"""Days, enough for the checks to be trusted."""


async def test_a_failed_check_shows_its_column_and_rows_of_it(
    sqlite_database: Database, config: Config, tmp_path: Path
) -> None:
    calm = flights_log(config, dict.fromkeys(range(-PAST, 1), 0.9), each=60)
    made = [
        replace(row, features=row.features | {"carrier": None}) if row.predicted_at >= MIDNIGHT and i % 2 else row
        for i, row in enumerate(calm.made)
    ]
    log = FakeLog(made, calm.arrived, calm.features)
    found = await run(workshop(sqlite_database, config, tmp_path, log), 0)
    (series,) = found.summary["fired"]["series"]
    assert series["column"] == "carrier"
    assert series["points"][-1]["missing"] == 0.5
    assert {point["missing"] for point in series["points"][:-1]} == {0.0}
    rows = found.summary["fired"]["rows"]
    assert [row["values"] for row in rows] == [{"carrier": None}] * 3
    assert len({row["id"] for row in rows}) == 3
    assert found.chart
    assert (tmp_path / fired_picture(found.chart)).read_bytes().startswith(b"\x89PNG")
    evidence = str(views.evidence(found, config.pipeline("flights")).blocks)
    assert "-fired.png" in evidence
    assert f"*{rows[0]['id']}* carrier missing" in evidence
    with sqlite_database.read() as session:
        assert posts(session, "evidence")
