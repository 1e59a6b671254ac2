"""Pictures on their way: uploaded once, and never in the way of the message."""

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox.tables import OutboxStatus
from tests.sender_support import Office, opened
from tests.slack_support import FLIGHTS


@pytest.fixture
async def office(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(sqlite_database, clock, tmp_path) as running:
        yield running


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
