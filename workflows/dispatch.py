"""The dispatcher of durable runs: starts those that were asked for, and lets nobody wait for an engine that hangs."""

import asyncio
from typing import Any, Protocol

import structlog

from core.runs import store
from core.runs.tables import Run
from workflows.failures import in_words, stack_of
from workflows.ports import Workshop

log = structlog.get_logger(__name__)

PROMPT_S = 2.0
"""How long a pass over what is due waits for the engine to take a run. Mostly it takes milliseconds."""


class Engine(Protocol):
    """Performs runs durably, each id once."""

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None: ...


class Dispatcher:
    """Looks for runs that were asked for and are not settled, and starts each once; one look at a time.

    The engine has a database of its own. When that hangs, so does a look, and pages must go on all the same.
    """

    def __init__(self, workshop: Workshop, engine: Engine) -> None:
        self._workshop, self._engine = workshop, engine
        self._started: set[str] = set()
        self._looking: asyncio.Task[None] | None = None
        self._asked = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def dispatch(self) -> None:
        """Start all of them; returns when they are started. Raises what the own database raises."""
        await asyncio.shield(self._ask())

    async def promptly(self) -> None:
        """The same, but wait for a moment only, and not at all for a look that was under way before."""
        before = self._looking
        looking = self._ask()
        if looking is not before:
            await asyncio.wait({looking}, timeout=PROMPT_S)
        if looking.done():
            looking.result()

    def wake(self) -> None:
        """Something was asked for: start it soon. Only from the event loop's own thread."""
        self._ask()

    async def settled(self) -> None:
        """Wait until every run that was started here is settled."""
        await self._idle.wait()

    def done(self, run_id: str) -> None:
        """This run is settled."""
        self._started.discard(run_id)
        if not self._started:
            self._idle.set()

    def _ask(self) -> "asyncio.Task[None]":
        self._asked = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
            self._looking.add_done_callback(_heard)
        return self._looking

    async def _look(self) -> None:
        """Look, and again if anybody asked meanwhile."""
        while self._asked:
            self._asked = False
            for run in await self._workshop.database.fetch(self._open):
                if run.id not in self._started:
                    await self._start(run)

    def _open(self, session: Any) -> Any:
        """None where a replica with a newer YAML lives: it begins what was asked for."""
        digest, now = self._workshop.config.digest, self._workshop.clock.now()
        return () if store.superseded(session, digest, now) else store.open_runs(session)

    async def _start(self, run: Run) -> None:
        """One that the engine does not take is tried again at the next look."""
        self._started.add(run.id)
        self._idle.clear()
        try:
            await self._engine.start(run.id, run.kind, run.args)
        except Exception as problem:
            self.done(run.id)
            log.error("run.not_started", run=run.id, why=in_words(problem), exc_info=stack_of(problem))


def _heard(looking: "asyncio.Task[None]") -> None:
    """Nobody may have waited for it; whoever asks next finds out for themselves."""
    if not looking.cancelled():
        looking.exception()
