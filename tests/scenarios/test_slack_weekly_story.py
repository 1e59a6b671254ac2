"""The week's report in Slack: the message, the details in its thread, and `/model report`."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import SimulatedClock
from core.config.load import Config
from core.config.metric import Metric
from core.db.database import Database
from core.evaluation.goal import Goal
from core.evaluation.weekly import Paged, compose
from core.evaluation.windows import Window
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, LEO, Desk, desk, shown
from tests.weekly_support import curve_of, day, slice_of
from workflows.weekly import draw, tell

MONDAY = datetime(2013, 2, 4, 5, tzinfo=UTC)


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        yield running


def facts() -> dict[str, Any]:
    week = Window(MONDAY, MONDAY + timedelta(days=7))
    finding = {"reason": "price <b> is missing in 41% of rows."}
    judged = [day(0), day(1, "breached", slices=[slice_of(0.4)], findings=[finding]), day(2, "unknown")]
    content = compose(judged, [Paged(MONDAY, False)], week, Goal(Metric.ACCURACY, 0.7), "day", curve_of(100))
    times = {"week_start": week.start.isoformat(), "week_end": week.end.isoformat()}
    return {"pipeline": "flights", **times, "content": content | {"week": "4 Feb to 10 Feb 2013"}}


async def test_the_week_is_told_with_its_picture_and_its_details(at: Desk, tmp_path: Path) -> None:
    assert "no weekly report yet. It comes every Monday at 09:30 (" in await at.slash(LEO, "/model", "report")

    def work(session: Any, config: Config, now: Any) -> int:
        made = facts()
        chart = draw(tmp_path, config.pipeline("flights"), made)
        return tell(session, config, made | {"chart": chart}, now)

    at.do(work)
    await at.deliver()
    (parent,) = at.workspace.messages(FLIGHTS)
    told = shown(parent)
    assert "met on 1 day and missed on 1, with 1 not judged" in told
    assert "1 page sent (1 wrong)" in told
    assert "1 of 2 estimates right: the outcome was within what was expected" in told
    pictures = [block for each in parent.attachments for block in each["blocks"] if block["type"] == "image"]
    assert [block["alt_text"][:28] for block in pictures] == ["The week of Flight delays: T"]
    (details,) = [shown(message) for message in at.thread(parent)]
    for part in ("Tue 5 Feb*: missed 60.0% (outside the expected 72.0% to 84.0%)", "carrier EV"):
        assert part in details
    assert "&lt;b&gt;" in details
    assert "<b>" not in details
    answer = await at.slash(LEO, "/model", "report")
    assert "met on 1 day" in answer
    assert "Each day" in answer
