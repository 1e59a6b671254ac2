"""What can be typed: bare commands and their menus, help, mentions, and what is shown privately."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.ids import Action, Field
from core.clock import SimulatedClock
from core.db.database import Database
from tests.people_support import alerted, view_of
from tests.slack_support import (
    FLIGHTS,
    JONAS,
    MAYA,
    Desk,
    shown,
)


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with alerted(sqlite_database, clock, tmp_path) as running:
        yield running


@pytest.mark.parametrize("command", ["/oncall", "/alerts", "/model", "/review", "/goldilocks"])
async def test_a_bare_command_opens_a_menu_whose_buttons_work(at: Desk, command: str) -> None:
    await at.slash(JONAS, command)
    menu = at.workspace.ephemerals(JONAS)[-1]
    first = next(element for block in menu.blocks if block["type"] == "actions" for element in block["elements"])
    before = len(at.workspace.ephemerals(JONAS))
    await at.click(JONAS, menu, first["action_id"])
    assert len(at.workspace.ephemerals(JONAS)) == before + 1


@pytest.mark.parametrize("command", ["/oncall", "/alerts", "/bug", "/model", "/review", "/goldilocks"])
async def test_help_and_unknown_words(at: Desk, command: str) -> None:
    assert f"`{command} help`" in await at.slash(JONAS, command, "help")
    if command == "/bug":
        return  # whatever is written there is what is wrong
    answer = await at.slash(JONAS, command, "frobnicate <!channel>")
    assert "does not know `frobnicate`" in answer
    assert "<!channel>" not in answer


async def test_goldilocks_runs_any_command_also_by_mention(at: Desk) -> None:
    assert "Primary" in await at.slash(JONAS, "/goldilocks", "oncall who")
    await at.workspace.say(JONAS, FLIGHTS, "@goldilocks alerts list", thread_ts=at.parent(FLIGHTS).ts)
    await at.workspace.settle()
    await at.surface.settle()
    assert "1 open alert" in at.told(JONAS)
    await at.workspace.say(JONAS, FLIGHTS, "@goldilocks oncall who flights", thread_ts=at.parent(FLIGHTS).ts)
    await at.workspace.settle()
    await at.surface.settle()
    assert "Primary" in at.told(JONAS)


async def test_alerts_show_gives_the_buttons_privately(at: Desk) -> None:
    assert "There is no alert *99*." in await at.slash(JONAS, "/alerts", "show 99")
    await at.slash(JONAS, "/alerts", "show 1")
    private = at.workspace.ephemerals(JONAS)[-1]
    await at.click(JONAS, private, Action.ACKNOWLEDGE)
    assert f"Held by <@{JONAS}>" in shown(at.parent(FLIGHTS))


async def test_model_status(at: Desk) -> None:
    answer = await at.slash(JONAS, "/model", "status")
    assert "v2 is the champion, but serving did not say which version answers" in answer  # nothing serves here
    assert "There is no pipeline `ships`" in await at.slash(JONAS, "/model", "status ships")


async def test_a_pipelines_card_tells_a_newcomer_what_they_need(at: Desk) -> None:
    await at.click(MAYA, at.parent(FLIGHTS), Action.FILE_BUG)
    await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.TITLE: "Accuracy fell in the storm"})
    told = await at.slash(JONAS, "/model", "card flights")
    assert "On call: <@" in told
    assert "Version in service: v2" in told
    assert "no day was judged yet" in told
    assert "Accuracy below its objective" in told
    assert "#1 Accuracy fell in the storm" in told
    assert "There is no pipeline `ships`" in await at.slash(JONAS, "/model", "card ships")
