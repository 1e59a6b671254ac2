"""A press finds what it was meant for, and nothing else, while messages change under it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.workspace.app import Workspace
from bot.workspace.webapi import chat
from bot.workspace.webapi.arguments import Arguments
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery, message, post, section
from tests.workspaces import CHANNEL, GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def app() -> App:
    return App()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(app: App) -> AsyncIterator[Workspace]:
    async with gallery(app) as served:
        yield served


async def test_a_press_is_not_lost_when_its_message_is_drawn_anew_under_it(
    workspace: Workspace, app: App, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    button = {"type": "actions", "block_id": "mine", "elements": [
        {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "Take it"}}]}  # fmt: skip
    ts = post(workspace, text="x", blocks=[section("before"), button])
    await message(page, ts).get_by_role("button", name="Take it").hover()
    await page.mouse.down()
    changed = {"channel": CHANNEL, "ts": ts, "text": "x", "blocks": [section("after"), button]}
    chat.update(workspace.ctx, Arguments(changed))
    await page.wait_for_timeout(300)
    await page.mouse.up()
    await expect(message(page, ts)).to_contain_text("after")
    await page.wait_for_timeout(200)
    assert [each["actions"][0]["action_id"] for each in app.actions] == ["take"]


async def test_the_second_half_of_a_double_click_presses_nothing_that_came_under_it(
    workspace: Workspace, app: App, open_page: OpenPage
) -> None:
    def row(action_id: str, label: str) -> dict[str, Any]:
        text = {"type": "plain_text", "text": label}
        return {
            "type": "actions",
            "block_id": label,
            "elements": [{"type": "button", "action_id": action_id, "text": text}],
        }

    page = await open_page(address(workspace, GRACE))
    ts = post(workspace, text="x", blocks=[row("take", "Take it")])
    await message(page, ts).get_by_role("button", name="Take it").click()
    chat.update(
        workspace.ctx, Arguments({"channel": CHANNEL, "ts": ts, "text": "x", "blocks": [row("end", "End it!")]})
    )
    ending = message(page, ts).get_by_role("button", name="End it!")
    await ending.hover()
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await page.wait_for_timeout(700)
    assert [each["actions"][0]["action_id"] for each in app.actions] == ["take"]
    await ending.click()
    async with asyncio.timeout(8):
        while len(app.actions) < 2:  # noqa: ASYNC110 - the click travels
            await asyncio.sleep(0.01)
