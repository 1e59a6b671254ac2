"""Serves an ASGI app inside a program that has other things to do as well."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

GRACE_S = 2
"""How long open connections may take to end; a page's event stream would hold on for ever."""


class PortInUseError(RuntimeError):
    """The server could not listen; the sentence says where."""


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[None]:
    """Listening while the block runs; raises PortInUseError when the address cannot be had."""
    config = uvicorn.Config(
        app, host=host, port=port, lifespan="off", log_level="critical", timeout_graceful_shutdown=GRACE_S
    )
    server = _Server(config)
    task = asyncio.create_task(_listen(server, f"{host}:{port}"))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells it in a flag only
        await asyncio.sleep(0.01)
    if task.done():
        await task
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def _listen(server: uvicorn.Server, address: str) -> None:
    try:
        await server.serve()
    except SystemExit:  # uvicorn's way of saying that it cannot bind
        raise PortInUseError(f"{address} cannot be listened on; is it in use? Choose another port.") from None
