"""The page keeps up: other people, unread marks, lost connections, long channels."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from bot.workspace.app import Workspace
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery, message, post, section, tell
from tests.workspaces import ADA, CHANNEL, GRACE, QUIET

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def workspace() -> AsyncIterator[Workspace]:
    async with gallery(App()) as served:
        yield served


async def test_one_click_makes_one_another_person(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, ADA))
    await page.keyboard.press("Escape")  # the gallery's modal
    await expect(page.get_by_text("Only visible to you").first).to_be_visible()
    await page.get_by_test_id("composer-input").fill("half a thought")
    await page.get_by_test_id("person-grace").click()
    await expect(page.get_by_test_id("person-grace")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_text("Only visible to you")).to_have_count(0)
    await page.get_by_test_id("composer-input").fill("I am Grace")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("messages")).to_contain_text("I am Grace")
    assert workspace.messages(CHANNEL)[-1].user == GRACE
    await page.get_by_test_id("person-ada").click()
    await expect(page.get_by_test_id("composer-input")).to_have_value("half a thought")


async def test_unread_marks_and_mentions(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    general = page.get_by_test_id("channel-general")
    await workspace.say(ADA, QUIET, "hello all")
    await expect(general).to_have_class("side-item unread")
    await expect(page.get_by_test_id("badge-general")).to_have_count(0)
    await workspace.say(ADA, QUIET, "and hello @grace")
    await expect(page.get_by_test_id("badge-general")).to_have_text("1 mentions")
    await general.click()
    await expect(page.get_by_test_id("badge-general")).to_have_count(0)
    await expect(page.locator(".new-mark")).to_have_text("New")
    await expect(page.locator(".mention.me")).to_have_text("@Grace Hopper")


async def test_a_changed_message_is_redrawn_in_its_place(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    ts = post(workspace, text="firing")
    await expect(message(page, ts)).to_contain_text("firing")
    changed = workspace.messages(CHANNEL)[-1]
    changed.text = "resolved"
    workspace.ctx.state.changed(changed)
    await expect(message(page, ts)).to_contain_text("resolved")
    assert await page.get_by_test_id("messages").locator("li.message").last.get_attribute("data-ts") == ts


async def test_a_lost_connection_is_made_up_for(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    await page.context.set_offline(True)
    workspace.hub.close()
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    ts = post(workspace, text="while you were away")
    await page.context.set_offline(False)
    await expect(message(page, ts)).to_be_visible()
    await expect(page.get_by_text("Reconnecting")).to_be_hidden()
    later = post(workspace, text="and back")
    await expect(message(page, later)).to_be_visible()


async def test_a_channel_that_is_slow_to_load_shows_nothing_of_the_one_before(
    workspace: Workspace, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    beginning = page.locator(".beginning")
    await expect(beginning).to_contain_text("The beginning of")
    gate = asyncio.Event()

    async def late(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await page.route("**/ui/messages*", late)
    await page.get_by_test_id("channel-general").click()
    await expect(page.get_by_test_id("channel-title")).to_have_text("general")
    await expect(beginning).to_be_empty()
    gate.set()
    await expect(beginning).to_contain_text("general")


async def test_a_permalink_far_back_is_found(workspace: Workspace, open_page: OpenPage) -> None:
    wanted = post(workspace, text="the one")
    for number in range(130):
        post(workspace, text=f"message {number}")
    packed = wanted.replace(".", "")
    page = await open_page(f"{workspace.config.base_url}/archives/{CHANNEL}/p{packed}?as={GRACE}")
    await expect(message(page, wanted)).to_be_in_viewport()
    assert f"#/{CHANNEL}/{wanted}" in page.url


async def test_a_thousand_messages_stay_quick(workspace: Workspace, open_page: OpenPage) -> None:
    for number in range(1_000):
        post(workspace, text=f"message {number} with *bold* and `code`")
    page = await open_page(address(workspace, GRACE))
    box = page.get_by_test_id("messages")
    for _ in range(40):
        if await box.locator("li.message").count() >= 1_000:
            break
        await box.evaluate("e => { e.scrollTop = 0 }")
        await page.wait_for_function(
            "() => document.querySelector('[data-testid=messages]').scrollTop > 300", timeout=4_000
        )
    assert await box.locator("li.message").count() >= 1_000
    await box.evaluate("e => { e.scrollTop = e.scrollHeight }")
    ts = post(workspace, text="one more")
    await expect(message(page, ts)).to_be_in_viewport()
    frame = """() => new Promise((done) => {
      const began = performance.now();
      requestAnimationFrame(() => done(performance.now() - began));
    })"""
    assert await page.evaluate(frame) < 250


async def scroll_up(page: Page) -> None:
    """To the first message, until the page knows."""
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await page.get_by_test_id("messages").evaluate(f"(e) => {{ e.scrollTop = 0; return {frames} }}")


async def test_the_answer_to_a_command_is_seen_also_by_who_has_scrolled_up(
    workspace: Workspace, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    await scroll_up(page)
    box = page.get_by_test_id("composer-input")
    await box.fill("/oncall who")
    await box.press("Enter")
    await expect(page.locator("li.ephemeral").filter(has_text="On call: nobody").last).to_be_in_viewport()
    await scroll_up(page)
    await expect(page.get_by_test_id("channel").locator(".jump")).to_be_hidden()
    tell(workspace, GRACE, "Only Ada may do this.")
    below = page.get_by_role("button", name="Answer below")
    await below.click()
    await expect(page.locator("li.ephemeral").filter(has_text="Only Ada").last).to_be_in_viewport()
    tell(workspace, GRACE, "long", blocks=[section(f"line {n}") for n in range(45)])
    await expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    await expect(page.get_by_role("button", name="More below")).to_be_visible()


async def test_who_reads_at_the_end_stays_there_when_a_picture_is_loaded_above(
    workspace: Workspace, open_page: OpenPage
) -> None:
    """The browser may tell of a scroll between the growth and the page's hearing of it."""
    page = await open_page(address(workspace, GRACE))
    left = await page.get_by_test_id("messages").evaluate("""async (box) => {
      const frame = () => new Promise(requestAnimationFrame);
      await frame();
      box.querySelector("li.message").style.paddingBottom = "900px";
      box.dispatchEvent(new Event("scroll"));
      for (let i = 0; i < 4; i += 1) await frame();
      return box.scrollHeight - box.scrollTop - box.clientHeight;
    }""")
    assert left < 2


async def test_the_quick_switcher(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    await page.keyboard.press("Control+k")
    await page.keyboard.type("gen")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("channel-title")).to_have_text("general")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("act as ada")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("person-ada")).to_have_attribute("aria-pressed", "true")
