"""Thousands of groups that are open at once, none in a storm: what people ask for is there at once, and says how many
there are."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from bot.slack.ids import Action, Field
from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.alerts_support import api
from tests.oncall_support import HANDOFF, T0, draft_due
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, JONAS, ONCALL, Desk, desk, said, shown
from workflows import respond

BATCH = 400
PATIENCE_S = 20
"""For a report of thousands of alerts, drawn and exported: it takes a second, and many more on a busy machine."""
STATEMENTS = 150
"""How many queries one answer may take: it must not grow with what is open."""

ALERTS = {
    "channel": "oncall",
    "rotation": "flights",
    "policy": "page",
    "by": ["alertname"],
    "storm": {"groups": 500, "within": "1s"},
}
ASKED = ("list", "list mine", "list page=9", "show", "why", "ack", "resolve", "show 99999")


def flood(session: Session, config: Config, now: datetime, many: int) -> None:
    """A few at a time, so that no storm is seen in it; nothing of it is sent. Amina holds the very first."""
    for start in range(0, many, BATCH):
        labels = [{"alertname": f"Odd {n}", "severity": "warning"} for n in range(start, start + BATCH)]
        respond.receive(session, config, [api(each, annotations={"summary": "odd"}) for each in labels], now)
        now += timedelta(seconds=10)
    session.execute(update(OutboxRow).values(status=OutboxStatus.DEAD))
    first = session.get_one(AlertGroup, 1)
    first.status, first.acknowledged_by, first.acknowledged_at = GroupStatus.ACKNOWLEDGED, "amina", now


@pytest.fixture(params=[800, pytest.param(10_000, marks=pytest.mark.slow)])
def many(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path, many: int) -> AsyncIterator[Desk]:
    team = team_config(alerts=ALERTS)
    async with desk(sqlite_database, team, SimulatedClock(T0 - timedelta(hours=1)), tmp_path) as running:
        running.do(lambda session, config, now: flood(session, config, now, many))
        running.clock.advance_to(T0)
        yield running


class Counted:
    """How many statements run and how long it takes, from here on."""

    def __init__(self, at: Desk, what: str) -> None:
        self.statements, self._what, self._engine = 0, what, at.database.engine
        self._began = time.perf_counter()
        event.listen(self._engine, "before_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self.statements += 1

    def check(self) -> None:
        event.remove(self._engine, "before_cursor_execute", self._count)
        print(f"{self._what}: {self.statements} statements, {time.perf_counter() - self._began:.2f} s")
        assert self.statements < STATEMENTS, self._what


async def test_what_people_ask_for_is_counted_and_begins_with_the_first(at: Desk, many: int) -> None:
    counted = Counted(at, "App Home")
    shown = said(await at.home(AMINA))
    counted.check()
    assert f"… and {many - 1 - 5:,} more, the most urgent first" in shown
    assert f"All {many - 1:,} …" in shown
    assert "*Odd 0*" in shown, "what she holds, though thousands are more urgent"
    for asked in ASKED:
        counted = Counted(at, f"/alerts {asked}")
        told = await at.slash(AMINA, "/alerts", asked)
        counted.check()
        assert (f"{many:,}" if asked.startswith("list") else "Odd") in told, asked


async def test_forms_open_at_once_and_are_filled(at: Desk, many: int) -> None:
    for asked in ("noise", "page"):
        counted = Counted(at, f"/alerts {asked}")
        await at.slash(JONAS, "/alerts", asked)
        counted.check()
        blocks = at.workspace.views(JONAS)[-1]["blocks"]
        assert (
            next(len(each["element"]["options"]) for each in blocks if each.get("block_id") == Field.ALERT) == 100
        )
    counted = Counted(at, "/alerts silence")
    await at.slash(JONAS, "/alerts", 'silence severity="warning"')
    counted.check()
    assert f"{many:,}" in str(at.workspace.views(JONAS)[-1]["blocks"]), "the look back counts them all"


async def test_a_shift_that_ends_with_all_of_them_open_is_handed_over(at: Desk, many: int) -> None:
    at.clock.advance_to(HANDOFF + timedelta(minutes=1))
    counted = Counted(at, "handoff")
    at.do(draft_due)
    counted.check()
    await at.deliver()
    assert f"{many:,}" in str(at.parent(ONCALL).attachments) + str(at.parent(ONCALL).blocks)
    (report,) = at.thread(at.parent(ONCALL))
    told = shown(report)
    assert f"{many - 3:,} more alerts still fire that nobody has taken." in told
    assert f"… and {many - 8:,} more" in told
    assert "Alerts that ended" not in told, "nothing is told twice"
    assert len(told) < 3_000, "it is read at a change of shift"
    began = time.perf_counter()
    assert f"{many:,}" in await at.slash(JONAS, "/oncall", "handoff")
    await at.click(JONAS, at.parent(ONCALL), Action.EXPORT_HANDOFF)
    assert f"Odd {many - 1}" in await exported(at)
    assert time.perf_counter() - began < PATIENCE_S


async def exported(at: Desk) -> str:
    """The Markdown file in the thread of the handoff."""
    (file,) = [each for message in at.thread(at.parent(ONCALL)) for each in message.files]
    return (at.workspace.ctx.files.get(file["id"]).content or b"").decode()  # type: ignore[union-attr]
