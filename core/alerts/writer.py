"""The group-commit writer: one transaction for everything that arrived while the last one was being written."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from core.alerts.waiting import Done, Line, Waiting
from core.clock import Clock
from core.db.database import Database

T = TypeVar("T")
"""What arrives: deliveries of alerts, mostly."""

MAX_WAITING = 20_000
"""How many alerts may wait for the disk before senders are told to come again."""

PAUSE_S = 0.004
"""How long more is gathered after a transaction that held several requests: a commit costs as much as a hundred
alerts. Whoever sends alone does not wait."""

REST_S = 0.05
"""How long nothing has to come in before what was put off is done."""

PATIENCE_S = 8.0
"""How long a sender waits for the disk before it is told to come again: Prometheus and Alertmanager give up after ten
seconds, and then nobody knows why."""

LOOK_S = 0.5
"""How often is looked who has waited too long, while a transaction runs."""

AGAIN = "please send this again"
NO_ANSWER = f"the database has not answered for some seconds; {AGAIN}"
ATTEMPTS = 3
"""Another process that opens the same group at the same instant makes one of the two start again."""


class OverloadedError(Exception):
    """More waits for the disk than can be promised, or it does not answer. Sending it again is harmless."""


class Settling(Protocol):
    """What has something left to do when nothing comes in any more, or while more is gathered when much is left. It
    can be done again from what is on disk."""

    @property
    def unsettled(self) -> bool: ...

    @property
    def pressing(self) -> bool: ...

    def settle(self, session: Session) -> None: ...


class AlertWriter(Generic[T]):
    """Stores what arrives with `store`, and returns from `put` only after the commit that holds them.

    `stored` is called after each commit, in the event loop, with what `store` returned. What `settling` has put off is
    done when nothing comes in. Use it as an asynchronous context manager; on leaving, what waits is still written.

    Nobody waits much longer than `patience_s`: while the database answers no more, who waits is told so, and who comes
    is turned away at once.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        store: Callable[[Session, Sequence[T], datetime], Any],
        max_waiting: int = MAX_WAITING,
        stored: Callable[[Any], None] | None = None,
        settling: Settling | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._database, self._clock, self._store = database, clock, store
        self._max_waiting, self._stored, self._settling = max_waiting, stored, settling
        self._line: Line[T] = Line()
        self._patience_s = patience_s
        self._stalled = False
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._thread = ThreadPoolExecutor(1, "alert-writer")

    @property
    def ready(self) -> bool:
        """Whether anything is taken at present."""
        running = self._task is not None and not self._task.done()
        return running and not self._closing and not self._stalled and self._line.alerts < self._max_waiting

    @property
    def waiting(self) -> int:
        """How many alerts wait for the disk, those of the running transaction included."""
        return self._line.alerts

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
            raise OverloadedError(
                NO_ANSWER if self._stalled else f"{self.waiting} alerts wait to be stored; {AGAIN}"
            )
        self._line.add(arrivals, done, time.monotonic() + self._patience_s)
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
        while self._line or not self._closing:
            if not self._line:
                await self._rest()
                continue
            requests = self._line.take()
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
                (await self._on_disk(partial(self._database.do, self._settling.settle, durable=False))).result()

    async def _commit(self, requests: Sequence[Waiting[T]]) -> None:
        """Store them together; if their content fails, one by one, so that only the culprit is refused."""
        batch = [a for request in requests for a in request.arrivals]
        writing = await self._on_disk(partial(self._write, batch), requests)
        error = writing.exception()
        if error is not None and len(requests) > 1 and not isinstance(error, OperationalError):
            for request in requests:
                await self._commit([request])
            return
        for request in requests:
            self._line.leave(request, error)
        if error is None and self._stored is not None:
            self._stored(writing.result())

    async def _on_disk(self, work: Callable[[], Any], requests: Sequence[Waiting[T]] = ()) -> asyncio.Future[Any]:
        """Do `work` in the writer's thread. If that takes long, those who have waited too long are told."""
        began, doing = time.monotonic(), asyncio.get_running_loop().run_in_executor(self._thread, work)
        while not (await asyncio.wait({doing}, timeout=min(LOOK_S, self._patience_s)))[0]:
            now = time.monotonic()
            self._stalled = now - began >= self._patience_s
            self._line.give_up(requests, now, OverloadedError(NO_ANSWER))
        self._stalled = False
        return doing

    def _write(self, batch: Sequence[T]) -> Any:
        def work(session: Session) -> Any:
            return self._store(session, batch, self._clock.now())

        for _ in range(ATTEMPTS - 1):
            with suppress(IntegrityError, OperationalError):
                return self._database.do(work)
        return self._database.do(work)
