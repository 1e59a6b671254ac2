"""The sender keeps its promises against the workspace: once, in order, at the pace, whatever the network does."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.slack.delivery import EVENT_TYPE
from bot.slack.rendered import Rendered
from bot.slack.sender import Sender, SenderDeps
from bot.slack.views.parts import picture, section
from bot.workspace.app import Workspace, create_workspace
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import claim_store, store
from core.outbox.pace import Pace
from core.outbox.store import Lane, Post
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.loopback import free_socket, serving
from tests.oncall_support import config
from tests.slack_support import FLIGHTS, MAYA, ONCALL, workspace_config

SECOND = timedelta(seconds=1)


def draw(_session: Session, row: OutboxRow) -> Rendered | None:
    """A text message; subjects starting with `picture` show that file, `gone` is gone, `broken` cannot be drawn."""
    if row.subject == "gone":
        return None
    if row.subject == "broken":
        raise ValueError("nobody can draw this")
    blocks = [section(row.subject)]
    if row.subject.startswith("picture"):
        blocks.append(picture(f"{row.subject}.png", "a chart"))
    return Rendered(row.subject, blocks)


@dataclass
class Office:
    """A sender in front of a workspace."""

    workspace: Workspace
    database: Database
    clock: SimulatedClock
    deps: SenderDeps
    sender: Sender

    def enqueue(self, subject: str, key: str = "", **more: object) -> None:
        post = Post("test", subject, key or subject, **({"channel": "flights"} | more))  # type: ignore[arg-type]
        with self.database.write() as session:
            store.enqueue(session, post, self.clock.now())

    async def drain(self) -> int:
        return await self.sender.drain(self.clock.now())

    async def finish(self) -> int:
        """Drain until nothing waits, moving the clock to each next due instant."""
        sent = await self.drain()
        while (due := await self.sender.next_due()) is not None:
            self.clock.advance_to(due)
            sent += await self.drain()
        return sent

    def texts(self, channel: str = FLIGHTS) -> list[str]:
        return [message.text for message in self.workspace.messages(channel)]

    def rows(self) -> list[OutboxRow]:
        with self.database.read() as session:
            return list(session.query(OutboxRow).order_by(OutboxRow.id))


@pytest.fixture
async def office(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(sqlite_database, clock, tmp_path) as running:
        yield running


@asynccontextmanager
async def opened(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    """An office that works while the block lasts."""
    bound, url = free_socket()
    workspace = create_workspace(workspace_config(url, "http://127.0.0.1:9/none"), clock)
    client = AsyncWebClient(
        token=workspace.config.bot_token, base_url=workspace.config.url("api/"), timeout=4, retry_handlers=[]
    )
    deps = SenderDeps(database, clock, client, config().team, draw, tmp_path, burst=1)
    async with serving(workspace.asgi, bound):
        yield Office(workspace, database, clock, deps, Sender(deps))


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


async def test_a_bad_token_waits_for_the_operator_and_loses_nothing(office: Office) -> None:
    good, office.deps.client.token = office.deps.client.token, "xoxb-wrong"
    office.enqueue("kept")
    assert await office.drain() == 0
    office.deps.client.token = good
    await office.finish()
    assert office.texts() == ["kept"]


async def test_a_direct_message_opens_its_conversation_once(office: Office) -> None:
    office.enqueue("hello", channel="@maya")
    office.enqueue("again", channel="@maya")
    await office.finish()
    assert [message.text for message in office.workspace.direct(MAYA)] == ["hello", "again"]
    assert office.workspace.calls["conversations.open"] == 1


def png() -> bytes:
    """A picture of one white pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\xff\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def test_a_picture_is_uploaded_once_and_shown(office: Office) -> None:
    (office.deps.pictures / "picture.png").write_bytes(png())
    office.enqueue("picture", key="one")
    office.enqueue("picture", key="two")
    await office.finish()
    first, second = office.workspace.messages(FLIGHTS)
    assert first.blocks[1]["slack_file"] == second.blocks[1]["slack_file"]
    assert office.workspace.calls["files.completeUploadExternal"] == 1


async def test_a_picture_that_is_missing_does_not_hold_up_the_message(office: Office) -> None:
    office.enqueue("picture of nothing")
    assert await office.drain() == 1
    (message,) = office.workspace.messages(FLIGHTS)
    assert "could not be shown" in message.blocks[1]["elements"][0]["text"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal", "files.info"])
async def test_trouble_with_a_picture_is_tried_again_without_a_double_post(office: Office, method: str) -> None:
    (office.deps.pictures / "picture.png").write_bytes(png())
    office.workspace.faults.add(method, "server_error")
    office.enqueue("picture")
    assert await office.drain() == 0
    assert office.rows()[0].status == OutboxStatus.PENDING, "nothing was posted, and that is certain"
    await office.finish()
    (message,) = office.workspace.messages(FLIGHTS)
    assert message.blocks[1]["type"] == "image"


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
    async with asyncio.timeout(60):
        while office.rows()[0].status != OutboxStatus.SENT:
            await asyncio.sleep(0.02)
            office.sender.wake()
    await office.sender.stop()
    await asyncio.wait_for(running, 60)
    assert office.texts() == ["once"]
