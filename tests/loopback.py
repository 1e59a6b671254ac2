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
async def serving(app: Any, bound: socket.socket, **how: Any) -> AsyncIterator[None]:
    """Serve until the block ends; uvicorn's own loop would look only every tenth of a second whether it has."""
    config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", **how)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[bound])
    await server.on_tick(0)  # what it says in each answer
    try:
        yield
    finally:
        await _stop(server)


async def _stop(server: uvicorn.Server, patience_s: float = 1) -> None:
    """Take no more connections, let those that there are end, and cancel what has not after a while."""
    state, until = server.server_state, asyncio.get_running_loop().time() + patience_s
    for listener in server.servers:
        listener.close()
    for connection in list(state.connections):
        connection.shutdown()
    while (state.connections or state.tasks) and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    for task in state.tasks:
        task.cancel()
