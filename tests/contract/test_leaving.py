"""A server that is about to stop lets go of its connections one reply at a time, and cuts no request that has begun."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.http.ingest.app import Ingest
from bot.http.server import Door, serving
from core.alerts.store import firing_alerts
from core.clock import SystemClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import elsewhere
from tests.loopback import free_port
from tests.senders_support import read_secret
from workflows.receiver import Receiver, Writer

BODY = json.dumps([{"labels": {"alertname": "A"}}]).encode()
QUICK, LONG = "/api/v2/alerts", "/api/v2/alerts?long"


def request(path: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1",
        "Host: x",
        "Authorization: Bearer demo-alertmanager",
        f"Content-Length: {len(BODY)}",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + BODY


class Sender:
    """One connection, kept as long as it may be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def on(cls, port: int) -> "Sender":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, part: bytes) -> None:
        self._writer.write(part)
        await self._writer.drain()

    async def answer(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 60)

    async def is_let_go(self) -> bool:
        return await asyncio.wait_for(self._reader.read(), 60) == b""


@asynccontextmanager
async def served(config: Config, database: Database) -> AsyncIterator[tuple[int, Door]]:
    clock, port = SystemClock(), free_port()
    async with Writer(database, clock, Receiver(config)) as writer:
        app = Ingest(config, database, clock, writer, elsewhere, read_secret)
        async with serving(app, "127.0.0.1", port, 10) as door:
            yield port, door


async def test_connections_end_with_the_next_reply_once_it_is_leaving(
    config: Config, sqlite_database: Database
) -> None:
    async with served(config, sqlite_database) as (port, door):
        senders = {path: await Sender.on(port) for path in (QUICK, LONG)}
        for path, sender in senders.items():
            await sender.send(request(path))
            assert b"close" not in await sender.answer()
        door.leave()
        await asyncio.sleep(1.5)  # the server's own headers are made anew every second
        for path, sender in senders.items():
            await sender.send(request(path))
            head = await sender.answer()
            assert head.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in head
            assert await sender.is_let_go()


async def test_a_request_of_which_a_part_has_come_is_answered(config: Config, sqlite_database: Database) -> None:
    async with served(config, sqlite_database) as (port, _):
        sender = await Sender.on(port)
        await sender.send(request(QUICK)[:-5])
        await asyncio.sleep(0.2)
        rest = asyncio.get_running_loop().call_later(0.5, sender._writer.write, request(QUICK)[-5:])
        answer = asyncio.create_task(sender.answer())
    assert (await answer).startswith(b"HTTP/1.1 200")
    assert rest.cancelled() is False
    with sqlite_database.read() as session:
        assert len(firing_alerts(session)) == 1
