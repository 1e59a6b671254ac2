"""The same surface behind Socket Mode: no address of ours, the same answers."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.slack.app import create_slack
from bot.slack.ids import Action, Field
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import api
from tests.oncall_support import config as team_config
from tests.slack_support import MAYA, ONCALL, desk, shown
from workflows import respond


async def test_clicks_and_forms_arrive_over_the_socket(
    sqlite_database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    async with desk(sqlite_database, team_config(), clock, tmp_path) as at:
        at.do(lambda s, c, now: respond.receive(s, c, [api()], now))
        await at.deliver()
        at.surface = create_slack(replace(at.deps, app_token=at.workspace.config.app_token))
        await at.surface.start()
        try:
            await asyncio.wait_for(_connected(at.workspace), 60)
            await at.click(MAYA, at.parent(ONCALL), Action.ACKNOWLEDGE)
            assert f"Held by <@{MAYA}>" in shown(at.parent(ONCALL))
            await at.click(MAYA, at.parent(ONCALL), Action.FILE_BUG)
            view = at.workspace.views(MAYA)[-1]
            outcome = await at.workspace.submit(MAYA, view["id"], {Field.TITLE: "over the socket"})
            assert outcome.ok, outcome
        finally:
            await at.surface.stop()


async def _connected(workspace: object) -> None:
    while not workspace.socket.connected:  # type: ignore[attr-defined]  # noqa: ASYNC110 - it tells it only by a flag
        await asyncio.sleep(0.01)
