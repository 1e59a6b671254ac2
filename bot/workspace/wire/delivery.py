"""Carrying requests to the app, signed as Slack signs them, over HTTP or Socket Mode, and its answers back."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

import httpx

from bot.tls import trusted

from ..config import WorkspaceConfig
from ..messages import Json

Kind = Literal["event", "interactive", "slash", "options"]
_SOCKET_TYPES = {
    "event": "events_api",
    "interactive": "interactive",
    "options": "interactive",
    "slash": "slash_commands",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """The app's answer; `error` is Slack's word for one that came too late or was not a 200."""

    status: int | None
    ack_ms: float
    body: Any = None
    error: str | None = None
    retry_reason: str | None = None
    may_retry: bool = True

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire; `X-Slack-No-Retry: 1` asks not to be sent the event again."""

    status: int
    body: Any
    may_retry: bool = True


class Socket(Protocol):
    """A Socket Mode connection to the app, if there is one."""

    @property
    def connected(self) -> bool: ...

    async def request(self, kind: str, payload: Json, retry: int, reason: str | None) -> Any: ...


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a raw body."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class Delivery:
    """Sends to the app's one address; events are sent in the background and tried again as Slack does."""

    def __init__(self, config: WorkspaceConfig, socket: Socket) -> None:
        self._config = config
        self._socket = socket
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, kind: Kind, payload: Json, retry: int = 0, reason: str | None = None) -> Reply:
        """One try, answered within the acknowledgement time or not at all."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._config.ack_seconds):
                answer = await self._transmit(kind, payload, retry, reason)
        except TimeoutError:
            return Reply(None, _since(began), error="operation_timeout", retry_reason="http_timeout")
        except (httpx.HTTPError, ConnectionError):
            return Reply(None, _since(began), error="dispatch_failed", retry_reason="connection_failed")
        if answer.status != 200:
            error = "dispatch_failed"
            return Reply(answer.status, _since(began), answer.body, error, "http_error", answer.may_retry)
        return Reply(answer.status, _since(began), answer.body)

    async def _transmit(self, kind: Kind, payload: Json, retry: int, reason: str | None) -> Answer:
        if self._socket.connected:
            return Answer(200, await self._socket.request(_SOCKET_TYPES[kind], payload, retry, reason))
        if self._config.events_url is None:
            raise ConnectionError("the app is not connected, and there is no address to send to")
        return await self._post(self._config.events_url, kind, payload, retry, reason)

    async def _post(self, url: str, kind: Kind, payload: Json, retry: int, reason: str | None) -> Answer:
        body, content_type = encode(kind, payload)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._config.signing_secret, timestamp, body),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason or "unknown_error"}
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=None, trust_env=False, verify=trusted())  # noqa: S113 - bounded by `send`
        response = await self._client.post(url, content=body, headers=headers)
        body = decode(response.headers.get("content-type", ""), response.text)
        return Answer(response.status_code, body, response.headers.get("x-slack-no-retry") != "1")

    def send_event(self, envelope: Json) -> None:
        """Deliver an event in the background; unacknowledged, it is sent again with the same event id."""
        self.background(self._deliver_event(envelope))

    async def _deliver_event(self, envelope: Json) -> None:
        reply = await self.send("event", envelope)
        for number, delay in enumerate(self._config.retry_delays, start=1):
            if reply.ok or not reply.may_retry:
                return
            await asyncio.sleep(delay)
            reply = await self.send("event", envelope, number, reply.retry_reason)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for, until `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until every background delivery has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Stop what is under way and close the connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def encode(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """The body and its content type: events are JSON, commands a form, the rest a form with a `payload`."""
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def decode(content_type: str, text: str) -> Any:
    """JSON where the app says so, else its text; None when it said nothing."""
    if not text.strip():
        return None
    if "json" in content_type:
        try:
            return json.loads(text)
        except ValueError:
            return None
    return text


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
