"""The sender keeps its promises against the workspace: in order, in place, at the pace of each channel."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox.store import Lane
from tests.sender_support import Office, opened
from tests.slack_support import FLIGHTS, MAYA, ONCALL

SECOND = timedelta(seconds=1)


@pytest.fixture
async def office(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(sqlite_database, clock, tmp_path) as running:
        yield running


async def test_a_channel_gets_one_message_a_second_and_the_other_is_not_held_up(office: Office) -> None:
    for number in range(3):
        office.enqueue(f"a{number}")
    office.enqueue("b0", channel="oncall")
    assert await office.drain() == 2
    assert office.texts(ONCALL) == ["b0"]
    assert await office.sender.next_due() == office.clock.now() + SECOND
    start = office.clock.now()
    await office.finish()
    assert office.texts() == ["a0", "a1", "a2"]
    assert office.clock.now() == start + 2 * SECOND
    assert all(row.attempts == 1 for row in office.rows()), "the pace is kept, so nobody ran into the limit"


async def test_an_update_changes_the_message_in_place_at_once(office: Office) -> None:
    office.enqueue("old", key="k")
    await office.drain()
    office.enqueue("new", key="k")
    assert await office.drain() == 1
    assert office.texts() == ["new"]


async def test_a_reply_goes_into_its_thread_in_order(office: Office) -> None:
    office.enqueue("parent")
    for number in range(3):
        office.enqueue(f"reply {number}", parent="parent")
    await office.finish()
    (parent,) = office.workspace.messages(FLIGHTS)
    replies = office.workspace.thread(FLIGHTS, parent.ts)[1:]
    assert [reply.text for reply in replies] == ["reply 0", "reply 1", "reply 2"]


async def test_a_page_overtakes_what_waits_for_the_pace(office: Office) -> None:
    for number in range(4):
        office.enqueue(f"n{number}")
    await office.drain()
    office.enqueue("page", lane=Lane.PAGE)
    await office.finish()
    assert office.texts()[:2] == ["n0", "page"]


async def test_retry_after_is_kept_and_only_its_channel_waits(office: Office) -> None:
    office.workspace.faults.add("chat.postMessage", "rate_limited", seconds=30)
    office.enqueue("limited")
    assert await office.drain() == 0
    office.enqueue("also waits")
    office.enqueue("free", channel="oncall")
    assert await office.drain() == 1
    assert await office.sender.next_due() == office.clock.now() + 30 * SECOND
    await office.finish()
    assert office.texts() == ["limited", "also waits"]


async def test_a_limit_on_updates_holds_back_updates_and_no_posts(office: Office) -> None:
    office.enqueue("a", key="a")
    office.enqueue("b", key="b", channel="oncall")
    await office.finish()
    office.clock.advance(SECOND)
    office.workspace.faults.add("chat.update", "rate_limited", seconds=20)
    office.enqueue("a2", key="a")
    assert await office.drain() == 0
    office.enqueue("b2", key="b", channel="oncall")
    office.enqueue("new", channel="oncall")
    assert await office.drain() == 1
    calls = office.workspace.calls["chat.update"]
    await office.finish()
    assert office.texts() == ["a2"]
    assert office.texts(ONCALL) == ["b2", "new"]
    assert office.workspace.calls["chat.update"] == calls + 2, "nobody else ran into the same limit"


async def test_a_reply_whose_thread_was_deleted_goes_into_the_channel(office: Office) -> None:
    office.enqueue("parent")
    await office.finish()
    (parent,) = office.workspace.messages(FLIGHTS)
    await office.deps.client.chat_delete(channel=FLIGHTS, ts=parent.ts)
    office.clock.advance(SECOND)
    office.enqueue("page", parent="parent")
    await office.finish()
    assert office.texts() == ["page"]


async def test_a_direct_message_opens_its_conversation_once(office: Office) -> None:
    office.enqueue("hello", channel="@maya")
    office.enqueue("again", channel="@maya")
    await office.finish()
    assert [message.text for message in office.workspace.direct(MAYA)] == ["hello", "again"]
    assert office.workspace.calls["conversations.open"] == 1
