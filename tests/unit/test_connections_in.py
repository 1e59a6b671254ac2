"""However many connect, there is room for whatever else has to be opened, and those that are in are served."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.http import descriptors
from bot.http.ingest import quick
from bot.http.ingest.quick import QuickProtocol
from tests.loopback import free_socket, serving

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MOST = 3


async def app(scope: object, receive: object, send: object) -> None:
    """Never reached: what is sent here goes no further than the connection."""


@asynccontextmanager
async def door(keep_alive_s: float = 30) -> AsyncIterator[int]:
    bound, _ = free_socket()
    async with serving(
        app, bound, http=QuickProtocol, limit_concurrency=MOST + 1, timeout_keep_alive=keep_alive_s
    ):
        yield bound.getsockname()[1]


async def come_in(port: int) -> Streams:
    return await asyncio.open_connection("127.0.0.1", port)


async def refused(streams: Streams) -> bool:
    """Whether it was turned away with a calm answer; one that is in hears nothing."""
    try:
        said = await asyncio.wait_for(streams[0].read(), 0.2)
    except TimeoutError:
        return False
    return said.startswith(b"HTTP/1.1 503 ") and b"retry-after: 1" in said


async def test_one_too_many_is_told_to_come_again_and_room_is_given_to_the_next() -> None:
    async with door() as port:
        inside = [await come_in(port) for _ in range(MOST)]
        assert [await refused(each) for each in inside] == [False] * MOST
        assert [await refused(await come_in(port)) for _ in range(20)] == [True] * 20
        inside[0][1].close()
        await inside[0][1].wait_closed()
        await asyncio.sleep(0.05)
        assert [await refused(await come_in(port)) for _ in range(2)] == [False, True]


async def test_whoever_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "FIRST_S", 0.1)
    async with door(keep_alive_s=0.05) as port:
        reader, writer = await come_in(port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert not await refused(await come_in(port))


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "room"),
    [
        (1_024, 524_288, descriptors.ENOUGH, descriptors.ENOUGH - descriptors.RESERVED),
        (1_024, resource.RLIM_INFINITY, descriptors.ENOUGH, descriptors.ENOUGH - descriptors.RESERVED),
        (1_024, 1_024, None, 824),
        (1_024, 4_096, 4_096, 3_896),
        (64, 64, None, 32),
        (1_048_576, 1_048_576, None, 1_048_376),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, descriptors.ENOUGH - descriptors.RESERVED),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_and_connections_leave_some(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int | None, room: int
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert descriptors.room_for_connections() == room
    assert asked == ([] if raised is None else [(raised, hard)])
