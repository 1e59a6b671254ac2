"""A reply that comes before the request was read to its end.

Closing a connection while bytes still come in resets it, and the sender then sees the reset instead of the reply. So
what is still coming is read and thrown away first, up to a size and a time.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from bot.http.ingest.exchange import MAX_BODY, Receive, Scope, Send

MOST_DRAINED = 4 * MAX_BODY
"""A sender of somewhat too much reads why it is refused; nobody listens to one that states more than this."""

PATIENCE_S = 5.0
"""How long is waited for the rest of a body that nobody wants."""


class Drained:
    """The two ends of one request, whose body is read to its end before the reply begins."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._missing = _stated(scope)

    async def receive(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self._missing -= len(message.get("body", b""))
        if not message.get("more_body", False):
            self._missing = 0
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self._missing > 0 and message["type"] == "http.response.start":
            await self._discard()
        await self._send(message)

    async def _discard(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._missing > 0:
                    await self.receive()
        except TimeoutError:
            self._missing = 0


def _stated(scope: Scope) -> int:
    """How many bytes may come: 0 when none will, or more than anybody reads, or only if they are asked for."""
    headers = dict(scope["headers"])
    if b"expect" in headers:
        return 0
    if b"transfer-encoding" in headers:
        return MAX_BODY
    stated = headers.get(b"content-length", b"")
    return int(stated) if stated.isdigit() and int(stated) <= MOST_DRAINED else 0
