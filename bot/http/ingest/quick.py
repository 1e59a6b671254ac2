"""The short way of the one request that comes all the time: a plain POST to `/api/v2/alerts` on a kept connection.

Whatever is unusual about a request is left to the server's own protocol and the application behind it, which answer
the same; only the way there is longer.
"""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any, NamedTuple, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from bot.http.ingest.alertmanager import OK
from bot.http.ingest.app import Ingest
from bot.http.ingest.exchange import MAX_BODY, Reply
from core.config.senders import Source

_START = b"POST /api/v2/alerts HTTP/1.1\r\n"
_END = b"\r\n\r\n"
CLOSE = (b"connection", b"close")
"""What a server that is about to stop adds to its replies."""
_MAX_HEAD = 8_192
_PLAIN = frozenset({b"host", b"user-agent", b"content-type", b"content-length", b"authorization", b"accept"})
_IGNORED = frozenset({b"accept-encoding", b"traceparent", b"tracestate", b"baggage"})
"""Headers that change nothing; a request with any other goes the long way."""

_MAX_HEADS = 4_096
"""How many heads of requests are remembered: a sender's differ only by the length of the body."""


FIRST_S = 30.0
"""How long a connection may be silent before its first request."""

FULL = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
"""What a connection gets that is one too many; senders try again."""


class _Head(NamedTuple):
    source: Source
    length: int


class QuickProtocol(HttpToolsProtocol):
    """uvicorn's protocol for HTTP, with the short way in front of it."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._ingest = cast(Ingest, config.app)
        self._quick = isinstance(config.app, Ingest)
        self._long = False
        self._head: _Head | None = None
        self._parts: list[bytes] = []
        self._missing = 0
        self._busy = self._closing = False
        self._later = b""
        self._idle_since = 0.0
        self._watch: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.connections.discard(self)  # those that are in are served on
            transport.write(FULL)
            transport.close()
            return
        self._idle_since = self.loop.time() + FIRST_S - self.timeout_keep_alive
        self._watch = self.loop.call_later(self.timeout_keep_alive, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._busy:
            self._later += data
            self.transport.pause_reading()
        elif self._head is not None:
            self._collect(self._head, data)
        elif self._long or not data.startswith(_START) or not self._begin(data):
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._long = True
        super().on_message_begin()

    def on_response_complete(self) -> None:
        self._long = bool(self.pipeline)
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def shutdown(self) -> None:
        if self._busy or self._head is not None:
            self._closing = True
        else:
            super().shutdown()

    def _begin(self, data: bytes) -> bool:
        """Take a request whose head is complete and plain; whether it was."""
        end = data.find(_END, 0, _MAX_HEAD)
        if end < 0 or not self._quick:
            return False
        head = self._ingest.heads.get(data[:end]) or self._read(data[:end])
        if head is None:
            return False
        self._unset_keepalive_if_required()
        self._head, self._missing = head, head.length
        self._collect(head, data[end + 4 :])
        return True

    def _read(self, raw: bytes) -> _Head | None:
        """A head that nothing is unusual about, from a sender that we know."""
        fields: dict[bytes, bytes] = {}
        for line in raw.split(b"\r\n")[1:]:
            name, colon, value = line.partition(b":")
            name = name.lower()
            if name in _IGNORED:
                continue
            if not colon or name not in _PLAIN or name in fields:
                return None
            fields[name] = value.strip()
        source = self._ingest.sources.known_by(fields.get(b"authorization", b""))
        length = fields.get(b"content-length", b"")
        if source is None or source.hmac_secret or not length.isdigit() or not 0 < int(length) <= MAX_BODY:
            return None
        if len(self._ingest.heads) >= _MAX_HEADS:
            self._ingest.heads.clear()
        head = self._ingest.heads[raw] = _Head(source, int(length))
        return head

    def _collect(self, head: _Head, data: bytes) -> None:
        if len(data) > self._missing:
            data, self._later = data[: self._missing], data[self._missing :]
        self._parts.append(data)
        self._missing -= len(data)
        if not self._missing:
            self._finish(head)

    def _finish(self, head: _Head) -> None:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._head, self._parts, self._busy = None, [], True
        self._ingest.alerts.post_soon(body, head.source, self._answer)

    def _answer(self, reply: Reply) -> None:
        """Send the reply, and go on with what came meanwhile. Is called once for each request, at once or later."""
        self._busy = False
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.transport.write(_written(reply, self.server_state.default_headers))
        if self._closing or CLOSE in self.server_state.default_headers:
            self.transport.close()
            return
        self._idle_since = self.loop.time()
        if self._watch is None:
            self._watch = self.loop.call_later(self.timeout_keep_alive, self._look)
        if self._later:
            data, self._later = self._later, b""
            self.transport.resume_reading()
            self.loop.call_soon(self.data_received, data)

    def _look(self) -> None:
        """Close the connection if nothing has come for long; one timer does for many requests."""
        self._watch = None
        if self._busy or self._long or self._head is not None or self.transport.is_closing():
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            self.transport.close()
        else:
            self._watch = self.loop.call_later(left, self._look)


def _written(reply: Reply, always: list[tuple[bytes, bytes]]) -> bytes:
    if reply is OK:
        kept = _kept.get(id(always))
        if kept is not None and kept[0] is always:
            return kept[1]
    headers = [*always, (b"content-length", str(len(reply.body)).encode()), *reply.headers]
    if reply.body:
        headers.append((b"content-type", reply.content_type))
    lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
    made = STATUS_LINE[reply.status] + lines + b"\r\n" + reply.body
    if reply is OK:
        _kept.clear()
        _kept[id(always)] = (always, made)
    return made


_kept: dict[int, tuple[list[tuple[bytes, bytes]], bytes]] = {}
"""The reply that nearly all get, for as long as the server's own headers, with the date, stay the same."""
