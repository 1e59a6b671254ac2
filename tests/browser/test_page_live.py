"""The page keeps up: threads, other people, unread marks, lost connections, long channels, the clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from bot.workspace.app import Workspace
from bot.workspace.webapi import chat
from bot.workspace.webapi.arguments import Arguments
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery, message, post, section, tell
from tests.workspaces import ADA, CHANNEL, GRACE, QUIET

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class DemoControls:
    """A clock that only remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.running = False
        self.now = "2013-02-08T14:05:00-05:00"
        self.waiting_for: str | None = "Waiting for Grace to approve the rollback"

    def state(self) -> dict[str, Any]:
        story = [{"label": "The alert comes", "done": True}, {"label": "Acknowledge it", "done": False}]
        actions = [{"id": "next_event", "label": "Next event"}, {"id": "monday", "label": "Monday"}]
        return {
            "now": self.now, "running": self.running, "speed": 6.0, "speeds": [1.0, 6.0, 24.0],
            "waiting_for": self.waiting_for, "actions": actions, "story": story,
        }  # fmt: skip

    async def act(self, action: str, value: str | None) -> None:
        self.asked.append((action, value))
        self.running = {"play": True, "pause": False}.get(action, self.running)


@pytest.fixture
def controls() -> DemoControls:
    return DemoControls()


@pytest.fixture
def app() -> App:
    return App()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(app: App, controls: DemoControls) -> AsyncIterator[Workspace]:
    async with gallery(app, controls) as served:
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
