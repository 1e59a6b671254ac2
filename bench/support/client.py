"""Kept connections that send one request after another and note how long each took."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

CONNECTIONS = 32
Work = Iterator[tuple[list[int], bytes]]


@dataclass
class Result:
    """What one run came to. `answered` names the alerts that were acknowledged as firing; `cpu` and `seconds` are
    the servers' processor time and the time that passed."""

    acknowledged: int = 0
    refused: int = 0
    cpu: float = 0.0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)

    @property
    def rate(self) -> float:
        """Alerts per processor second."""
        return self.acknowledged / self.cpu

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1_000


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one was answered, until there is none or the time is up."""

    def __init__(self, work: Work, until: float, batch: int, result: Result) -> None:
        self._work, self._until, self._batch, self._result = work, until, batch, result
        self._transport = cast("asyncio.Transport", None)
        self._firing: list[int] = []
        self._got = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._got = b""
        self._result.latencies.append(time.perf_counter() - self._sent)
        if head.startswith(b"HTTP/1.1 200"):
            self._result.acknowledged += self._batch
            self._result.answered.update(self._firing)
        else:
            self._result.refused += self._batch
        self._go_on()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _go_on(self) -> None:
        item = next(self._work, None) if time.perf_counter() < self._until else None
        if item is None:
            self._transport.close()
            return
        self._firing, request = item
        self._sent = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def send(ports: list[int], work: Work, batch: int, until: float, result: Result) -> None:
    """Spread the connections over the ports and send until there is no work or `until` (of `time.perf_counter`)."""
    loop = asyncio.get_running_loop()
    made = []
    for number in range(CONNECTIONS):
        _, connection = await loop.create_connection(
            lambda: Connection(work, until, batch, result), "127.0.0.1", ports[number % len(ports)]
        )
        made.append(connection)
    await asyncio.gather(*(connection.done for connection in made))
