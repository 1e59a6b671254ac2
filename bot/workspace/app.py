"""A Slack-shaped workspace: builds its parts and serves Web API, response URLs, files, sockets and the page."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from core.clock import Clock

from . import faults_http
from .acting.clicking import Clicking
from .acting.driver import Driver
from .acting.modals import Modals
from .acting.responses import respond
from .acting.talking import Talking
from .config import Person, WorkspaceConfig
from .context import Context
from .controls import Controls, as_of_now
from .errors import SlackError
from .faults import Faults
from .files import Files
from .journal import Journal
from .ratelimit import RateLimiter
from .state import WorkspaceState
from .triggers import ResponseUrls, Triggers
from .ui.acts import Acts
from .ui.hub import Hub, relay
from .ui.sights import Sights
from .views import Views
from .webapi import chat, conversations, http, marks, people, uploads, views
from .wire.delivery import Delivery
from .wire.socket_mode import SocketMode

PAGE = Path(__file__).parent / "page"
CLOCK_SECONDS = 0.5
METHOD_MODULES = (chat, conversations, marks, people, uploads, views)
"""Importing these registers the Web API's methods."""


class Workspace(Driver):
    """One workspace. `asgi` serves it, `start` and `stop` frame its life, Driver's methods play its people."""

    def __init__(self, ctx: Context, controls: Controls | None, journal: Journal | None) -> None:
        self.ctx = ctx
        self._journal = journal
        self.controls = controls
        self.hub = Hub()
        self.socket = SocketMode(ctx.config)
        delivery = Delivery(ctx.config, self.socket)
        talking = Talking(ctx, delivery)
        clicking = Clicking(ctx, delivery, talking)
        modals = Modals(ctx, delivery, talking)
        super().__init__(ctx, delivery, talking, clicking, modals)
        self._page_routes = [
            *Sights(ctx, self.hub, talking, controls).routes(),
            *Acts(ctx, talking, clicking, modals, controls).routes(),
        ]
        ctx.state.listen(lambda kind, subject: relay(ctx, self.hub, kind, subject))
        self.asgi = Starlette(routes=self._routes())
        self._clock_task: asyncio.Task[None] | None = None

    @property
    def config(self) -> WorkspaceConfig:
        return self.ctx.config

    @property
    def people(self) -> tuple[Person, ...]:
        return self.ctx.config.people

    @property
    def faults(self) -> Faults:
        """The switch that makes Web API calls fail."""
        return self.ctx.faults

    @property
    def calls(self) -> dict[str, int]:
        """How often each Web API method was called."""
        return dict(self.ctx.calls)

    async def start(self) -> None:
        """Begin relaying the clock to open pages."""
        if self.controls is not None and self._clock_task is None:
            self._clock_task = asyncio.get_running_loop().create_task(self._relay_clock(self.controls))

    async def stop(self) -> None:
        """End deliveries, sockets and open pages."""
        if self._clock_task is not None:
            self._clock_task.cancel()
            await asyncio.gather(self._clock_task, return_exceptions=True)
            self._clock_task = None
        self.hub.close()
        await self._delivery.close()
        await self.socket.close()
        if self._journal is not None:
            self._journal.close()

    async def _relay_clock(self, controls: Controls) -> None:
        shown: dict[str, Any] | None = None
        while True:
            if self.hub.people and (state := controls.state()) != shown:
                shown = state
                self.hub.publish(self.hub.people, "clock", as_of_now(controls))
            await asyncio.sleep(CLOCK_SECONDS)

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/api/{method}", self._api, methods=["GET", "POST"]),
            Route("/response/{key}", self._response, methods=["POST"]),
            Route("/upload/v1/{key}", self._upload, methods=["POST", "PUT"]),
            Route("/files/{file_id}", self._file, methods=["GET"]),
            Route("/files/{file_id}/{name}", self._file, methods=["GET"]),
            WebSocketRoute("/link", self._link),
            *self._page_routes,
            *faults_http.routes(self.ctx),
            Route("/", self._index, methods=["GET"]),
            Route("/archives/{channel}/p{packed:int}", self._permalink, methods=["GET"]),
            Mount("/static", PageFiles(directory=PAGE, check_dir=False)),
        ]

    async def _api(self, request: Request) -> Response:
        return await http.call(self.ctx, request)

    async def _link(self, websocket: WebSocket) -> None:
        await self.socket.serve(self.ctx, websocket)

    async def _index(self, request: Request) -> Response:  # noqa: ARG002 - the page reads its address itself
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def _permalink(self, request: Request) -> Response:
        """A permalink leads to the page, which shows the message."""
        packed = f"{request.path_params['packed']:07d}"
        place = f"{request.path_params['channel']}/{packed[:-6]}.{packed[-6:]}"
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{request.scope.get('root_path', '')}/#/{place}{query}")

    async def _response(self, request: Request) -> Response:
        """A response URL: `ok`, or 404 with the reason, as hooks.slack.com answers."""
        try:
            payload = await request.json()
            respond(self.ctx, self.ctx.response_urls.use(request.path_params["key"]), payload)
        except SlackError as refusal:
            return JSONResponse(refusal.body(), status_code=404)
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        return PlainTextResponse("ok")

    async def _upload(self, request: Request) -> Response:
        file = self.ctx.files.by_upload_key(request.path_params["key"])
        if file is None or file.completed:
            return PlainTextResponse("not found", status_code=404)
        try:
            self.ctx.files.receive(file, await _uploaded_bytes(request))
        except SlackError as refusal:
            return PlainTextResponse(refusal.error, status_code=400)
        return PlainTextResponse(f"OK - {file.length}")

    async def _file(self, request: Request) -> Response:
        file = self.ctx.files.get(request.path_params["file_id"])
        if file is None or not file.completed or file.content is None:
            return PlainTextResponse("not found", status_code=404)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        if not file.shows_as_image:
            headers["Content-Disposition"] = "attachment"
        return Response(file.content, media_type=file.mimetype, headers=headers)


class PageFiles(StaticFiles):
    """The page's parts, asked for anew each time: after an update, old and new ones must not meet in a browser."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        response = super().file_response(*args, **more)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def _uploaded_bytes(request: Request) -> bytes:
    """The raw body, or the first file of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        upload = next((item for item in form.values() if not isinstance(item, str)), None)
        return b"" if upload is None else await upload.read()


def create_workspace(
    config: WorkspaceConfig, clock: Clock, controls: Controls | None = None, rates: Clock | None = None
) -> Workspace:
    """Build a workspace; one with a journal has its messages of before again. `rates` is the clock of its call rates,
    where that is another."""
    state = WorkspaceState(config, clock)
    files = Files(config)
    journal = None if config.journal is None else Journal(config.journal)
    if journal is not None:
        journal.replay(state, files)
        state.listen(journal.record)
    ctx = Context(
        config=config,
        clock=clock,
        state=state,
        views=Views(config, state),
        files=files,
        triggers=Triggers(config.trigger_seconds),
        response_urls=ResponseUrls(clock),
        rates=RateLimiter(config.rate_limits, rates or clock),
    )
    return Workspace(ctx, controls, journal)
