"""A real Chromium for the tests of the page.

Browser and server live in one event loop for the whole session, so a module of browser tests begins with
`pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]`.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

OpenPage = Callable[..., Awaitable[Page]]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def chromium_path() -> str | None:
    """Where Chromium is: the variable CHROMIUM, else a program of that name on the path."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program; without one these tests are skipped, unless they must not be (in CI)."""
    path = chromium_path()
    if path is None:
        message = "no Chromium is installed (Debian: apt-get install chromium), and CHROMIUM names none"
        if os.environ.get("GOLDILOCKS_NO_SKIP"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One headless browser for all tests; each page has a context, and so a storage, of its own."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Open an address as a visitor: `await open_page(url, width=375, dark=True)`.

    An error in the page's own scripts, or something its content policy had to refuse, fails the test.
    """
    contexts = []
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "net::ERR" not in message.text and "Failed to load" not in message.text:
            problems.append(message.text)

    async def opened(url: str, width: int = 1280, height: int = 800, dark: bool = False, **more: Any) -> Page:
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": height}
        context = await browser.new_context(viewport=size, color_scheme=scheme, timezone_id="UTC", **more)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(8_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", note)
        await page.goto(url)
        await page.locator("body.ready").wait_for()
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not problems
