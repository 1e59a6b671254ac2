"""What a person sees on the page, and the stream of what changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..acting.talking import Talking
from ..config import WorkspaceConfig
from ..context import Context
from ..controls import Controls, as_of_now
from ..messages import Json
from ..outcome import NotPossibleError
from ..state import Channel
from .hub import Hub, Item
from .requests import read_route
from .unread import channel_row

PAGE_SIZE = 50
HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Sights:
    """The GET endpoints; each is asked by the person named in `as`."""

    ctx: Context
    hub: Hub
    talking: Talking
    controls: Controls | None

    def routes(self) -> list[Route]:
        handlers = {
            "state": self.state,
            "messages": self.messages,
            "thread": self.thread,
            "home": self.home,
            "events": self.events,
        }
        return [read_route(path, handler) for path, handler in handlers.items()]

    async def state(self, request: Request) -> Response:
        config = self.ctx.config
        me = self.talking.person(request.query_params.get("as") or config.people[0].id)
        channels = [
            channel_row(self.ctx, me.id, channel)
            for channel in self.ctx.state.channels.values()
            if me.id in channel.members or not channel.is_private
        ]
        return JSONResponse(
            directory(config)
            | {
                "me": me.id,
                "channels": channels,
                "views": self.ctx.views.shown(me.id, request.query_params.get("page", "")),
                "clock": as_of_now(self.controls) if self.controls else None,
            }
        )

    async def messages(self, request: Request) -> Response:
        user, channel = self._visible(request)
        before = request.query_params.get("before") or "~"
        private = [item for item in channel.ephemerals.values() if item.ephemeral_to == user]
        shown = [item for item in [*channel.top_level(), *private] if item.ts < before]
        shown = sorted(
            (item for item in shown if not (item.ephemeral_to and item.thread_ts)), key=lambda item: item.ts
        )
        page = [item.to_page() for item in shown[-PAGE_SIZE:]]
        return JSONResponse({"messages": page, "has_more": len(shown) > PAGE_SIZE})

    async def thread(self, request: Request) -> Response:
        user, channel = self._visible(request)
        ts = request.query_params.get("ts", "")
        thread = channel.thread(ts)
        if not thread:
            raise NotPossibleError("That thread does not exist any more.")
        private = (
            item for item in channel.ephemerals.values() if item.ephemeral_to == user and item.thread_ts == ts
        )
        replies = sorted([*thread[1:], *private], key=lambda item: item.ts)
        return JSONResponse({"messages": [item.to_page() for item in [thread[0], *replies]]})

    async def home(self, request: Request) -> Response:
        return JSONResponse({"view": self.talking.open_home(request.query_params.get("as", ""))})

    async def events(self, request: Request) -> Response:
        user = self.talking.person(request.query_params.get("as", "")).id
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(user), media_type="text/event-stream", headers=headers)

    async def _stream(self, user: str) -> AsyncIterator[str]:
        with self.hub.page(user) as queue:
            yield ": connected\n\n"
            while True:
                try:
                    item: Item = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if item is None:
                    return
                event, data = item
                yield f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"

    def _visible(self, request: Request) -> tuple[str, Channel]:
        user = self.talking.person(request.query_params.get("as", "")).id
        channel = self.ctx.state.find_channel(request.query_params.get("channel", ""))
        if channel is None or (channel.is_private and user not in channel.members):
            raise NotPossibleError("There is no such channel.")
        return user, channel


def directory(config: WorkspaceConfig) -> Json:
    """What is the same for everybody: the team, its people and groups, the app with its commands and shortcuts."""
    return {
        "team": {"id": config.team_id, "name": config.team_name},
        "people": [
            _named(person, "id", "name", "display", "color", "title", "initials", "tz") for person in config.people
        ],
        "groups": [_named(group, "id", "handle", "name", "members") for group in config.user_groups],
        "commands": [_named(command, "command", "description", "usage_hint") for command in config.commands],
        "shortcuts": [_named(shortcut, "callback_id", "name", "kind") for shortcut in config.shortcuts],
        "bot": {
            "id": config.bot_user_id,
            "name": config.bot_display,
            "handle": config.bot_name,
            "bot_id": config.bot_id,
        },
    }


def _named(subject: object, *names: str) -> Json:
    return {name: getattr(subject, name) for name in names}
