"""The clock bar of a workspace whose time is simulated, and what the page says of the past."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from bot.workspace.app import Workspace
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery, message, post
from tests.workspaces import CHANNEL, GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class DemoControls:
    """A clock that only remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.running = False
        self.now = "2013-02-08T14:05:00-05:00"
        self.waiting_for: str | None = "Waiting for Grace to approve the rollback"
        self.welcome: dict[str, Any] | None = None

    def state(self) -> dict[str, Any]:
        story = [{"label": "The alert comes", "done": True}, {"label": "Acknowledge it", "done": False}]
        actions = [{"id": "next_event", "label": "Next event"}, {"id": "monday", "label": "Monday"}]
        return {
            "now": self.now, "running": self.running, "speed": 6.0, "speeds": [1.0, 6.0, 24.0],
            "waiting_for": self.waiting_for, "actions": actions, "story": story,
            "welcome": self.welcome,
        }  # fmt: skip

    async def act(self, action: str, value: str | None) -> None:
        self.asked.append((action, value))
        self.running = {"play": True, "pause": False}.get(action, self.running)


@pytest.fixture
def controls() -> DemoControls:
    return DemoControls()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(controls: DemoControls) -> AsyncIterator[Workspace]:
    async with gallery(App(), controls) as served:
        yield served


async def test_the_clock_bar(workspace: Workspace, controls: DemoControls, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    bar = page.get_by_test_id("clock-bar")
    await expect(bar.get_by_test_id("clock-now")).to_contain_text("14:05")
    await expect(bar).to_contain_text("Waiting for Grace to approve the rollback")
    await bar.get_by_role("button", name="Next event").click()
    await expect(bar.get_by_role("button", name="Play")).to_be_disabled()
    controls.waiting_for = None
    await bar.get_by_role("button", name="Play").click()
    await expect(bar.get_by_role("button", name="Pause")).to_be_visible()
    await bar.get_by_label("Speed").select_option("24")
    controls.now = "2013-02-11T09:00:00-05:00"
    await expect(bar.get_by_test_id("clock-now")).to_contain_text("Mon, 11 Feb")
    await expect(bar.get_by_test_id("clock-waiting")).to_be_hidden()
    assert controls.asked == [("next_event", None), ("play", None), ("speed", "24")]
    await bar.get_by_role("button", name="1 of 2").click()
    await expect(page.get_by_test_id("story").locator("[aria-current=step]")).to_have_text("Acknowledge it")


async def test_an_answer_that_was_overtaken_does_not_set_the_clock_back(
    workspace: Workspace, controls: DemoControls, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    controls.waiting_for = None
    late: list[Route] = []
    await page.route("**/ui/clock", lambda route: late.append(route))
    await page.get_by_test_id("clock-next_event").click()
    async with asyncio.timeout(8):
        while not late:  # noqa: ASYNC110 - the page sends it when it does
            await asyncio.sleep(0.01)
    answer = await late[0].fetch()
    controls.now = "2013-02-11T09:00:00-05:00"
    await expect(page.get_by_test_id("clock-now")).to_contain_text("Mon, 11 Feb")
    await late[0].fulfill(response=answer)
    await expect(page.get_by_test_id("clock-next_event")).not_to_have_attribute("aria-busy", "true")
    await expect(page.get_by_test_id("clock-now")).to_contain_text("Mon, 11 Feb")


async def test_nothing_that_was_said_is_in_the_future(
    workspace: Workspace, controls: DemoControls, open_page: OpenPage
) -> None:
    """A jump posts messages hours ahead of what the page last heard of the clock."""
    controls.now = (workspace.ctx.clock.now() - timedelta(hours=3)).isoformat()
    page = await open_page(address(workspace, GRACE))
    parent = workspace.messages(CHANNEL)[0].ts
    post(workspace, text="a reply", thread_ts=parent)
    when = message(page, parent).locator(".reply-when")
    await expect(when).to_have_text("Last reply just now")


async def test_whoever_comes_first_reads_what_awaits_them(
    workspace: Workspace, controls: DemoControls, open_page: OpenPage
) -> None:
    channel = workspace.ctx.config.channels[-1]
    controls.welcome = {
        "channel": channel.id,
        "hello": "You are Ada.",
        "words": ["It waits."],
        "steps": ["Look", "Act"],
    }
    page = await open_page(address(workspace, GRACE, channel.id))
    await expect(page.get_by_test_id("welcome").get_by_role("heading")).to_have_text("You are Ada.")
    await expect(page.get_by_test_id("welcome").get_by_role("listitem")).to_have_text(["Look", "Act"])
    await page.get_by_test_id(f"channel-{workspace.ctx.config.channels[0].name}").click()
    await expect(page.get_by_test_id("welcome")).to_have_count(0)
