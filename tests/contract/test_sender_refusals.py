"""Slack takes nothing, or answers what is none of its answers: nothing is lost, and somebody hears of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack import carrier
from bot.slack.trouble import OPERATOR, TOO_MUCH
from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox.tables import OutboxStatus
from tests.processes import eventually
from tests.sender_support import SECOND, Office, opened
from tests.slack_support import FLIGHTS

POST, UPDATE = "chat.postMessage", "chat.update"


@pytest.fixture
async def office(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(sqlite_database, clock, tmp_path) as running:
        yield running


async def test_a_page_of_a_proxy_is_no_answer_of_slacks(office: Office) -> None:
    office.workspace.faults.add(POST, "page", times=2)
    office.enqueue("hello")
    assert await office.drain() == 0
    assert office.rows()[0].status == OutboxStatus.UNKNOWN
    assert office.sender.problem == "HTTP 200 without a word of Slack's"
    await office.finish()
    assert office.texts() == ["hello"]
    assert office.sender.problem == ""


@pytest.mark.parametrize("code", sorted(OPERATOR))
async def test_what_waits_for_a_token_is_sent_when_that_is_right_again(office: Office, code: str) -> None:
    office.workspace.faults.add("*", "error", times=3, error=code)
    office.enqueue("hello")
    assert await office.drain() == 0
    assert (office.rows()[0].status, office.sender.problem) == (OutboxStatus.PENDING, code)
    await office.finish()
    assert (office.texts(), office.sender.problem) == (["hello"], "")


@pytest.mark.parametrize("code", sorted(TOO_MUCH))
async def test_what_slack_does_not_take_as_it_is_laid_out_goes_as_text(office: Office, code: str) -> None:
    office.workspace.faults.add(POST, "error", error=code)
    office.enqueue("hello", key="k")
    await office.finish()
    (message,) = office.workspace.messages(FLIGHTS)
    assert (message.text, message.blocks) == ("hello", [])
    office.clock.advance(SECOND)
    office.workspace.faults.add(UPDATE, "error", error=code)
    office.enqueue("changed", key="k")
    await office.finish()
    (message,) = office.workspace.messages(FLIGHTS)
    assert (message.text, message.blocks) == ("changed", [])
    assert [row.status for row in office.rows()] == [OutboxStatus.SENT] * 2


async def test_a_limit_is_no_outage(office: Office) -> None:
    office.workspace.faults.add(POST, "rate_limited")
    office.enqueue("hello")
    await office.drain()
    assert office.sender.problem == ""


async def test_sending_stands_still_while_slack_takes_nothing(office: Office) -> None:
    office.workspace.faults.add(POST, "error", times=99, error="token_revoked")
    office.enqueue("hello")
    running = asyncio.create_task(office.sender.run())
    try:
        await eventually("the refusal", lambda: office.sender.problem)
        before = office.sender.went_well
        await asyncio.sleep(1.2)
        assert office.sender.went_well == before < time.monotonic() - 1, "the watch over outages sees it"
        office.workspace.faults.clear()
        office.clock.advance(120 * SECOND)
        await eventually("the message", lambda: not office.sender.problem and office.sender.went_well > before)
    finally:
        await office.sender.stop()
        await asyncio.wait_for(running, 60)
    assert office.texts() == ["hello"]


async def test_a_refusal_counts_no_longer_than_until_the_message_would_be_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica may have sent it, or nobody may need it any more: Slack did nothing wrong since."""
    monkeypatch.setattr(carrier, "MINE_S", 0.2)
    office.workspace.faults.add(POST, "server_error")
    office.enqueue("hello")
    await office.drain()
    assert office.sender.problem
    await eventually("its time", lambda: not office.sender.problem, 5)
