"""Builds the Slack surface: bolt's app, the HTTP route, Socket Mode, the dispatcher and the sender."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.pager import Pagers
from bot.slack import inbound, load
from bot.slack.deps import SlackDeps
from bot.slack.dispatch import Dispatcher
from bot.slack.door import ClocksApartError, TurnedAwayError, admit
from bot.slack.links import Links
from bot.slack.listeners.routes import routes
from bot.slack.render import Renderer
from bot.slack.request import Request
from bot.slack.sender import Sender, SenderDeps
from bot.slack.shape import readable
from bot.slack.user_groups import UserGroups
from core.outbox.tables import OutboxRow
from workflows import unreachable
from workflows.call import look_back, point_out
from workflows.clocks import TELL_AGAIN, tell_slack_apart

log = structlog.get_logger(__name__)

KEPT = timedelta(days=7)
"""How long finished requests are kept: Slack sends an event again within an hour."""

STOP_S = 10
"""How long requests under way may take to end when the server stops."""

IN_A_ROW = 3
"""After so many requests of Slack's that are too far from our clock, and none that is not, it is the clock's fault."""

EVENTS_PATH = "/slack/events"
_ANYTHING = re.compile(".*", re.DOTALL)
_REQUEST = "goldilocks_request"

Next = Callable[[], Awaitable[BoltResponse]]


class SlackSurface:
    """Slack, ready to be served and started.

    Mount `route` in the HTTP server. `start` takes up what a crash cut off, and connects Socket Mode when there is
    an app token; `sender.run()` (or `sender.drain`, in a replay) delivers messages.
    """

    def __init__(self, deps: SlackDeps) -> None:
        self.client = AsyncWebClient(
            token=deps.bot_token, base_url=deps.api_url, timeout=deps.call_timeout_s, retry_handlers=[]
        )
        self._changed, self._database = deps.changed, deps.database
        self.links = Links(self.client)
        deps = replace(deps, changed=self._something_changed, address=self.links.to)
        self.dispatcher = Dispatcher(deps, self.client, routes())
        self.pagers = Pagers(deps.config.team) if deps.pagers else None
        self.renderer = Renderer(deps.config, self.links.to)
        self.sender = Sender(
            SenderDeps(
                database=deps.database,
                clock=deps.clock,
                client=self.client,
                team=deps.config.team,
                render=self.renderer.render,
                pictures=deps.data,
                name=deps.sender,
                spacing=deps.spacing,
                lose=lambda session, lost, now: unreachable.lost(session, deps.config, lost, now),
                pagers=self.pagers,
                event=lambda session, row: load.pager_event(session, row, deps.url, self.links.to),
                arrived=self._arrived,
                delay=lambda session, row, why, now: unreachable.delayed(session, int(row.subject), why, now),
            )
        )
        self.user_groups = UserGroups(deps.database, deps.config, deps.clock, self.client)
        self.bolt = _bolt(deps, self.dispatcher)
        self._signing_secret, self._stamp = deps.signing_secret, deps.stamp
        self._apart = 0
        self._apart_at: float | None = None
        self._deps = deps
        self._app_token = deps.app_token
        self._socket: AsyncSocketModeHandler | None = None

    @property
    def route(self) -> Route:
        """The HTTP route that Slack's requests come to."""
        return Route(EVENTS_PATH, self.handle, methods=["POST"])

    @property
    def asgi(self) -> Starlette:
        """An application of its own with nothing but the route, for a server that mounts applications."""
        return Starlette(routes=[self.route])

    async def handle(self, request: HttpRequest) -> Response:
        """Answer one HTTP request of Slack: 401 for a wrong signature or a stale timestamp, 400 or 413 for what cannot
        be read."""
        try:
            admitted = await admit(request, self._signing_secret, self._stamp())
        except ClocksApartError as error:
            await self._clocks_apart(error.seconds)
            return JSONResponse({"error": str(error)}, status_code=error.status)
        except TurnedAwayError as error:
            log.info("slack.turned_away", status=int(error.status), reason=str(error))
            return JSONResponse({"error": str(error)}, status_code=error.status)
        self._apart = 0
        return to_starlette_response(await self.bolt.async_dispatch(admitted))

    async def _clocks_apart(self, seconds: float) -> None:
        """Say so, to people at most once an hour: no click does anything, and nobody would know why. Where others are
        let in between, it is no clock that is wrong."""
        self._apart += 1
        log.error("slack.clocks_apart", ahead_s=seconds, in_a_row=self._apart)
        told = self._apart_at is not None and time.monotonic() - self._apart_at < TELL_AGAIN.total_seconds()
        if told or self._apart < IN_A_ROW:
            return
        self._apart_at = time.monotonic()
        try:
            ahead, deps = timedelta(seconds=seconds), self._deps
            await self._database.run(
                lambda session: tell_slack_apart(session, deps.config, deps.sender, ahead, deps.clock.now())
            )
        except SQLAlchemyError:
            log.exception("telling of it failed, the next hour tries again")

    def _something_changed(self) -> None:
        """A person changed something: the messages about it go out at once, and so do the runs."""
        self.sender.wake()
        self._changed()

    async def _arrived(self, row: OutboxRow, now: datetime) -> None:
        """Once an alert's message is there, whoever was called meanwhile is shown the way to it."""
        if row.kind == "alert_group":
            await self.links.learn()
            await self._database.run(lambda session: point_out(session, int(row.subject), now))
        elif row.kind == "page_call":
            await self._database.run(lambda session: look_back(session, int(row.subject), now))

    async def start(self) -> None:
        await self.links.learn()
        await self.replay_unfinished()
        if self._app_token:
            self._socket = AsyncSocketModeHandler(self.bolt, self._app_token)
            await self._socket.connect_async()  # type: ignore[no-untyped-call]

    async def replay_unfinished(self) -> int:
        """Carry out what this replica acknowledged before a crash and did not finish; forget what is long done."""
        await self.dispatcher.forget(KEPT)
        return await self.dispatcher.replay_unfinished()

    async def forget(self) -> None:
        """Forget what is long done. A lost database is logged."""
        try:
            await self.dispatcher.forget(KEPT)
        except SQLAlchemyError:
            log.exception("forgetting requests failed, the next time tries again")

    async def take_over(self) -> None:
        """Carry out what another replica acknowledged and did not finish. A lost database is logged."""
        try:
            taken = await self.dispatcher.take_over()
        except SQLAlchemyError:
            log.exception("taking over requests failed, the next look tries again")
            return
        if taken:
            log.warning("slack.requests_taken_over", requests=taken)

    async def settle(self) -> None:
        """Wait until no request is under way."""
        await self.dispatcher.settle()

    async def stop(self) -> None:
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        await self.sender.stop()
        with suppress(TimeoutError):  # what still waits for a rate limit is on disk, and goes on at the next start
            await asyncio.wait_for(self.settle(), STOP_S)


