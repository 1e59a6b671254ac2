"""What became of a message is looked up and never guessed: unknown outcomes, deaths, refusals for good."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.slack.delivery import EVENT_TYPE
from bot.slack.sender import Sender
from core.audit import store as audit
from core.clock import SimulatedClock
from core.config.team import Team
from core.db.database import Database
from core.outbox import claim_store, store
from core.outbox.pace import Pace
from core.outbox.tables import OutboxRow, OutboxStatus
from core.runs import store as runs
from tests.oncall_support import TEAM
from tests.sender_support import Office, opened
from tests.slack_support import FLIGHTS

SECOND = timedelta(seconds=1)


@pytest.fixture
async def office(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(sqlite_database, clock, tmp_path) as running:
        yield running


async def until_sent(office: Office) -> None:
    """Wake the running sender until its first message is there."""
    async with asyncio.timeout(60):
        while office.rows()[0].status != OutboxStatus.SENT:
            await asyncio.sleep(0.02)
            office.sender.wake()


@pytest.mark.parametrize("kind", ["server_error", "drop", "drop_after"])
@pytest.mark.parametrize("parent", [None, "parent"])
async def test_an_unknown_outcome_is_looked_up_and_never_doubled(
    office: Office, kind: str, parent: str | None
) -> None:
    office.enqueue("parent")
    await office.finish()
    office.clock.advance(SECOND)
    office.workspace.faults.add("chat.postMessage", kind)  # type: ignore[arg-type]
    office.enqueue("once", parent=parent)
    assert await office.drain() == 0
    assert office.rows()[-1].status == OutboxStatus.UNKNOWN
    await office.finish()
    (first, *rest) = office.workspace.messages(FLIGHTS)
    found = rest if parent is None else office.workspace.thread(FLIGHTS, first.ts)[1:]
    assert [message.text for message in found] == ["once"]
    assert office.rows()[-1].slack_ts == found[0].ts


async def test_what_is_uncertain_stays_so_while_looking_fails(office: Office) -> None:
    office.workspace.faults.add("chat.postMessage", "drop_after")
    office.workspace.faults.add("conversations.history", "server_error", times=2)
    office.enqueue("once")
    await office.finish()
    assert office.texts() == ["once"]
    assert office.rows()[0].attempts == 4


async def test_a_sender_that_died_after_sending_finds_its_message_again(office: Office) -> None:
    office.enqueue("once")
    with office.database.write() as session:
        (claim,) = claim_store.claim(session, "goldilocks", office.clock.now(), Pace(SECOND))
        uid = claim.row.uid
    await office.deps.client.chat_postMessage(
        channel=FLIGHTS, text="once", metadata={"event_type": EVENT_TYPE, "event_payload": {"uid": uid}}
    )
    reborn = Sender(office.deps)
    assert await reborn.recover() == 1
    await reborn.drain(office.clock.now())
    assert office.texts() == ["once"]
    assert office.rows()[0].status == OutboxStatus.SENT


async def test_a_sender_that_died_before_sending_sends(office: Office) -> None:
    office.enqueue("once")
    with office.database.write() as session:
        claim_store.claim(session, "goldilocks", office.clock.now(), Pace(SECOND))
    reborn = Sender(office.deps)
    await reborn.recover()
    assert await reborn.drain(office.clock.now()) == 1
    assert office.texts() == ["once"]


@pytest.mark.postgres
async def test_what_is_held_while_a_sender_starts_is_taken_back_once_it_is_free(
    postgres_database: Database, clock: SimulatedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a transaction of the process before, whose server has not noticed yet that it died."""
    looked, recover, loop = asyncio.Event(), store.recover, asyncio.get_running_loop()

    def told(*args: object) -> int:
        count = recover(*args)  # type: ignore[arg-type]
        loop.call_soon_threadsafe(looked.set)
        return count

    monkeypatch.setattr(store, "recover", told)
    async with opened(postgres_database, clock, tmp_path) as office:
        office.enqueue("once")
        with office.database.write() as session:
            claim_store.claim(session, "goldilocks", clock.now(), Pace(SECOND))
        with office.database.engine.connect() as before:
            before.execute(select(OutboxRow.id).with_for_update())
            running = asyncio.create_task(office.sender.run())
            await asyncio.wait_for(looked.wait(), 60)
        await until_sent(office)
        await office.sender.stop()
        await asyncio.wait_for(running, 60)
        assert office.texts() == ["once"]


