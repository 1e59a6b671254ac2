"""What nobody should send, sent to the whole server over bare sockets: a clear 4xx or a cut connection, never a 5xx."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hostile_requests import AUTH, bodies, heads, packed
from tests.processes import Street, street

pytestmark = pytest.mark.slow

JSON_PATHS = (
    "/api/v2/alerts",
    "/api/v2/silences",
    "/webhooks/alertmanager",
    "/webhooks/grafana",
    "/webhooks/mlflow/registry",
    "/v2/enqueue",
    "/v2/change/enqueue",
    "/events",
    "/changes",
    "/heartbeat/export",
    "/slack/events",
)
PATIENCE_S = 10


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    body = await reader.readexactly(int(length[1])) if length and int(head.split()[1]) >= 200 else b""
    return int(head.split()[1]), head + body


class Wire:
    """Bare requests to one server."""

    def __init__(self, made: Street) -> None:
        self._made = made
        self._host, _, port = made.bot.url.removeprefix("http://").partition(":")
        self._port = int(port)

    async def raw(self, *parts: bytes, pause_s: float = 0.0, ends: bool = False) -> tuple[int, bytes]:
        """Send the parts; the status (0 when there was no answer), and the answer's head and body.

        `ends` closes our side afterwards, as a sender that dies on the way.
        """
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
            if ends:
                writer.write_eof()
            return await asyncio.wait_for(_answer(reader), PATIENCE_S)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return 0, b""
        finally:
            writer.close()

    async def post(
        self, path: str, body: bytes, *headers: str, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        head = [f"POST {path} HTTP/1.1", "Host: x", AUTH, f"Content-Type: {kind}", "Connection: close", *headers]
        head.append(f"Content-Length: {len(body)}")
        return await self.raw("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    async def is_well(self) -> bool:
        """Whether it still serves, in the same process."""
        process = self._made.bot.process
        status, _ = await self.raw(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return status == 200 and process is not None and process.returncode is None


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    async with street(tmp_path) as made:
        await made.bot.start()
        yield Wire(made)
        log = made.bot.log.read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in log, log[-4_000:]


def explained(answer: bytes) -> bool:
    """Whether the body says anything that its sender can read."""
    return len(answer.partition(b"\r\n\r\n")[2].strip()) > 10


async def test_hostile_bodies(wire: Wire) -> None:
    corpus = list(bodies())
    assert len(corpus) > 150
    for path in JSON_PATHS:
        for body in corpus:
            status, answer = await wire.post(path, body)
            assert 200 <= status < 500, (path, body[:120], status, answer[-300:])
            assert b"\r\nx-injected" not in answer.lower()
            assert status < 400 or explained(answer), (path, body[:120], status, answer)
    assert await wire.is_well()


async def test_odd_requests(wire: Wire) -> None:
    for request in heads():
        status, answer = await wire.raw(request, ends=True)
        assert status < 500, (request[:120], status, answer[-300:])
        assert b"\r\nx-injected" not in answer.lower()
    assert await wire.is_well()


async def test_packed_and_huge_bodies(wire: Wire) -> None:
    for path in JSON_PATHS[:-2]:
        for encoding, body in packed():
            status, answer = await wire.post(path, body, f"Content-Encoding: {encoding}")
            assert (status, explained(answer)) in ((415, True), (401, True)), (path, encoding, status)
        status, answer = await wire.post(path, b"[" + b" " * 17_000_000 + b"]")
        assert (status, explained(answer)) in ((413, True), (401, True)), (path, status)
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{AUTH}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        status, _ = await wire.raw(head, *[chunk] * 18)
        assert status in (0, 401, 413), (path, status)
    status, _ = await wire.post(JSON_PATHS[0], b" " * 70_000_000)
    assert status in (0, 413), "more than anybody would read to its end"
    assert await wire.is_well()


async def test_bodies_in_pieces(wire: Wire) -> None:
    alerts = b'[{"labels": {"alertname": "InPieces"}}]'
    head = f"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n{AUTH}\r\nConnection: close\r\n".encode()
    length = head + b"Content-Length: %d\r\n\r\n" % len(alerts)
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    slowly = [alerts[n : n + 4] for n in range(0, len(alerts), 4)]
    assert (await wire.raw(length, *slowly, pause_s=0.1))[0] == 200
    assert (await wire.raw(chunked, *(b"%x\r\n%s\r\n" % (len(p), p) for p in slowly), b"0\r\n\r\n"))[0] == 200
    for broken in (
        length + alerts[:9],
        chunked + b"ffff\r\n[",
        chunked + b"zz\r\n[]\r\n0\r\n\r\n",
        chunked + b"-1\r\n[]",
    ):
        status, _ = await wire.raw(broken, ends=True)
        assert status in (0, 400), (broken[-40:], status)
    others = [asyncio.open_connection(wire._host, wire._port) for _ in range(100)]
    opened = await asyncio.gather(*others)
    for _, writer in opened:
        writer.write(length[:-2])
    assert (await wire.raw(length + alerts))[0] == 200, "a hundred that never finish hold up nobody"
    for _, writer in opened:
        writer.close()
    assert await wire.is_well()


async def test_what_it_is_called_does_not_matter(wire: Wire) -> None:
    """Senders of alerts name their content as they like; what counts is that it is JSON."""
    for kind in ("text/plain", "application/xml", "application/json; charset=utf-16", "", "a/b; c=\xff"):
        assert (await wire.post("/api/v2/alerts", b'[{"labels": {"a": "b"}}]', kind=kind))[0] == 200
        assert (await wire.post("/events", b"title=x", kind=kind))[0] == 400