def create_slack(deps: SlackDeps) -> SlackSurface:
    """The Slack surface over these tools; nothing is called or started yet."""
    return SlackSurface(deps)


def _bolt(deps: SlackDeps, dispatcher: Dispatcher) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        # One workspace, one token: asking Slack who we are would make the first click wait for another call.
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=deps.bot_token)

    # Requests are answered through our own client, so bolt's has no token (and bolt no reason to warn about one).
    app = AsyncApp(
        name="goldilocks",
        signing_secret=deps.signing_secret,
        request_verification_enabled=False,  # the door has looked, by a clock that bolt does not know
        client=AsyncWebClient(base_url=deps.api_url, retry_handlers=[]),
        authorize=lambda **_: authorize(),
    )
    listen(app, dispatcher)
    return app


def listen(app: AsyncApp, dispatcher: Dispatcher) -> None:
    """Register one middleware that records, one listener a kind, and one error handler."""

    async def recorded(body: dict[str, Any], context: AsyncBoltContext, next_: Next) -> BoltResponse:
        body = readable(body)
        kind = inbound.kind_of(body)
        if kind is None or not dispatcher.wants(kind, body):
            return BoltResponse(status=200)
        request = await dispatcher.record(kind, body)
        if request is None:
            return BoltResponse(status=200)
        context[_REQUEST] = request
        return await next_()

    async def at_once(context: AsyncBoltContext, ack: AsyncAck) -> None:
        await ack()
        await dispatcher.handle(context[_REQUEST])

    async def when_done(context: AsyncBoltContext, ack: AsyncAck) -> None:
        request: Request = context[_REQUEST]
        await dispatcher.handle(request)
        with dispatcher.busy_with(request):
            await ack(**request.answer)
            await request.tell_postponed()
            if request.then is not None:
                await request.then()

    async def broken(error: Exception, context: AsyncBoltContext) -> BoltResponse:
        request: Request | None = context.get(_REQUEST)
        if request is None:
            # Not on disk, so not acknowledged: Slack tells the person, and sends an event again.
            log.error("slack.not_recorded", exc_info=error)
            return BoltResponse(status=503)
        await dispatcher.broke(request, error)
        # The person was told: any other status would make Slack tell them a second time.
        return BoltResponse(status=200, body=request.answer if request.errors else "")

    app.middleware(recorded)
    app.command(_ANYTHING)(at_once)
    app.action(_ANYTHING)(at_once)
    app.shortcut(_ANYTHING)(at_once)
    app.event(_ANYTHING)(at_once)
    app.view_submission(_ANYTHING)(when_done)
    app.error(broken)
