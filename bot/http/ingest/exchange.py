"""One request and its reply on plain ASGI: reading a bounded body, answering in JSON."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.alerts.writer import OverloadedError
from core.config.senders import Source
from core.db.database import LOST

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 16 * 1024 * 1024
"""Bytes. A sender's largest batch (Alertmanager's webhook of a group of 10,000 alerts) is about half of it."""

MAX_QUERY = 100


Headers = Mapping[bytes, bytes]
Query = dict[str, list[str]]


class Knock(NamedTuple):
    """A request before anybody knows who sends it."""

    method: str
    path: str
    headers: Headers
    query: Query
    receive: Receive

    async def body(self, limit: int = MAX_BODY) -> bytes:
        """The whole body, which may hold up to `limit` bytes; see `read_body`."""
        return b"" if self.method == "GET" else await read_body(self.headers, self.receive, limit)

    def by(self, source: Source, body: bytes) -> "Request":
        return Request(source, self.path, self.query, body)


class Request(NamedTuple):
    """A request whose sender is known. `body` is complete and within bounds."""

    source: Source
    path: str
    query: Query
    body: bytes

    @property
    def name(self) -> str:
        """What the last part of the path names."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def actor(self) -> str:
        """The sender as the audit trail names it."""
        return f"source:{self.source.id}"


class Reply(NamedTuple):
    """A status with a body, JSON unless `content_type` says otherwise."""

    status: int
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


Entry = Callable[[Knock], Awaitable[Request]]
"""A way in: finds out who sends and reads the body, in whichever order is safe; raises RejectError."""

Handler = Callable[[Request], Awaitable[Reply]]


class RejectError(Exception):
    """A request that ends here, with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.decode(errors="replace"))
        self.reply = reply


def answer(value: object, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status, msgspec.json.encode(value))


def problem(status: int, message: str, code: int | None = None, *headers: tuple[bytes, bytes]) -> Reply:
    """An error as the Alertmanager API words it: `{"code", "message"}`."""
    return Reply(status, msgspec.json.encode({"code": code or status, "message": message}), headers=headers)


def failure(error: BaseException, path: str = "/api/v2/alerts") -> Reply:
    """What is answered when the writer could not store; what is neither overload nor the database is raised. A
    database that is away is 503, what it refuses is 500: both are sent again."""
    if isinstance(error, OverloadedError):
        return problem(503, str(error), None, (b"retry-after", b"1"))
    if not isinstance(error, SQLAlchemyError):
        raise error
    log.error("ingest.not_stored", path=path, error=type(error).__name__, exc_info=error)
    status = 503 if isinstance(error, LOST) else 500
    return problem(status, "this could not be stored; please send it again")


def query_of(scope: Scope) -> dict[str, list[str]]:
    """The query by name; raises RejectError when it asks for too much at once."""
    try:
        return parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=MAX_QUERY)
    except ValueError:
        raise RejectError(problem(400, f"a query may hold at most {MAX_QUERY} parameters")) from None


async def read_body(headers: Headers, receive: Receive, limit: int = MAX_BODY) -> bytes:
    """The whole body; raises RejectError for one that is too large (without reading it), packed, or broken off."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise RejectError(problem(415, "a packed body is not accepted; send plain JSON"))
    stated = headers.get(b"content-length", b"0")
    if not stated.isdigit() or int(stated) > limit:
        raise RejectError(_too_large(f"{stated.decode(errors='replace')} bytes", limit))
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RejectError(problem(400, "the request broke off before its end"))
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise RejectError(_too_large("the body", limit))
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(what: str, limit: int) -> Reply:
    return problem(413, f"{what}: a request may hold at most {limit} bytes; send less at once")


async def send_reply(send: Send, reply: Reply, head_only: bool = False) -> None:
    headers = [(b"content-length", str(len(reply.body)).encode()), *reply.headers]
    if reply.body:
        headers.append((b"content-type", reply.content_type))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else reply.body})
