"""What a visitor does on the page reaches the app as Slack would send it, and refusals lose nothing that was typed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.workspace.app import Workspace
from bot.workspace.gallery import form
from bot.workspace.webapi.views import checked
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, action, address, gallery, message, section
from tests.workspaces import CHANNEL, GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def app() -> App:
    return App()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(app: App) -> AsyncIterator[Workspace]:
    async with gallery(app) as served:
        yield served


async def choose(page: Page, action_id: str, option: str) -> None:
    await action(page, action_id).click()
    await page.get_by_role("option", name=option).click()


async def test_a_dangerous_button_asks_first(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    await action(page, "rollback").first.click()
    dialog = page.get_by_role("alertdialog", name="Roll back?")
    await expect(dialog).to_contain_text("flights from v7 back to v6")
    await expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert app.actions == []
    await action(page, "rollback").first.click()
    await dialog.get_by_role("button", name="Roll back").click()
    await expect(dialog).to_have_count(0)
    await expect(action(page, "rollback").first).not_to_have_attribute("aria-busy", "true")
    assert [sent["actions"][0]["action_id"] for sent in app.actions] == ["rollback"]
    assert app.actions[0]["user"]["id"] == GRACE


async def test_each_choice_is_sent_with_the_state_around_it(
    workspace: Workspace, app: App, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE))
    await choose(page, "mode", "Timetable")
    await choose(page, "grouped", "Some nulls")
    await choose(page, "person", "Katherine Johnson")
    await choose(page, "channel", "#general")
    await choose(page, "labels", "JFK")
    await page.keyboard.press("Escape")
    await action(page, "similar").click()
    await page.get_by_role("option", name="BUG-2").click()
    await page.get_by_role("radio", name="Low").check()
    await action(page, "more").first.click()
    await page.get_by_role("menuitem", name="File bug").click()
    await expect(action(page, "more").first).not_to_have_attribute("aria-busy", "true")
    sent = {each["actions"][0]["action_id"]: each for each in app.actions}
    chosen = {name: each["actions"][0].get("selected_option", {}).get("value") for name, each in sent.items()}
    assert chosen["mode"] == "timetable"
    assert chosen["grouped"] == "some_nulls"
    assert chosen["similar"] == "BUG-2 "
    assert chosen["severity"] == "low"
    assert chosen["more"] == "file_bug"
    assert sent["person"]["actions"][0]["selected_user"] == "U0KATHERINE"
    assert sent["channel"]["actions"][0]["selected_channel"] == "C0GENERAL"
    held = {key: value for block in app.actions[-1]["state"]["values"].values() for key, value in block.items()}
    assert held["mode"]["selected_option"]["value"] == "timetable"
    assert held["checks"]["selected_options"][0]["value"] == "ticket"


async def test_a_select_by_keyboard(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    await action(page, "mode").focus()
    await page.keyboard.type("ta")
    await expect(page.get_by_role("option")).to_have_text(["Timetable", "Data"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(action(page, "mode")).to_have_value("Data")
    await expect(page.get_by_role("listbox", name="Failure mode")).to_have_count(0)


async def open_form(workspace: Workspace, open_page: OpenPage) -> tuple[Page, str]:
    view = workspace.ctx.views.open(GRACE, checked(workspace.ctx, form(), "modal"))
    page = await open_page(address(workspace, GRACE))
    await expect(page.get_by_role("dialog", name="Every input")).to_be_visible()
    return page, view["id"]


async def test_errors_stand_under_their_inputs(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page, _ = await open_form(workspace, open_page)
    modal = page.get_by_test_id("modal")
    title, wrong = modal.get_by_label("Title"), modal.locator('[data-error-for="title"]')
    await expect(title).to_be_focused()
    await modal.get_by_role("button", name="Submit").click()
    await expect(wrong).to_have_text("Please fill in this field.")
    assert app.submissions == []
    await title.fill("taken")
    await modal.get_by_label("Details").fill("seen <twice>")
    await modal.get_by_role("button", name="Submit").click()
    await expect(wrong).to_have_text("A bug of this name exists.")
    await expect(title).to_be_focused()
    await expect(modal.get_by_label("Details")).to_have_value("seen <twice>")
    await title.fill("a new one")
    await page.keyboard.press("Enter")
    await expect(modal).to_have_count(0)
    sent = app.submissions[-1]
    assert sent["title"]["value"]["value"] == "a new one"
    assert sent["severity"]["value"]["selected_option"]["value"] == "high"
    assert sent["assignee"]["value"]["selected_user"] == "U0ADA"
    assert sent["day"]["value"]["selected_date"] == "2013-02-08"


async def test_every_input_gives_its_value(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page, _ = await open_form(workspace, open_page)
    modal = page.get_by_test_id("modal")
    typed = {
        "Title": "all of it",
        "Email": "a@b.example",
        "Link": "https://b.example",
        "Number": "0.5",
    }
    for label, text in typed.items():
        await modal.get_by_label(label).first.fill(text)
    await modal.get_by_label("Time").fill("09:30")
    await modal.get_by_label("Moment").fill("2013-05-01T09:30")
    await modal.get_by_role("radio", name="Drift").check()
    await modal.get_by_role("checkbox", name="Customer affected").check()
    for block, options in {"labels": ["EWR", "LGA"], "reviewers": ["Linus Pauling"], "similar": ["BUG-1"]}.items():
        field = modal.locator(f'[data-block-id="{block}"] input')
        await field.click()
        await field.press_sequentially({"similar": "x"}.get(block, ""))
        for option in options:
            await page.get_by_role("option", name=option).click()
        await modal.get_by_test_id("modal-title").click()
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal).to_have_count(0)
    sent = {block: next(iter(values.values())) for block, values in app.submissions[-1].items()}
    assert [sent[name]["value"] for name in ("email", "link", "number")] == [
        "a@b.example",
        "https://b.example",
        "0.5",
    ]
    assert [option["value"] for option in sent["labels"]["selected_options"]] == ["ewr", "lga"]
    assert sent["reviewers"]["selected_users"] == ["U0LINUS"]
    assert sent["similar"]["selected_option"]["value"] == "BUG-1 x"
    assert sent["time"]["selected_time"] == "09:30"
    assert sent["moment"]["selected_date_time"] == 1_367_415_000  # in her zone
    assert sent["kind"]["selected_option"]["value"] == "drift"
    assert [option["value"] for option in sent["checks"]["selected_options"]] == ["customer_affected"]


async def test_an_update_keeps_what_was_typed(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page, view_id = await open_form(workspace, open_page)
    title = page.get_by_test_id("modal").get_by_label("Title")
    await title.fill("half a sen")
    changed = form()
    changed["blocks"].insert(0, section("Three similar bugs were found."))
    workspace.ctx.views.update(view_id, None, checked(workspace.ctx, changed, "modal"), None)
    await expect(page.get_by_test_id("modal")).to_contain_text("Three similar bugs were found.")
    await expect(title).to_have_value("half a sen")
    await expect(title).to_be_focused()
    await page.keyboard.type("tence")
    await expect(title).to_have_value("half a sentence")


async def test_modals_stack_trap_the_focus_and_close(workspace: Workspace, open_page: OpenPage) -> None:
    page, _ = await open_form(workspace, open_page)
    second = {**form("second"), "title": {"type": "plain_text", "text": "On top"}}
    workspace.ctx.views.push(GRACE, checked(workspace.ctx, second, "modal"))
    await expect(page.get_by_role("dialog", name="On top")).to_be_visible()
    await page.get_by_role("button", name="Submit").focus()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('[data-testid=modal]') !== null")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Every input")).to_be_visible()
    await page.get_by_role("button", name="Close dialog").click()
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    assert workspace.views(GRACE) == []


async def test_commands_complete_and_run(workspace: Workspace, app: App, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    box = page.get_by_test_id("composer-input")
    await box.press_sequentially("/")
    names = [command.command for command in workspace.config.commands]
    offered = page.get_by_test_id("completion").get_by_role("option")
    await expect(offered).to_have_count(len(names))
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await expect(box).to_have_value("/oncall ")
    await page.keyboard.type("who @ka")
    await expect(offered).to_contain_text(["Katherine Johnson"])
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("/oncall who @katherine ")
    await page.keyboard.press("Enter")
    told = page.get_by_test_id("messages").locator(".ephemeral").last
    await expect(told).to_contain_text("On call: nobody")
    await expect(told).to_contain_text("Only visible to you")
    assert app.commands == ["/oncall who <@U0KATHERINE|katherine>"]


async def test_a_command_that_fails_gives_the_text_back(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    box = page.get_by_test_id("composer-input")
    for text in ("/alerts list", "/nonsense"):
        await box.fill(text)
        await box.press("Enter")
        await expect(page.get_by_test_id("composer-error")).to_contain_text(text.split()[0])
        await expect(box).to_have_value(text)


async def test_a_click_on_what_is_gone_is_told(workspace: Workspace, open_page: OpenPage) -> None:
    page = await open_page(address(workspace, GRACE))
    elements = workspace.messages(CHANNEL)[1]
    elements.blocks = elements.blocks[1:]
    await action(message(page, elements.ts), "ack").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("no longer available")
