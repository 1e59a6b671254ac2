"""Shifts are imported by clicks alone, on a phone's width: typed, mended, looked at, imported, and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from core.clock import SimulatedClock
from tests.browser.conftest import OpenPage
from tests.browser.visitor import Visitor
from tests.calendars_support import ics
from tests.databases import fresh_sqlite
from tests.oncall_support import HANDOFF, T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, JONAS, Desk, desk
from workflows.rota import on_call

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    database = fresh_sqlite(tmp_path / "goldilocks.db")
    async with desk(database, team_config(), SimulatedClock(T0), tmp_path) as running:
        yield running
    database.dispose()


def primary(at: Desk) -> str | None:
    with at.database.read() as session:
        return on_call(session, at.config, "flights", HANDOFF).primary


async def test_shifts_are_imported_by_clicks(at: Desk, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(f"{at.workspace.config.base_url}/?as={JONAS}#/{FLIGHTS}", width=420, dark=True)
    visitor, modal = Visitor(page), page.get_by_test_id("modal")
    await visitor.say("/oncall import flights")
    await modal.get_by_label("A list").fill("jnoas 2013-02-11 to 2013-02-18")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal).to_contain_text("line 1: there is nobody called “jnoas” in the team; did you mean jonas?")
    await modal.get_by_label("A list").fill("jonas 2013-02-11 to 2013-02-18")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal).to_contain_text("What would change in Flights on-call, 1 change")
    await expect(modal).to_contain_text("@Jonas Weber instead of @Maya Chen")
    await page.get_by_test_id("modal-close").click()
    await expect(modal.get_by_label("A list")).to_have_value("jonas 2013-02-11 to 2013-02-18")
    await modal.get_by_label("A list").fill("")
    (tmp_path / "shifts.ics").write_bytes(ics(("Jonas Weber", "20130211T140000Z", "20130218T140000Z")))
    await modal.locator("input[type=file]").set_input_files(tmp_path / "shifts.ics")
    await expect(modal.get_by_role("status")).to_have_text("shifts.ics")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal).to_contain_text("@Jonas Weber instead of @Maya Chen", timeout=30_000)
    await visitor.look("import")
    await visitor.submit()
    await page.goto(f"{at.workspace.config.base_url}/?as={JONAS}#/{at.workspace.direct(JONAS)[0].channel}")
    await expect(visitor.message("imported 1 shift of Flights on-call from the file")).to_be_visible()
    assert primary(at) == "jonas"
    await visitor.press(visitor.message("imported 1 shift"), "Take back", sure=True)
    await expect(visitor.told("Taken back.")).to_be_visible()
    assert primary(at) == "maya"
