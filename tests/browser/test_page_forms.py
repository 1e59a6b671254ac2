"""Forms on a narrow page: what was chosen begins where it begins, and a file is there once it was given."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.slack.views.parts import file_input, modal, option, select_input
from bot.workspace.app import Workspace
from bot.workspace.webapi.views import checked
from tests.browser.conftest import OpenPage
from tests.browser.workspace_pages import App, address, gallery
from tests.workspaces import GRACE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = option("Amina Diallo: Mon 11 Feb 14:00 to Mon 18 Feb 14:00, Flights on-call", "shift")


class Keeping(App):
    """An app that takes every form."""

    def _submission(self, payload: dict[str, Any]) -> Any:
        self.submissions.append(payload["view"]["state"]["values"])
        return super()._action(payload)


@pytest.fixture
def app() -> Keeping:
    return Keeping()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(app: Keeping) -> AsyncIterator[Workspace]:
    async with gallery(app) as served:
        blocks = [select_input("shift", "Which shift", [LONG], LONG), file_input("file", "A file", ["ics"])]
        served.ctx.views.open(GRACE, checked(served.ctx, modal("x", "Give", blocks, submit="Send"), "modal"))
        yield served


async def test_a_choice_longer_than_its_field_shows_its_beginning(
    workspace: Workspace, open_page: OpenPage
) -> None:
    page = await open_page(address(workspace, GRACE), width=420, dark=True)
    field = page.get_by_label("Which shift")
    await field.focus()
    assert await field.evaluate("each => each.scrollWidth > each.clientWidth"), "it does not fit"
    assert await field.evaluate("each => [each.scrollLeft, each.selectionDirection]") == [0, "backward"]


async def test_a_file_is_uploaded_when_it_is_chosen_and_goes_along_with_the_form(
    workspace: Workspace, app: Keeping, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(address(workspace, GRACE), width=420)
    content = bytes(range(256)) * 300
    (tmp_path / "away.ics").write_bytes(content)
    await page.get_by_test_id("modal").locator("input[type=file]").set_input_files(tmp_path / "away.ics")
    await expect(page.get_by_test_id("modal").get_by_role("status")).to_have_text("away.ics")
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    (given,) = app.submissions[-1]["file"]["input"]["files"]
    stored = workspace.ctx.files.get(given["id"])
    assert stored is not None
    assert (stored.name, stored.content) == ("away.ics", content)


async def test_a_form_comes_back_with_its_own_page_and_is_on_no_other(
    workspace: Workspace, open_page: OpenPage
) -> None:
    first, second = [await open_page(address(workspace, GRACE)) for _ in range(2)]
    mine = await first.evaluate("sessionStorage.getItem('workspace.page')")
    view = modal("x", "Only here", [file_input("file", "A file", ["ics"])], submit="Send")
    workspace.ctx.views.clear(GRACE, workspace.views(GRACE)[-1]["id"])
    workspace.ctx.views.open(GRACE, checked(workspace.ctx, view, "modal"), mine)
    for _ in range(2):
        await expect(first.get_by_role("dialog", name="Only here")).to_be_visible()
        await expect(second.get_by_test_id("modal")).to_have_count(0)
        for page in (first, second):
            await page.reload()
            await page.locator("body.ready").wait_for()
