"""Live updates: what changed is relayed to everybody who has the page open and may see it."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..context import Context
from ..messages import Json, Message
from ..state import Channel

Item = tuple[str, Json] | None
"""An event's name and data; None ends the stream."""


class Hub:
    """The open pages by person. A page that does not keep up for long is cut off, and reloads."""

    def __init__(self, most_waiting: int = 10_000) -> None:
        self._most_waiting = most_waiting
        self._pages: dict[str, set[asyncio.Queue[Item]]] = {}

    @property
    def people(self) -> set[str]:
        return {user for user, pages in self._pages.items() if pages}

    @contextmanager
    def page(self, user: str) -> Iterator["asyncio.Queue[Item]"]:
        """A queue of updates for one open page."""
        queue: asyncio.Queue[Item] = asyncio.Queue()
        pages = self._pages.setdefault(user, set())
        pages.add(queue)
        try:
            yield queue
        finally:
            pages.discard(queue)

    def publish(self, people: Iterable[str], event: str, data: Json) -> None:
        for user in people:
            for queue in list(self._pages.get(user, ())):
                if queue.qsize() >= self._most_waiting:
                    self._pages[user].discard(queue)
                    queue.put_nowait(None)
                else:
                    queue.put_nowait((event, data))

    def close(self) -> None:
        """End every stream."""
        for pages in self._pages.values():
            for queue in pages:
                queue.put_nowait(None)


def relay(ctx: Context, hub: Hub, kind: str, subject: Any) -> None:
    """Turn one change of the state into updates; a listener of WorkspaceState."""
    if not hub.people:
        return
    match kind, subject:
        case "message", Message() as message:
            _to_channel(ctx, hub, message, "message", {"channel": message.channel, "message": message.to_page()})
        case "ephemeral", Message() as message:
            data = {"channel": message.channel, "message": message.to_page()}
            hub.publish([message.ephemeral_to or ""], "ephemeral", data)
        case "deleted", Message() as message:
            data = {"channel": message.channel, "ts": message.ts}
            if message.ephemeral_to:
                hub.publish([message.ephemeral_to], "deleted", data)
            else:
                _to_channel(ctx, hub, message, "deleted", data)
        case "stack", (str() as user, str() as page):
            hub.publish([user], "view", {"page": page, "stack": ctx.views.stack(user, page)})
        case "home", str() as user:
            hub.publish([user], "home", {"view": ctx.state.homes.get(user)})
        case "channel", Channel() as channel:
            hub.publish(ctx.state.audience(channel), "channel", {"channel": channel.id})


def _to_channel(ctx: Context, hub: Hub, message: Message, event: str, data: Json) -> None:
    hub.publish(ctx.state.audience(ctx.state.channels[message.channel]), event, data)