@pytest.mark.parametrize(
    ("subject", "channel", "reason"),
    [
        ("hello", "nowhere", "not a channel of the team"),
        ("hello", "C0UNKNOWN", "channel_not_found"),
        ("gone", "flights", "nothing_to_show"),
        ("broken", "flights", "nobody can draw this"),
    ],
)
async def test_what_can_never_be_sent_is_given_up_in_the_trail(
    office: Office, subject: str, channel: str, reason: str
) -> None:
    office.enqueue(subject, channel=channel)
    office.enqueue("after")
    await office.finish()
    row = office.rows()[0]
    assert row.status == OutboxStatus.DEAD
    assert reason in str(row.error)
    with office.database.read() as session:
        (entry,) = audit.of(session, "outbox", row.id)
    assert (entry.allowed, entry.reason) == (False, "undeliverable")
    assert office.texts() == ["after"]


async def test_what_only_another_replica_knows_is_left_to_it(office: Office) -> None:
    """While the YAML is changed, one replica after the other, what the new one writes is nothing to the old one."""
    with office.database.write() as session:
        runs.beat(session, "newer", "its YAML", office.clock.now())
    known = [*TEAM["channels"], {"id": "nowhere", "name": "new", "slack": FLIGHTS}]
    newer = Sender(replace(office.deps, name="newer", team=Team.model_validate(TEAM | {"channels": known})))
    office.enqueue("hello", channel="nowhere")
    assert await office.drain() == 0
    assert office.rows()[0].status == OutboxStatus.PENDING
    office.clock.advance(2 * SECOND)
    assert await newer.drain(office.clock.now()) == 1
    assert office.texts() == ["hello"]


async def test_what_no_replica_knows_is_given_up_within_a_minute_or_so(office: Office) -> None:
    office.enqueue("hello", channel="nowhere")
    began = office.clock.now()
    while office.rows()[0].status != OutboxStatus.DEAD:
        with office.database.write() as session:
            runs.beat(session, "another", "its YAML", office.clock.now())
        await office.drain()
        office.clock.advance(2 * SECOND)
    assert 60 * SECOND <= office.clock.now() - began <= 70 * SECOND


async def test_a_bad_token_waits_for_the_operator_and_loses_nothing(office: Office) -> None:
    good, office.deps.client.token = office.deps.client.token, "xoxb-wrong"
    office.enqueue("kept")
    assert await office.drain() == 0
    office.deps.client.token = good
    await office.finish()
    assert office.texts() == ["kept"]


async def test_run_delivers_what_comes_until_it_is_stopped(office: Office) -> None:
    running = asyncio.create_task(office.sender.run())
    office.enqueue("hello")
    office.sender.wake()
    async with asyncio.timeout(60):
        while office.texts() != ["hello"]:  # noqa: ASYNC110 - the workspace tells nobody
            await asyncio.sleep(0.02)
    await office.sender.stop()
    await asyncio.wait_for(running, 60)


async def test_run_survives_the_unexpected_and_sends_what_was_under_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, failures = store.settle_sent, [OSError("disk full")]

    def once(*args: object) -> None:
        if failures:
            raise failures.pop()
        settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "settle_sent", once)
    running = asyncio.create_task(office.sender.run())
    office.enqueue("once")
    await until_sent(office)
    await office.sender.stop()
    await asyncio.wait_for(running, 60)
    assert office.texts() == ["once"]
