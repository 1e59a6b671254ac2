"""The page draws what the app sends: every block, hostile text, images, dark and narrow."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.workspace.app import Workspace
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, action, address, gallery, message, post, section
from tests.workspaces import ADA, CHANNEL, GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ELEMENTS = {
    "ack", "rollback", "runbook", "more", "mode", "grouped", "similar", "person", "conversation", "channel", "labels",
    "reviewers", "date", "time", "moment", "severity", "checks",
}  # fmt: skip
HOSTILE = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'> "
    "&lt;!channel&gt; &lt;https://evil.example|https://good.example&gt; "
    "<javascript:window.pwned=1|click> <data:text/html,x|data> \u202egnp.exe"
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest_asyncio.fixture(loop_scope="session")
async def workspace() -> AsyncIterator[Workspace]:
    async with gallery(App()) as served:
        yield served


async def test_every_element_is_drawn_and_can_be_addressed(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    first, elements = (message(page, item.ts) for item in workspace.messages(CHANNEL)[:2])
    await expect(elements).to_be_visible()
    found = await elements.locator("[data-action-id]").evaluate_all("all => all.map(e => e.dataset.actionId)")
    assert set(found) == ELEMENTS
    assert all(await elements.locator("[data-action-id]").evaluate_all("all => all.map(e => e.dataset.blockId)"))
    await expect(first.get_by_role("heading", name="Every block and element")).to_be_visible()
    for tag, text in {
        "strong": "bold",
        "em": "italic",
        "s": "struck",
        "code": "code",
        "blockquote": "a quote",
    }.items():
        await expect(first.locator(tag).first).to_have_text(text)
    await expect(first.locator("pre").first).to_have_text("a block\n  of code")
    await expect(first.get_by_text("<escaped>")).to_be_visible()
    await expect(first.locator("time[datetime]").nth(1)).to_have_text("1 May 2013 05:30")  # in her zone
    assert await first.get_by_role("link", name="a link").first.get_attribute("href") == "https://example.com/"
    assert await elements.get_by_role("button", name="Roll back").evaluate("e => e.tagName") == "BUTTON"
    await expect(elements.get_by_role("radio", name="High")).to_be_checked()
    await expect(elements.get_by_role("checkbox", name="Ticket")).to_be_checked()
    await expect(action(elements, "date")).to_have_value("2013-02-08")


async def test_attachments_carry_their_colour(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    firing = page.get_by_test_id("messages").locator(".attachment").first
    await expect(firing).to_contain_text("firing SLO breached")
    assert await firing.evaluate("e => getComputedStyle(e, '::before').backgroundColor") == "rgb(214, 69, 69)"


async def test_hostile_text_is_inert(workspace: Workspace, open_page: OpenPage) -> None:
    hostile = post(workspace, text=HOSTILE, blocks=[section(HOSTILE), {"type": "divider"}])
    said = await workspace.say(ADA, CHANNEL, "<https://evil.example|good> <b>hi</b> javascript:alert(1)")
    page = await open_page(address(workspace, GRACE))
    shown = message(page, hostile)
    await expect(shown).to_contain_text("<script>window.pwned = 1</script>")
    await expect(shown).to_contain_text("<!channel> <https://evil.example|https://good.example>")
    assert await shown.locator(".content").locator("img, script, a, .mention, b").count() == 0
    typed = message(page, str(said.ts)).locator(".content")
    await expect(typed).to_have_text("<https://evil.example|good> <b>hi</b> javascript:alert(1)")
    assert await typed.locator("img, script, b").count() == 0
    assert [await link.get_attribute("href") for link in await typed.get_by_role("link").all()] == [
        "https://evil.example/"  # an address that a person typed links to itself
    ]
    assert await page.evaluate("window.pwned") is None


async def test_long_and_right_to_left_text(workspace: Workspace, open_page: OpenPage) -> None:
    long = post(workspace, blocks=[section("word " * 590)])
    unbroken = post(workspace, blocks=[section("x" * 2_900)])
    arabic = post(workspace, blocks=[section("مرحبا بالعالم\nand English")])
    page = await open_page(address(workspace, GRACE))
    more = message(page, long).get_by_role("button", name="See more")
    height = "e => e.offsetHeight"
    folded = await message(page, long).evaluate(height)
    await more.click()
    assert await message(page, long).evaluate(height) > folded
    box = message(page, unbroken).locator(".content")
    assert await box.evaluate("e => e.scrollWidth <= e.clientWidth")
    lines = message(page, arabic).locator(".line")
    assert await lines.evaluate_all("all => all.map(e => getComputedStyle(e).direction)") == ["rtl", "ltr"]


async def test_parsing_stays_linear(workspace: Workspace, open_page: OpenPage) -> None:
    """Eight times the text takes about eight times as long, and not 64 times; the best of six of each."""
    page = await open_page(address(workspace, GRACE))
    grew = await page.evaluate("""async () => {
      const { mrkdwn } = await import("./static/mrkdwn.js");
      const once = (text) => { const start = performance.now(); mrkdwn(text); return performance.now() - start; };
      const best = (part, size) => Math.min(...[1, 2, 3, 4, 5, 6].map(() => once(part.repeat(size / part.length))));
      const parts = ["*a ", "`", "<", "_*~", ":a", "&lt;", "<@U1|", "```", "> ", "*a* "];
      return parts.map((part) => best(part, 100000) / Math.max(1, best(part, 12500)));
    }""")
    assert max(grew) < 30, grew


async def test_an_image_opens_large(workspace: Workspace, open_page: OpenPage) -> None:
    image = {"type": "image", "slack_file": {"id": upload(workspace, PIXEL)}, "alt_text": "Recall by day"}
    ts = post(workspace, blocks=[image])
    page = await open_page(address(workspace, GRACE))
    picture = message(page, ts).get_by_role("button", name="Recall by day")
    assert await picture.locator("img").evaluate("async e => { await e.decode(); return e.naturalWidth }") == 1
    await picture.click()
    await expect(page.get_by_test_id("lightbox")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("lightbox")).to_have_count(0)
    await expect(picture).to_be_focused()


def upload(workspace: Workspace, content: bytes) -> str:
    files = workspace.ctx.files
    file = files.reserve("chart.png", len(content), "", 0)
    files.receive(file, content)
    files.complete(file, "Chart")
    return file.id


async def test_dark_follows_the_system_and_the_toggle(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE), dark=True)
    lightness = (
        "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
    )
    assert await page.evaluate(lightness) < 150
    await page.get_by_role("button", name="Light theme").click()
    assert await page.evaluate(lightness) > 600
    await page.reload()
    await page.locator("body.ready").wait_for()
    assert await page.evaluate(lightness) > 600


@pytest.mark.parametrize("width", [360, 375, 800])
async def test_narrow_screens(workspace: Workspace, open_page: OpenPage, width: int) -> None:
    page = await open_page(address(workspace, GRACE), width=width, height=740)
    ts = workspace.messages(CHANNEL)[0].ts
    await message(page, ts).get_by_test_id(f"replies-{ts}").click()
    await expect(page.get_by_test_id("thread-pane")).to_be_visible()
    await expect(page.get_by_test_id("channel")).to_be_hidden()
    await page.get_by_role("button", name="Close thread").click()
    await expect(page.get_by_test_id("composer")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    if width < 760:
        await expect(page.get_by_test_id("sidebar")).to_be_hidden()
        await page.get_by_test_id("drawer-button").click()
    await page.get_by_test_id("channel-general").click()
    await expect(page.get_by_test_id("channel-title")).to_have_text("general")
    if width < 760:
        await expect(page.get_by_test_id("sidebar")).to_be_hidden()


async def test_home_shows_what_the_app_published(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, ADA, "home"))
    await page.keyboard.press("Escape")  # the gallery's modal
    await expect(
        page.get_by_test_id("home").get_by_role("heading", name="Every block and element")
    ).to_be_visible()
    await page.get_by_test_id("person-grace").click()
    await expect(page.get_by_test_id("home")).to_contain_text("Nothing here yet")


@pytest.mark.parametrize(("width", "asks"), [(340, False), (1400, True)])
async def test_the_composer_says_only_what_it_has_room_for(
    workspace: Workspace, open_page: OpenPage, width: int, asks: bool
) -> None:
    page = await open_page(address(workspace, GRACE), width=width)
    field = page.get_by_test_id("composer").locator("textarea")
    said = "Message #flights-ml"
    await expect(field).to_have_attribute("placeholder", f"{said}, or ask @goldilocks" if asks else said)
    await expect(field).to_have_attribute("aria-label", f"{said}, or ask @goldilocks")
    await page.set_viewport_size({"width": 1740 - width, "height": 800})
    await expect(field).to_have_attribute("placeholder", said if asks else f"{said}, or ask @goldilocks")
