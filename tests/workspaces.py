"""A workspace for tests: the sample one on a simulated clock, its Web API client, and tiny apps behind it."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.workspace.app import Workspace, create_workspace
from bot.workspace.config import WorkspaceConfig
from bot.workspace.controls import Controls
from bot.workspace.sample import sample_config
from core.clock import SimulatedClock
from tests.loopback import free_socket, serving

START = datetime(2013, 5, 1, 9, 0, tzinfo=UTC)
CHANNEL, QUIET = "C0FLIGHTS", "C0GENERAL"
ADA, GRACE = "U0ADA", "U0GRACE"

Handler = Callable[[Request], Awaitable[Response]]


def config_for(base_url: str, events_url: str | None = None, **changes: Any) -> WorkspaceConfig:
    """The sample workspace, whose files are processed at once and whose events are not sent again."""
    quick: dict[str, Any] = {"file_processing_seconds": 0.0, "retry_delays": ()}
    return dataclasses.replace(sample_config(base_url, events_url), **(quick | changes))


def make(clock: SimulatedClock | None = None, controls: Controls | None = None, **changes: Any) -> Workspace:
    """A workspace that nobody serves, for tests of its insides."""
    return create_workspace(
        config_for("http://workspace.test", **changes), clock or SimulatedClock(START), controls
    )


@asynccontextmanager
async def running(
    handler: Handler | None = None,
    *,
    clock: SimulatedClock | None = None,
    controls: Controls | None = None,
    **changes: Any,
) -> AsyncIterator[Workspace]:
    """A served workspace, and behind it a handler that gets what the workspace sends to its app."""
    workspace_socket, base_url = free_socket()
    app_socket, app_url = free_socket()
    config = config_for(base_url, f"{app_url}/slack/events" if handler else None, **changes)
    workspace = create_workspace(config, clock or SimulatedClock(START), controls)
    async with AsyncExitStack() as stack:
        stack.callback(app_socket.close)
        if handler is not None:
            await stack.enter_async_context(serving(_app(handler), app_socket))
        await stack.enter_async_context(serving(workspace.asgi, workspace_socket))
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        yield workspace


def _app(handler: Handler) -> Starlette:
    async def endpoint(request: Request) -> Response:
        return await handler(request)

    return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


def client_of(workspace: Workspace, token: str | None = None) -> AsyncWebClient:
    """slack_sdk's own client, pointed at this workspace; it never sends again by itself."""
    token = workspace.config.bot_token if token is None else token
    return AsyncWebClient(token=token, base_url=workspace.config.url("api/"), retry_handlers=[])


class Recorder:
    """An app that keeps what it was sent and answers as told (200 and nothing, unless told)."""

    def __init__(self, *answers: Response) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._answers = list(answers)

    def answer(self, response: Response) -> None:
        """Answer the next request like this."""
        self._answers.append(response)

    async def __call__(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        return self._answers.pop(0) if self._answers else Response()


async def refusal(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def error(call: Any) -> str:
    return str((await refusal(call))["error"])
