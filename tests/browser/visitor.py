"""Somebody who looks at the page and clicks, in the words of the story."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.conftest import ROOT

SHOTS = ROOT / "test-output"
SETTLE_MS = 400

STILL_S = 180
"""How long the clock may show the same time on the way to something: a day that is evaluated takes seconds, and more
than a minute where twenty others want the same processor."""

PATIENCE_MS = 30_000
"""How long anything else may take."""


@dataclass(frozen=True)
class Visitor:
    """Clicks and keys only; whatever is looked for is waited for."""

    page: Page

    async def become(self, name: str) -> None:
        """Act as another person."""
        await self.page.get_by_test_id(f"person-{name}").click()
        await expect(self.page.get_by_test_id(f"person-{name}")).to_have_attribute("aria-pressed", "true")

    async def channel(self, name: str) -> None:
        await self.page.get_by_test_id(f"channel-{name}").click()
        await expect(self.page.get_by_test_id("channel-title")).to_have_text(name)

    async def arrives(self, place: Locator) -> None:
        """Wait for something that a jump leads to, as long as the clock goes on: days of flights are predicted and
        evaluated on the way."""
        shown, since = "", time.monotonic()
        while not await place.is_visible():
            now = await self.page.get_by_test_id("clock-now").inner_text()
            if now != shown:
                shown, since = now, time.monotonic()
            assert time.monotonic() - since < STILL_S, f"time stands still at {now}, and {place} is not there"
            await self.page.wait_for_timeout(100)

    async def jump(self, action: str) -> None:
        """Press a button of the clock bar."""
        await self.page.get_by_test_id(f"clock-{action}").click()

    def message(self, text: str) -> Locator:
        """The newest message of the channel with this text."""
        return self.page.get_by_test_id("messages").locator("li.message").filter(has_text=text).last

    def reply(self, text: str) -> Locator:
        """The newest message of the open thread with this text."""
        return self.page.get_by_test_id("thread-pane").locator("li.message").filter(has_text=text).last

    async def open_thread(self, text: str) -> None:
        """Open the thread of a message by its “n replies”."""
        await self.message(text).locator("[data-testid^=replies-]").click()
        await expect(self.reply(text)).to_be_visible()

    async def press(self, place: Locator, button: str, *, sure: bool | None = None) -> None:
        """Press a button of a message; `sure` answers the question that it asks first."""
        await place.get_by_role("button", name=button, exact=True).click()
        if sure is not None:
            await self.page.get_by_test_id("confirm-yes" if sure else "confirm-no").click()

    def told(self, text: str) -> Locator:
        """What only this person sees."""
        return self.page.locator("li.message.ephemeral").filter(has_text=text).last

    async def choose(self, label: str, option: str) -> None:
        """Choose from a menu of the open form."""
        await self.page.get_by_test_id("modal").get_by_label(label).click()
        await self.page.get_by_role("option", name=option).click()

    async def submit(self) -> None:
        """Send the open form, which closes."""
        await self.page.get_by_test_id("modal-submit").click()
        await expect(self.page.get_by_test_id("modal")).to_have_count(0)

    async def say(self, text: str) -> None:
        """Type into the channel's box and send it."""
        box = self.page.get_by_test_id("composer-input")
        await box.fill(text)
        await box.press("Enter")

    async def look(self, name: str, picture: Path | None = None) -> None:
        """Take pictures of the page as it is, if somebody wants to look at them: light, dark and narrow; the light one
        also as `picture`."""
        if not os.environ.get("GOLDILOCKS_SCREENSHOTS"):
            return
        await self.page.mouse.move(0, 0)
        await self.page.evaluate("document.activeElement.blur()")
        SHOTS.mkdir(exist_ok=True)
        size = self.page.viewport_size
        assert size is not None
        await self.page.wait_for_timeout(SETTLE_MS)
        for path in filter(None, (SHOTS / f"{name}.png", picture)):
            await self.page.screenshot(path=path)
        await self.page.emulate_media(color_scheme="dark")
        await self.page.wait_for_timeout(SETTLE_MS)
        await self.page.screenshot(path=SHOTS / f"{name}-dark.png")
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size({"width": 375, "height": 812})
        await self.page.wait_for_timeout(SETTLE_MS)
        await self.page.screenshot(path=SHOTS / f"{name}-375.png")
        await self.page.set_viewport_size(size)
