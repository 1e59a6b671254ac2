"""Serve an ASGI app on a free port of this machine, for tests that want real HTTP."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn


def free_socket() -> tuple[socket.socket, str]:
    """A bound socket and the base URL that will reach it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


PORTS = range(20_000, 32_000)
"""Below those that Linux gives away itself, to whoever asks for any port and to every connection."""


def free_port() -> int:
    """One for a process that starts later, or dies and starts again: nobody else is given it meanwhile."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"none of a hundred ports in {PORTS} is free")


@asynccontextmanager
async def serving(app: Any, bound: socket.socket) -> AsyncIterator[None]:
    """Serve until the block ends."""
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it only by a flag
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task
