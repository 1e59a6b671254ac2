"""Senders outside the demo live in the real present: what they say of time is told on the demo's clock.

Without this a silence that amtool makes would begin years after everything that the visitor sees.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.clock import Clock

TIMES = ("startsAt", "endsAt")
"""Where Alertmanager's senders write instants."""

SILENCES = "/api/v2/silences"
PATHS = ("/api/v2/alerts", SILENCES, "/webhooks/")


def _real() -> datetime:
    return datetime.now(UTC)


class RealTimeOutside:
    """Passes requests on, with the instants of alerts and silences moved by as much as the demo's clock is behind.

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
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(PATHS):
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

        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(waiting[0])).encode()))
        return await self._app({**scope, "headers": headers}, again, send)


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
    """`body` with its real instants as if `real` were `now`; what is no JSON, or has none of them, as it came."""
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
    """What is nearer to the demo's present stays: amtool sends back what it has read."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return text
    if at.tzinfo is None or abs(at - now) <= abs(at - real):
        return text
    return (at - real + now).isoformat()
