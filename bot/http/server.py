"""Serves an ASGI app inside a program that has other things to do as well."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from bot.http.descriptors import room_for_connections
from bot.http.ingest.quick import CLOSE, QuickProtocol

GRACE_S = 2
"""How long open connections may take to end; a page's event stream would hold on for ever."""

_IN_USE = "{} cannot be listened on; is it in use? Choose another port."


class PortInUseError(RuntimeError):
    """The server could not listen; the sentence says where."""


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Door:
    """Where requests come in."""

    config: uvicorn.Config

    def leave(self) -> None:
        """From now on each connection ends with its next reply, so that none is cut when the server stops."""
        self.config.encoded_headers.append(CLOSE)


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, grace_s: int = GRACE_S) -> AsyncIterator[Door]:
    """Listening while the block runs; raises PortInUseError when the address cannot be had. What has begun by its end
    has `grace_s` to be answered."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=QuickProtocol,
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=grace_s,
        limit_concurrency=room_for_connections() + 1,  # the one that is turned away
    )
    server = _Server(config)
    task = asyncio.create_task(_listen(server, f"{host}:{port}"))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it in a flag only
        await asyncio.sleep(0.01)
    if task.done():
        await task
    try:
        yield Door(config)
    finally:
        server.should_exit = True
        await task


def check_free(host: str, port: int) -> None:
    """Raises PortInUseError for a port that somebody listens on: better before long preparations than after."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortInUseError(_IN_USE.format(f"{host}:{port}")) from None


async def _listen(server: uvicorn.Server, address: str) -> None:
    try:
        await server.serve()
    except SystemExit:  # uvicorn's way of saying that it cannot bind
        raise PortInUseError(_IN_USE.format(address)) from None
