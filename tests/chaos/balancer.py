"""A load balancer in front of replicas: each connection goes to one that answers, and breaks when that one dies."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Balancer:
    """Forwards TCP; the order in which it tries the replicas is drawn anew for every connection. `turned_away` counts
    the connections for which no replica was up."""

    def __init__(self, backends: Sequence[str], dice: random.Random) -> None:
        self._backends = [(str(urlsplit(url).hostname), int(urlsplit(url).port or 0)) for url in backends]
        self._dice = dice
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.turned_away = 0

    async def __aenter__(self) -> "Balancer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            behind = await self._connect()
            if behind is not None:
                self._open.add(behind[1])
                await asyncio.gather(_pump(reader, behind[1]), _pump(behind[0], writer))
                self._open.discard(behind[1])
        finally:
            self._open.discard(writer)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The first that accepts; None when all are down, and then the connection is cut."""
        for host, port in self._dice.sample(self._backends, len(self._backends)):
            with suppress(OSError):
                return await asyncio.open_connection(host, port)
        self.turned_away += 1
        return None


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while part := await source.read(CHUNK):
                sink.write(part)
                await sink.drain()
    finally:
        sink.close()
