"""Threads in the side pane: read from their start, answered, followed by others."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.workspace.app import Workspace
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery, message, post
from tests.workspaces import CHANNEL, GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def workspace() -> AsyncIterator[Workspace]:
    async with gallery(App()) as served:
        yield served


async def test_a_thread_in_the_side_pane(workspace: Workspace, open_page: OpenPage) -> None:
    page, other = await open_page(address(workspace, GRACE)), await open_page(address(workspace, "U0LINUS"))
    parent = workspace.messages(CHANNEL)[0].ts
    await message(page, parent).hover()
    await message(page, parent).get_by_role("button", name="Reply in thread").click()
    pane = page.get_by_test_id("thread-pane")
    box = pane.get_by_test_id("thread-composer-input")
    await expect(box).to_be_focused()
    await box.fill("/oncall")
    await box.press("Enter")
    await expect(pane.get_by_test_id("thread-composer-error")).to_contain_text("do not work in threads")
    await box.fill("Looking at it @ada")
    await box.press("Enter")
    await expect(pane).to_contain_text("Looking at it @Ada Lovelace")
    await expect(message(other, parent).get_by_test_id(f"replies-{parent}")).to_contain_text("2 replies")
    assert [reply.text for reply in workspace.thread(CHANNEL, parent)][-1] == "Looking at it <@U0ADA>"
    assert await page.get_by_test_id("messages").get_by_text("Looking at it").count() == 0
    await box.press("Escape")
    await expect(pane).to_be_hidden()


async def test_a_thread_is_read_from_its_start_whatever_comes_meanwhile(
    workspace: Workspace, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    parent = workspace.messages(CHANNEL)[0].ts
    for number in range(12):
        post(workspace, text="\n".join(f"reply {number}, line {line}" for line in range(5)), thread_ts=parent)
    await message(page, parent).get_by_test_id(f"replies-{parent}").click()
    pane = page.get_by_test_id("thread-pane")
    first = pane.get_by_test_id(f"message-{parent}")
    await expect(first).to_be_in_viewport()
    late = post(workspace, text="the last word", thread_ts=parent)
    await pane.get_by_role("button", name="Newer replies").wait_for()
    await expect(first).to_be_in_viewport()
    await pane.get_by_role("button", name="Newer replies").click()
    await expect(pane.get_by_test_id(f"message-{late}")).to_be_in_viewport()
