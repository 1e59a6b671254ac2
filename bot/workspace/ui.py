"""The interface of the page: JSON over HTTP for what a person sees and does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .clicking import Clicking, Target
from .context import Context
from .controls import Controls
from .hub import Hub, Item
from .messages import Json
from .modals import Modals
from .outcome import NotPossibleError, Outcome
from .state import Channel
from .talking import Talking
from .unread import channel_row

PAGE_SIZE = 50
HEARTBEAT_SECONDS = 15.0


@dataclass(slots=True)
class Ui:
    """The page's endpoints over one workspace."""

    ctx: Context
    hub: Hub
    talking: Talking
    clicking: Clicking
    modals: Modals
    controls: Controls | None

    def routes(self) -> list[Route]:
        reads = {
            "ui/state": self.state,
            "ui/messages": self.messages,
            "ui/thread": self.thread,
            "ui/home": self.home,
            "ui/events": self.events,
        }
        writes = {
            "ui/read": self.read,
            "ui/message": self.message,
            "ui/command": self.command,
            "ui/action": self.action,
            "ui/shortcut": self.shortcut,
            "ui/view/submit": self.submit,
            "ui/view/close": self.close,
            "ui/options": self.options,
            "ui/clock": self.clock,
        }
        return [
            *(Route(f"/{path}", guarded(handler), methods=["GET"]) for path, handler in reads.items()),
            *(Route(f"/{path}", guarded(handler), methods=["POST"]) for path, handler in writes.items()),
        ]

    # what a person sees

    async def state(self, request: Request) -> Response:
        me = self.talking.person(request.query_params.get("as", ""))
        config = self.ctx.config
        people = [
            {
                "id": person.id,
                "name": person.name,
                "display": person.display,
                "color": person.color,
                "title": person.title,
                "initials": person.initials,
            }
            for person in config.people
        ]
        channels = [
            channel_row(self.ctx, me.id, channel)
            for channel in self.ctx.state.channels.values()
            if me.id in channel.members or not channel.is_private
        ]
        return JSONResponse(
            {
                "team": {"id": config.team_id, "name": config.team_name},
                "me": me.id,
                "people": people,
                "channels": channels,
                "commands": [
                    {"command": item.command, "description": item.description, "usage_hint": item.usage_hint}
                    for item in config.commands
                ],
                "shortcuts": [
                    {"callback_id": item.callback_id, "name": item.name, "kind": item.kind}
                    for item in config.shortcuts
                ],
                "groups": [
                    {"id": item.id, "handle": item.handle, "name": item.name} for item in config.user_groups
                ],
                "bot": {"id": config.bot_user_id, "name": config.bot_display, "bot_id": config.bot_id},
                "views": self.ctx.views.stack(me.id),
                "clock": self.controls.state() if self.controls else None,
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

    # what a person does

    async def read(self, request: Request) -> Response:
        body = await _body(request)
        _, channel = self.talking.place(_text(body, "as"), _text(body, "channel"))
        self.ctx.state.mark_read(_text(body, "as"), channel, _text(body, "ts"))
        return JSONResponse({"ok": True})

    async def message(self, request: Request) -> Response:
        body = await _body(request)
        thread = _optional(body, "thread_ts")
        return _json(self.talking.say(_text(body, "as"), _text(body, "channel"), _text(body, "text"), thread))

    async def command(self, request: Request) -> Response:
        body = await _body(request)
        user, channel, thread = _text(body, "as"), _text(body, "channel"), _optional(body, "thread_ts")
        return _json(await self.talking.command(user, channel, _text(body, "text"), thread))

    async def action(self, request: Request) -> Response:
        body = await _body(request)
        target = self._target(body, body.get("value"))
        return _json(await self.clicking.act(_text(body, "as"), target, body.get("value"), body.get("state")))

    async def shortcut(self, request: Request) -> Response:
        body = await _body(request)
        place = _optional(body, "channel"), _optional(body, "ts")
        return _json(await self.clicking.shortcut(_text(body, "as"), _text(body, "callback_id"), *place))

    async def submit(self, request: Request) -> Response:
        body = await _body(request)
        values = body.get("values") or {}
        return _json(await self.modals.submit(_text(body, "as"), _text(body, "view_id"), values))

    async def close(self, request: Request) -> Response:
        body = await _body(request)
        return _json(await self.modals.close(_text(body, "as"), _text(body, "view_id")))

    async def options(self, request: Request) -> Response:
        body = await _body(request)
        target = self._target(body, None)
        return JSONResponse(await self.clicking.options(_text(body, "as"), target, str(body.get("query") or "")))

    async def clock(self, request: Request) -> Response:
        body = await _body(request)
        if self.controls is None:
            raise NotPossibleError("This workspace runs on real time.")
        await self.controls.act(_text(body, "action"), _optional(body, "value"))
        return JSONResponse(self.controls.state())

    def _target(self, body: Json, value: Any) -> Target:
        user, action_id, block_id = _text(body, "as"), _text(body, "action_id"), _optional(body, "block_id")
        if view_id := _optional(body, "view_id"):
            return self.clicking.in_view(user, view_id, action_id, block_id, value)
        channel, ts = _text(body, "channel"), _text(body, "ts")
        return self.clicking.in_message(user, channel, ts, action_id, block_id, value)

    def _visible(self, request: Request) -> tuple[str, Channel]:
        user = self.talking.person(request.query_params.get("as", "")).id
        channel = self.ctx.state.find_channel(request.query_params.get("channel", ""))
        if channel is None or (channel.is_private and user not in channel.members):
            raise NotPossibleError("There is no such channel.")
        return user, channel


Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler) -> Handler:
    """What a person cannot do is told to them, with 200, as everything the page shows."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except NotPossibleError as problem:
            status = 200 if request.method == "POST" else 404
            return JSONResponse({"ok": False, "error": str(problem)}, status_code=status)

    return answer


def _json(outcome: Outcome) -> Response:
    body: Json = {"ok": outcome.ok, "ack_ms": outcome.ack_ms}
    if outcome.error:
        body["error"] = outcome.error
    if outcome.errors:
        body["errors"] = outcome.errors
    return JSONResponse(body)


async def _body(request: Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NotPossibleError("The page sent something that is not a JSON object.")
    return body


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise NotPossibleError(f"The page did not say: {name}.")
    return value


def _optional(body: Json, name: str) -> str | None:
    value = body.get(name)
    return None if value is None or value == "" else str(value)
