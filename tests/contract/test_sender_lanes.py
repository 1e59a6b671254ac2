"""One message that hangs, is throttled or fails delays no other; pages go first. Against the workspace's faults."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.sender import Sender
from bot.workspace.faults import Kind
from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox.claim_store import TRIES_IN_ORDER
from core.outbox.store import Lane
from core.outbox.tables import OutboxStatus
from tests.contract.test_sender import office
from tests.sender_support import Office, opened
from tests.slack_support import AMINA, FLIGHTS, ONCALL

__all__ = ["office"]
HANG_S = 1.8
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def at_work(office: Office) -> AsyncIterator[Sender]:
    """The sender as it runs in production, beside the test."""
    sender = Sender(replace(office.deps, burst=3))
    running = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        await sender.stop()
        await asyncio.wait_for(running, 60)


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not found():  # noqa: ASYNC110 - the workspace tells nobody
            await asyncio.sleep(0.01)


async def test_a_request_that_hangs_holds_up_neither_its_channel_nor_another(office: Office) -> None:
    office.workspace.faults.add("chat.postMessage", "slow", seconds=HANG_S)
    async with at_work(office) as sender:
        office.enqueue("hangs", lane=Lane.PAGE)
        sender.wake()
        await until(lambda: office.workspace.calls.get("chat.postMessage") == 1)
        office.enqueue("elsewhere", channel="oncall")
        office.enqueue("page beside it", lane=Lane.PAGE, parent="another thread")
        sender.wake()
        await until(lambda: "page beside it" in office.texts() and office.texts(ONCALL) == ["elsewhere"])
        assert "hangs" not in office.texts(), "the others have arrived before it is answered"
    assert "hangs" in office.texts()


async def test_a_channel_reads_in_order_though_two_replicas_send(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    async with opened(database, clock, tmp_path) as office:
        a, b = (Sender(replace(office.deps, burst=3, name=name)) for name in "ab")
        office.workspace.faults.add("chat.postMessage", "slow", seconds=HANG_S)
        for text in ("first", "second"):
            office.enqueue(text)
        sending = asyncio.create_task(a.drain(office.clock.now()))
        await until(lambda: office.workspace.calls.get("chat.postMessage") == 1)
        assert await b.drain(office.clock.now()) == 0, "it is quicker, but the other began first"
        await sending
        assert office.texts() == ["first", "second"]


async def test_updates_that_hang_hold_up_no_page(office: Office) -> None:
    office.enqueue("old", key="k")
    await office.finish()
    office.clock.advance(10 * SECOND)
    office.workspace.faults.add("chat.update", "slow", seconds=HANG_S)
    async with at_work(office) as sender:
        office.enqueue("new", key="k")
        sender.wake()
        await until(lambda: office.workspace.calls.get("chat.update") == 1)
        office.enqueue("page", lane=Lane.PAGE)
        sender.wake()
        await until(lambda: "page" in office.texts())
        assert "old" in office.texts(), "the page has arrived before the update is answered"


async def test_a_page_whose_channel_is_throttled_still_reaches_the_person(office: Office) -> None:
    office.workspace.faults.add("chat.postMessage", "rate_limited", seconds=60)
    office.enqueue("thread", channel="flights", lane=Lane.PAGE)
    await office.drain()
    office.enqueue("you", channel="@amina", lane=Lane.PAGE)
    started = office.clock.now()
    assert await office.drain() == 1
    assert [message.text for message in office.workspace.direct(AMINA)] == ["you"]
    assert office.clock.now() == started
    assert office.rows()[0].due_at == started + 60 * SECOND


async def test_a_person_whose_direct_messages_fail_costs_nobody_else_anything(office: Office) -> None:
    office.workspace.faults.add("conversations.open", "error", error="user_not_found")
    office.enqueue("to leo", channel="@leo")
    await office.drain()
    office.enqueue("to amina", channel="@amina", lane=Lane.PAGE)
    await office.drain()
    assert [row.status for row in office.rows()] == [OutboxStatus.DEAD, OutboxStatus.SENT]


async def test_what_a_throttled_channel_was_told_to_wait_is_counted_from_the_answer(office: Office) -> None:
    office.workspace.faults.add("chat.postMessage", "rate_limited", seconds=5)
    office.enqueue("limited")
    await office.drain()
    assert await office.sender.next_due() == office.clock.now() + 5 * SECOND
    office.clock.advance(5 * SECOND)
    assert await office.drain() == 1


@pytest.mark.parametrize("times", [1, 40])
async def test_each_update_of_a_message_that_comes_while_one_is_on_its_way_folds_into_one(
    sqlite_database: Database, office: Office, tmp_path: Path, times: int
) -> None:
    office.enqueue("v0", key="k")
    await office.finish()
    office.clock.advance(10 * SECOND)
    office.workspace.faults.add("chat.update", "slow", seconds=0.4)
    async with at_work(office) as sender:
        office.enqueue("v1", key="k")
        sender.wake()
        await until(lambda: office.workspace.calls.get("chat.update") == 1)
        for number in range(times):
            office.enqueue(f"later {number}", key="k")
        await until(lambda: all(row.status == OutboxStatus.SENT for row in office.rows()))
    assert len(office.rows()) == 3
    assert office.workspace.calls["chat.update"] == 2


@pytest.mark.parametrize("refusal", ["server_error", "drop", "rate_limited"])
async def test_a_new_message_that_slack_refuses_for_a_while_is_not_overtaken_in_its_channel(
    office: Office, refusal: Kind
) -> None:
    office.sender = Sender(replace(office.deps, burst=3))
    office.workspace.faults.add("chat.postMessage", refusal, times=2)
    office.enqueue("first")
    office.enqueue("second")
    office.enqueue("third")
    office.enqueue("elsewhere", channel="oncall")
    await office.finish()
    assert office.texts() == ["first", "second", "third"]
    assert office.texts(ONCALL) == ["elsewhere"]


async def test_a_reply_that_slack_refuses_for_a_while_is_not_overtaken_in_its_thread(office: Office) -> None:
    office.enqueue("parent")
    await office.finish()
    office.workspace.faults.add("chat.postMessage", "server_error", times=3)
    for number in range(3):
        office.enqueue(f"reply {number}", parent="parent")
    await office.finish()
    (parent,) = office.workspace.messages(FLIGHTS)
    replies = [message.text for message in office.workspace.thread(FLIGHTS, parent.ts)]
    assert replies == ["parent", "reply 0", "reply 1", "reply 2"]


async def test_a_page_waits_for_no_message_that_slack_refuses(office: Office) -> None:
    office.sender = Sender(replace(office.deps, burst=3))
    office.workspace.faults.add("chat.postMessage", "server_error", times=1)
    office.enqueue("refused")
    await office.drain()
    office.enqueue("page", lane=Lane.PAGE)
    office.enqueue("behind it")
    await office.drain()
    assert office.texts() == ["page"]
    await office.finish()
    assert office.texts() == ["page", "refused", "behind it"]


async def test_a_message_that_slack_goes_on_refusing_holds_up_its_channel_for_some_tries_only(
    office: Office,
) -> None:
    office.workspace.faults.add("chat.postMessage", "server_error", times=TRIES_IN_ORDER)
    office.sender = Sender(replace(office.deps, burst=3))
    office.enqueue("stuck")
    for _ in range(TRIES_IN_ORDER):
        office.clock.advance_to(await office.sender.next_due() or office.clock.now())
        await office.drain()
    began = office.clock.now()
    office.enqueue("behind it")
    await office.finish()
    assert office.texts() == ["behind it", "stuck"]
    assert office.clock.now() - began < 10 * SECOND


async def test_a_message_may_go_out_again_before_its_last_flight_has_ended(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became of the first is written a moment before its task ends; another round may claim the row in between."""
    sender, now = office.sender, office.clock.now()
    office.enqueue("again")
    [claim] = await sender._claim(now)
    ends = [asyncio.Event(), asyncio.Event()]
    waiting = iter(ends)

    async def carry(_claim: object, _now: object) -> bool:
        return await next(waiting).wait()

    monkeypatch.setattr(sender._carrier, "carry", carry)
    flights = [sender._launch(claim, now) for _ in ends]
    for end, flight in zip(ends, flights, strict=True):
        end.set()
        await flight
        assert await sender._claim(now) == []
    assert sender._in_flight() == set()
