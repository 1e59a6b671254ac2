"""What nobody should send, sent to the whole server over bare sockets: a clear 4xx or a cut connection, never a 5xx."""

import asyncio
import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.processes import TOKEN, Street, street

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
AUTH = f"Authorization: Bearer {TOKEN}"


def bodies() -> Iterator[bytes]:
    """Bodies that are no JSON, hardly JSON, or JSON of another world."""
    yield from (b"", b"null", b"true", b"0", b'"x"', b"[]", b"{}", b"[[]]", b"[null]", b"[1]", b"[{}]", b"{} {}")
    yield from (
        b"\xef\xbb\xbf[]",
        b"\xff\xfe[\x00]\x00",
        b"\x00",
        b"[NaN]",
        b"[Infinity]",
        b"[1e999]",
        b"// x\n[]",
    )
    for depth in (1_000, 100_000):
        yield from (b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth, b'[{"labels":' * depth)
    for value in _values():
        yield b'[{"labels": {"a": %s}}]' % value
        yield b'[{"labels": {"a": "b"}, "annotations": {"a": %s}}]' % value
        yield b'{"title": %s, "details": {"a": %s}}' % (value, value)
        yield b'{"routing_key": "x", "event_action": %s, "payload": %s}' % (value, value)
        yield b'{"version": "4", "status": "firing", "alerts": [{"labels": {"a": %s}}]}' % value
        yield b'{"labels": %s, "labels": %s}' % (value, value)
    for instant in _instants():
        yield b'[{"labels": {"a": "b"}, "startsAt": %s, "endsAt": %s}]' % (instant, instant)
        yield (
            b'{"matchers": [{"name": "a", "value": "b", "isRegex": false}], "startsAt": %s, "endsAt": %s, '
            % (
                instant,
                instant,
            )
            + b'"createdBy": "x", "comment": "y"}'
        )
        yield b'{"summary": "x", "at": %s}' % instant
    for name in (
        "größe",
        "日本",
        "a b",
        "\\u0000",
        "\\u202e",
        "\\r\\nX-Injected: 1",
        "",
        "x" * 300,
        "🦊",
        "__proto__",
    ):
        yield f'[{{"labels": {{"{name}": "x"}}}}]'.encode()
    yield json.dumps([{"labels": {f"l{n}": "x" for n in range(100_000)}}]).encode()
    yield json.dumps([{"labels": {"a": str(n)}} for n in range(10_001)]).encode()
    yield b'[{"labels": {"a": "%s"}}]' % (b"x" * 1_000_000)


def _values() -> Iterator[bytes]:
    yield from (
        b"7",
        b"1.5",
        b"true",
        b"{}",
        b"[]",
        b'""',
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"1e400",
        b"-0",
        b"1e-400",
    )
    yield from (
        rb'"\u0000"',
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        rb'"\uD83D"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
    )
    yield from (b'"<!channel> <@U1|x>"', rb'"\r\nSet-Cookie: a=b"', b'"%s"' % (b"y" * 20_000))


def _instants() -> Iterator[bytes]:
    yield from (
        b'"9999-12-31T23:59:59Z"',
        b'"9999-12-31T23:59:59-14:00"',
        b'"0001-01-01T00:00:00Z"',
        b'"0000-00-00"',
    )
    yield from (
        b'"0001-01-01T00:00:00+14:00"',
        b'"2026-02-30T00:00:00Z"',
        b'"2026-01-01T24:00:00Z"',
        b'"2026-01-01"',
    )
    yield from (
        b'"2016-12-31T23:59:60Z"',
        b'"+292278994-08-17T07:12:55Z"',
        b'"2026-01-01T00:00:00+99:99"',
        b"1e300",
    )
    yield from (b'"2026-01-01T00:00:00"', b'"now"', b"-1", b"9" * 400, b'"2026-01-01T00:00:00.%sZ"' % (b"9" * 500))


def heads() -> Iterator[bytes]:
    """Whole requests that are odd outside of their body."""
    ends = b"Host: x\r\n" + AUTH.encode() + b"\r\n\r\n"
    for line in (
        b"GET /api/v2/alerts?filter=%00 HTTP/1.1",
        b"GET /api/v2/alerts?filter=%FF%FE HTTP/1.1",
        b"GET /api/v2/alerts?filter=" + b"(" * 5_000 + b" HTTP/1.1",
        b"GET /api/v2/alerts?filter=a=~%28a%2B%29%2B%24 HTTP/1.1",
        b"GET /api/v2/alerts?receiver=%5B HTTP/1.1",
        b"GET /api/v2/alerts?" + b"&".join(b"filter=a=b" for _ in range(2_000)) + b" HTTP/1.1",
        b"GET /api/v2/silence/..%2f..%2fetc%2fpasswd HTTP/1.1",
        b"GET /api/v2/silence/%0d%0aX-Injected:%201 HTTP/1.1",
        b"GET //api/v2/alerts HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.1",
        b"GET http://elsewhere/api/v2/alerts HTTP/1.1",
        b"GET /heartbeat/%F0%9F%A6%8A HTTP/1.1",
        b"GET /heartbeat/" + b"x" * 20_000 + b" HTTP/1.1",
        b"GET /calendar/%00.ics HTTP/1.1",
        b"GET /healthz HTTP/1.0",
        b"OPTIONS /api/v2/alerts HTTP/1.1",
        b"TRACE /api/v2/alerts HTTP/1.1",
        b"BREW /api/v2/alerts HTTP/1.1",
        b"HEAD /api/v2/status HTTP/1.1",
        b"CONNECT elsewhere:80 HTTP/1.1",
    ):
        yield line + b"\r\n" + ends
    for header in (
        b"Authorization: Bearer \xff\xfe",
        b"Authorization: Basic ====",
        b"Authorization: Basic " + b"QQ" * 30_000,
        b"Authorization:",
        b"Content-Length: -1",
        b"Content-Length: many",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: gzip",
        b"Expect: 100-continue\r\nContent-Length: 0",
        b"X-Long: " + b"x" * 200_000,
        b"Connection: Upgrade\r\nUpgrade: websocket",
        b"X-Grafana-Alerting-Signature: \xff",
        b"X-Slack-Signature: v0=\xff\r\nX-Slack-Request-Timestamp: \xc2\xb2",
    ):
        for path in (b"/api/v2/alerts", b"/slack/events"):
            yield b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n"
    yield from (
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET\r\n\r\n",
        b"x" * 100_000,
    )


def packed() -> Iterator[tuple[str, bytes]]:
    """Bodies with a content encoding: a bomb among them."""
    alerts = b'[{"labels": {"a": "b"}}]'
    yield "gzip", gzip.compress(alerts)
    yield "gzip", gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    yield "deflate", zlib.compress(alerts)
    yield "br", alerts
    yield "gzip, gzip", gzip.compress(gzip.compress(alerts))


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
