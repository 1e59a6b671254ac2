"""The short way for POSTs of alerts: it answers as the application does, whatever the bytes' pieces."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.http.ingest import draining
from bot.http.ingest.app import Ingest
from bot.http.ingest.exchange import MAX_BODY
from bot.http.ingest.quick import QuickProtocol
from core.alerts.store import firing_alerts
from core.clock import SystemClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import elsewhere
from tests.loopback import free_socket, serving
from tests.senders_support import read_secret
from workflows.receiver import Receiver, Writer

TOKEN = "demo-alertmanager"
BODY = json.dumps([{"labels": {"alertname": "A"}}, {"labels": {"alertname": "B"}}]).encode()


def request(body: bytes = BODY, *more: str, path: str = "/api/v2/alerts", token: str = TOKEN) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def port(config: Config, sqlite_database: Database) -> AsyncIterator[int]:
    async with _serving(config, sqlite_database) as number:
        yield number


@asynccontextmanager
async def _serving(config: Config, database: Database, keep_alive_s: int = 30) -> AsyncIterator[int]:
    clock, (bound, _) = SystemClock(), free_socket()
    async with Writer(database, clock, Receiver(config)) as writer:
        app = Ingest(config, database, clock, writer, elsewhere, read_secret)
        async with serving(app, bound, http=QuickProtocol, timeout_keep_alive=keep_alive_s):
            yield bound.getsockname()[1]


async def talk(port: int, *pieces: bytes, answers: int = 1) -> list[tuple[int, bytes]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    found = []
    for _ in range(answers):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        found.append((int(head.split()[1]), await reader.readexactly(length)))
    writer.close()
    return found


async def test_a_request_in_one_piece_and_in_many(port: int, sqlite_database: Database) -> None:
    whole = request()
    assert await talk(port, whole) == [(200, b"")]
    assert await talk(port, *(whole[at : at + 60] for at in range(0, len(whole), 60))) == [(200, b"")]
    head = whole.index(b"\r\n\r\n") + 4
    assert await talk(port, whole[:head], whole[head : head + 7], whole[head + 7 :]) == [(200, b"")]
    with sqlite_database.read() as session:
        assert {row.labels["alertname"]: row.counted for row, _ in firing_alerts(session)} == {"A": 3, "B": 3}


async def test_requests_behind_one_another_are_answered_in_turn(port: int) -> None:
    bad, other = request(b"[{]"), request(path="/v2/elsewhere")
    found = await talk(port, request() + bad + request(), answers=3)
    assert [status for status, _ in found] == [200, 400, 200]
    found = await talk(port, request(), other, request(), answers=3)
    assert [status for status, _ in found] == [200, 404, 200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(token="wrong"), 401),
        (request(b'{"labels": 1}'), 422),
        (request(b"x"), 400),
        (request(BODY, "Content-Encoding: gzip"), 415),
        (request(b'[{"labels": {"a": ""}}, {"labels": {"alertname": "C"}}]'), 400),
        (request().replace(b"Content-Length: ", b"Content-Length: 9999999"), 413),
        (request(BODY, "X-Anything: at all"), 200),
        (request(BODY, "Expect: 100-continue"), 100),
    ],
)
async def test_it_answers_as_the_application_does(port: int, sent: bytes, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    assert int((await asyncio.wait_for(reader.readline(), 60)).split()[1]) == status
    writer.close()


async def _refused(port: int, head: str, *pieces: bytes) -> bytes:
    """The first line of the answer to a request that closes; fails when the connection was reset instead."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\nHost: x\r\nConnection: close\r\n".encode())
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.02)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return answer.partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/webhooks/mlflow/registry", 2_000_000, b"413"),
        ("/webhooks/mlflow/registry", MAX_BODY, b"413"),
        ("/events", 3_000_000, b"401"),
        ("/somewhere", 3_000_000, b"418"),
    ],
)
async def test_whoever_is_refused_early_reads_why(port: int, path: str, size: int, status: bytes) -> None:
    length = f"Content-Length: {size}\r\n\r\n".encode()
    half = b"x" * (size // 2)
    assert (await _refused(port, f"POST {path} HTTP/1.1", length, half, half)).split()[1] == status
    chunk = b"%x\r\n%s\r\n" % (len(half), half)
    chunked = (b"Transfer-Encoding: chunked\r\n\r\n", chunk, chunk, b"0\r\n\r\n")
    assert (await _refused(port, f"POST {path} HTTP/1.1", *chunked)).split()[1] == status


async def test_whoever_never_sends_the_rest_is_answered_all_the_same(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "PATIENCE_S", 0.1)
    answer = await _refused(port, "POST /events HTTP/1.1", b"Content-Length: 3000\r\n\r\n", b"x" * 100)
    assert answer.split()[1] == b"401"


async def test_a_connection_is_closed_when_nothing_comes_for_long(
    config: Config, sqlite_database: Database
) -> None:
    async with _serving(config, sqlite_database, keep_alive_s=2) as port:
        await asyncio.gather(*(_is_closed_in_time(port, path) for path in ("/api/v2/alerts", "/v2/elsewhere")))


async def _is_closed_in_time(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for sent in (request(), request(path=path), request(), request(path=path)):
        writer.write(sent)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
        await asyncio.sleep(0.7)
    began = time.monotonic()
    assert await asyncio.wait_for(reader.read(), 60) == b""
    assert time.monotonic() - began > 0.3, "it is open for two seconds after the last answer"
    writer.close()
