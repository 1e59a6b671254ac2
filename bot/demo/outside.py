"""Senders outside the demo live in the real present: what they say of time is told on the demo's clock.

Without this a silence that amtool makes would begin years after everything that the visitor sees, and amtool would take
one that was made in Slack for long over.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.clock import Clock

TIMES = ("startsAt", "endsAt", "updatedAt")
"""Where Alertmanager and its senders write instants."""

SILENCES = "/api/v2/silences"
ALERTS = "/api/v2/alerts"
TOLD = (ALERTS, SILENCES, "/webhooks/")
READ = (ALERTS, SILENCES, "/api/v2/silence/")


def _real() -> datetime:
    return datetime.now(UTC)


class RealTimeOutside:
    """Passes requests on, with the instants of alerts and silences moved by as much as the demo's clock is behind, and
    moved back where they are read.

    A silence stops that clock (`pause`): at hours a second it would be over before anybody could look at it.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        pause: Callable[[], Awaitable[None]],
        real: Callable[[], datetime] = _real,
    ) -> None:
        self._app, self._clock, self._pause, self._real = app, clock, pause, real

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = (scope["method"], scope["path"]) if scope["type"] == "http" else ("", "")
        if method == "GET" and path.startswith(READ):
            return await self._app(scope, receive, self._told_outside(send))
        if method != "POST" or not path.startswith(TOLD):
            return await self._app(scope, receive, send)
        body = await _whole(receive)
        if body is None:  # whoever sent it is gone
            return None
        if scope["path"] == SILENCES:
            await self._pause()
        waiting = [told_in(body, self._clock.now(), self._real())]

        async def again() -> Message:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            return await receive()

        return await self._app(_with_length(scope, len(waiting[0])), again, send)

    def _told_outside(self, send: Send) -> Send:
        """What answers with the present of whoever reads it; an answer goes out when it is whole."""
        begun: list[Message] = []
        body = b""

        async def whole(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                moved = told_in(body, self._real(), self._clock.now())
                await send(_with_length(begun[0], len(moved)))
                await send({"type": "http.response.body", "body": moved})

        return whole


def _with_length(message: Message | Scope, length: int) -> dict[str, Any]:
    """The same with headers that state this length of its body."""
    headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
    return {**message, "headers": [*headers, (b"content-length", str(length).encode())]}


async def _whole(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body


def told_in(body: bytes, now: datetime, real: datetime) -> bytes:
    """`body` with its instants around `real` as if that were `now`; as it came where it has none, or is no JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return body
    moved = _moved(found, now, real)
    return body if moved == found else json.dumps(moved).encode()


def _moved(value: Any, now: datetime, real: datetime) -> Any:
    if isinstance(value, list):
        return [_moved(each, now, real) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _instant(each, now, real) if name in TIMES else _moved(each, now, real)
        for name, each in value.items()
    }


def _instant(text: Any, now: datetime, real: datetime) -> Any:
    """What is nearer to `now` stays: it was told on that clock already."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return text
    if at.tzinfo is None or abs(at - now) <= abs(at - real):
        return text
    return (at - real + now).isoformat()
