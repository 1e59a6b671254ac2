"""The group-commit writer: one transaction for everything that arrived while the last one was being written."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import repeat
from operator import length_hint
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import Clock
from core.db.database import Database

T = TypeVar("T")
"""What arrives: deliveries of alerts, mostly."""

MAX_WAITING = 20_000
"""How many alerts may wait for the disk before senders are told to come again."""

MAX_COMMIT = 2_048
"""How many alerts one transaction takes, so that nobody waits long for a huge one."""

MAX_PART = 1_000
"""How many alerts of one request go into a transaction: if each opens or ends a group, more would take seconds. Others
do not wait for the rest of such a request."""

PAUSE_S = 0.004
"""How long more is gathered after a transaction that held several requests: a commit costs as much as a hundred
alerts. Whoever sends alone does not wait."""

REST_S = 0.05
"""How long nothing has to come in before what was put off is done."""

ATTEMPTS = 3
"""Another process that opens the same group at the same instant makes one of the two start again."""


class OverloadedError(Exception):
    """More waits for the disk than can be promised; nothing was stored."""


Done = Callable[[BaseException | None], None]
"""Is told once what became of a request: None when all of it is on disk."""


class Settling(Protocol):
    """What has something left to do when nothing comes in any more, or while more is gathered when much is left. It
    can be done again from what is on disk."""

    @property
    def unsettled(self) -> bool: ...

    @property
    def pressing(self) -> bool: ...

    def settle(self, session: Session) -> None: ...


class _Waiting(NamedTuple, Generic[T]):
    arrivals: Sequence[T]
    size: int
    done: Done


class AlertWriter(Generic[T]):
    """Stores what arrives with `store`, and returns from `put` only after the commit that holds them.

    `stored` is called after each commit, in the event loop, with what `store` returned. What `settling` has put off is
    done when nothing comes in. Use it as an asynchronous context manager; on leaving, what waits is still written.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        store: Callable[[Session, Sequence[T], datetime], Any],
        max_waiting: int = MAX_WAITING,
        stored: Callable[[Any], None] | None = None,
        settling: Settling | None = None,
    ) -> None:
        self._database, self._clock, self._store = database, clock, store
        self._max_waiting, self._stored, self._settling = max_waiting, stored, settling
        self._waiting: list[_Waiting[T]] = []
        self._parts: deque[_Waiting[T]] = deque()
        self._alerts = 0
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._thread = ThreadPoolExecutor(1, "alert-writer")

    @property
    def ready(self) -> bool:
        """Whether anything is taken at present."""
        running = self._task is not None and not self._task.done()
        return running and not self._closing and self._alerts < self._max_waiting

    @property
    def waiting(self) -> int:
        """How many alerts wait for the disk, those of the running transaction included."""
        return self._alerts

    async def put(self, arrivals: Sequence[T]) -> None:
        """Wait until these are on disk; raises OverloadedError at once when too many wait already.

        When it raises anything else, some may be on disk: sending them again is harmless.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: BaseException | None) -> None:
            if stored.done():
                return
            if error is None:
                stored.set_result(None)
            else:
                stored.set_exception(error)

        self.put_soon(arrivals, done)
        await stored

    def put_soon(self, arrivals: Sequence[T], done: Done) -> None:
        """Store these and then call `done`, from the event loop's thread; raises OverloadedError as `put` does."""
        if not arrivals:
            done(None)
            return
        if not self.ready:
            raise OverloadedError(f"{self._alerts} alerts wait to be stored; please send this again")
        size = _size(arrivals)
        self._alerts += size
        parts = [arrivals] if size <= MAX_PART else _parts(arrivals)
        if len(parts) == 1:
            self._waiting.append(_Waiting(arrivals, size, done))
        else:
            done = _once_for(len(parts), done)
            self._parts += [_Waiting(part, _size(part), done) for part in parts]
        self._something.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="alert-writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._something.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        while self._waiting or self._parts or not self._closing:
            if not self._waiting and not self._parts:
                await self._rest()
                continue
            requests = self._take()
            await self._commit(requests)
            if len(requests) > 1 and not self._closing:
                await self._gather()
        await self._settle()

    async def _gather(self) -> None:
        """Let more come in; if much was put off, do it meanwhile."""
        if self._settling is not None and self._settling.pressing:
            await asyncio.gather(asyncio.sleep(PAUSE_S), self._settle())
        else:
            await asyncio.sleep(PAUSE_S)

    async def _rest(self) -> None:
        """Wait for something to come in; if that takes a while, do what was put off."""
        self._something.clear()
        try:
            async with asyncio.timeout(REST_S if self._settling and self._settling.unsettled else None):
                await self._something.wait()
        except TimeoutError:
            await self._settle()

    async def _settle(self) -> None:
        if self._settling is not None and self._settling.unsettled:
            # Somebody else may keep the database busy, or it may be away or only read for a while; this can wait.
            with suppress(SQLAlchemyError):
                work = partial(self._database.do, self._settling.settle, durable=False)
                await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _take(self) -> list[_Waiting[T]]:
        """What the next transaction takes: what came first, and one part of a large request."""
        size = taken = 0
        for waiting in self._waiting:
            if taken and size + len(waiting.arrivals) > MAX_COMMIT:
                break
            size += len(waiting.arrivals)
            taken += 1
        first, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if self._parts:
            first.append(self._parts.popleft())
        return first

    async def _commit(self, requests: Sequence[_Waiting[T]]) -> None:
        """Store them together; if their content fails, one by one, so that only the culprit is refused."""
        batch = [a for request in requests for a in request.arrivals]
        writing = asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)
        await asyncio.wait({writing})
        error = writing.exception()
        if error is not None and len(requests) > 1 and not isinstance(error, OperationalError):
            for request in requests:
                await self._commit([request])
            return
        for request in requests:
            self._alerts -= request.size
            request.done(error)
        if error is None and self._stored is not None:
            self._stored(writing.result())

    def _write(self, batch: Sequence[T]) -> Any:
        def work(session: Session) -> Any:
            return self._store(session, batch, self._clock.now())

        for _ in range(ATTEMPTS - 1):
            with suppress(IntegrityError, OperationalError):
                return self._database.do(work)
        return self._database.do(work)


def _parts(arrivals: Sequence[T]) -> list[Sequence[T]]:
    """As few as there can be in order, none of more than `MAX_PART` alerts unless it is a single arrival."""
    parts: list[Sequence[T]] = []
    first = size = 0
    for place, more in enumerate(map(length_hint, arrivals, repeat(1))):
        if place > first and size + more > MAX_PART:
            parts.append(arrivals[first:place])
            first, size = place, 0
        size += more
    return [*parts, arrivals[first:]]


def _once_for(parts: int, done: Done) -> Done:
    """Calls `done` when it was called for every part, with what failed first."""
    missing, failed = parts, None

    def part_done(error: BaseException | None) -> None:
        nonlocal missing, failed
        missing, failed = missing - 1, failed or error
        if not missing:
            done(failed)

    return part_done


def _size(arrivals: Sequence[object]) -> int:
    """How many alerts these stand for: as many as each is long, or one."""
    return sum(map(length_hint, arrivals, repeat(1)))
