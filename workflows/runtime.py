"""What makes things happen over time: one pass over everything that is due, and what durable runs do."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.config.load import Config
from core.db.database import is_lost
from core.runs import store
from workflows import (
    auditor,
    check_rota,
    follow_yaml,
    hand_off,
    heartbeats,
    read_calendars,
    shadow_plan,
    still_on_it,
)
from workflows.approve import expire_approvals
from workflows.deadlines import next_deadline
from workflows.digest import send_digests
from workflows.dispatch import Dispatcher, Engine
from workflows.failures import in_words, report, stack_of
from workflows.lapse import expire
from workflows.lapse import tell_due as tell_groups
from workflows.own_alerts import TAKING, raise_own
from workflows.ports import Workshop
from workflows.redeclare import tell_redeclared
from workflows.retention.forget import forget_due
from workflows.schedules import fire_schedules
from workflows.silence_ends import warn_due
from workflows.step_pages import step_due
from workflows.steps import Steps
from workflows.swap_shifts import expire_swaps
from workflows.tell_duty import plan_due, tell_due

log = structlog.get_logger(__name__)

Workflow = Callable[[Steps, Workshop, dict[str, Any]], Awaitable[None]]
Take = Callable[[Session, Config, datetime], int]


TAKES: tuple[Take, ...] = (
    follow_yaml.follow,
    expire,
    tell_groups,
    warn_due,
    heartbeats.watch,
    step_due,
    still_on_it.look_due,
    tell_redeclared,
    hand_off.draft_due,
    hand_off.chase,
    expire_swaps,
    plan_due,
    tell_due,
    check_rota.watch,
    shadow_plan.propose_due,
    expire_approvals,
    send_digests,
    fire_schedules,
    read_calendars.fire,
    forget_due,
)
"""Every pass over something that is due, pages before all that can wait."""


TELL_AGAIN = timedelta(minutes=10)
"""How long a pass that goes on failing is not told again."""


def _take(take: Take, config: Config, now: datetime, session: Session) -> int:
    return take(session, config, now)


def _name(take: Take) -> str:
    return f"{take.__module__}.{take.__qualname__}"


def _raise(config: Config, name: str, problem: Exception, now: datetime, session: Session) -> None:
    raise_own(session, config, TAKING, name, f"{name}: {in_words(problem)}", now)


class Runtime:
    """Takes what is due (`tick`), starts what was asked for, and knows when it has something to do next. `went_well`
    when a `pulse` last did (monotonic)."""

    def __init__(
        self,
        workshop: Workshop,
        workflows: Mapping[str, Workflow],
        engine: Engine,
        takes: Sequence[Take] = TAKES,
    ) -> None:
        self._workshop, self._takes = workshop, takes
        self._told: dict[str, datetime] = {}
        self._broken: Mapping[str, Exception] = {}
        self._workflows = workflows
        self._dispatcher = Dispatcher(workshop, engine)
        self.went_well = time.monotonic()

    async def tick(self) -> None:
        """Everything that is due at the clock's now, in one transaction each; then start the runs it asked for."""
        await self._take_due()
        await self.dispatch()

    async def _take_due(self) -> None:
        """Nothing while a replica with a newer YAML lives: it takes what is due, and begins what was asked for."""
        if await self._superseded():
            return
        broken = {_name(take): problem for take in self._takes if (problem := await self._pass(take))}
        await self._tell({name: problem for name, problem in broken.items() if name in self._broken})
        self._broken = broken

    async def _pass(self, take: Take) -> Exception | None:
        """One pass, and what went wrong in it: a mistake of ours must not keep the others from theirs, least of all
        pages. A lost database is lost to all, and raised."""
        config, now = self._workshop.config, self._workshop.clock.now()
        work = self._workshop.database.run(partial(_take, take, config, now))
        (outcome,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(outcome, int):
            return None
        if isinstance(outcome, Exception) and not is_lost(outcome):
            return outcome
        raise outcome

    async def _tell(self, broken: Mapping[str, Exception]) -> None:
        """Log and raise what broke twice in a row, every now and then: it breaks again every second. Once is another
        replica that was quicker."""
        now = self._workshop.clock.now()
        for name, problem in broken.items():
            if now - self._told.get(name, now - TELL_AGAIN) >= TELL_AGAIN:
                self._told[name] = now
                log.error("pass.failed", name=name, exc_info=problem)
                await self._workshop.database.run(partial(_raise, self._workshop.config, name, problem, now))

    async def pulse(self) -> None:
        """Look whether anything is due, and take it; cheap when nothing is. A lost database is logged, not fatal. It
        does not wait for an engine that hangs."""
        try:
            if await self._is_due():
                await self._take_due()
            await self._dispatcher.promptly()
            self.went_well = time.monotonic()
        except SQLAlchemyError:
            log.exception("pulse failed, the next one tries again")

    async def _is_due(self) -> bool:
        """Whether anything is due. Where that cannot be told it is: nobody may miss a page over another's date."""
        try:
            due = await self.next_due()
        except Exception as problem:
            if is_lost(problem):
                raise
            log.exception("cannot tell what is due next, so everything is looked at")
            return True
        return due is not None and due <= self._workshop.clock.now()

    async def inspect(self) -> None:
        """Let the auditor look for what stood still; it only writes when it found something. A lost database is
        logged."""
        database, config, now = self._workshop.database, self._workshop.config, self._workshop.clock.now()
        try:
            if await self._superseded():
                return
            if await database.fetch(partial(_take, auditor.suspicious, config, now)):
                repaired = await database.run(partial(_take, auditor.inspect, config, now))
                log.warning("auditor repaired", count=repaired)
        except SQLAlchemyError:
            log.exception("inspection failed, the next one tries again")

    async def dispatch(self) -> None:
        """Start every run that was asked for and is not settled; safe to call at any time, from anywhere."""
        await self._dispatcher.dispatch()

    async def _superseded(self) -> bool:
        """Whether a replica with a newer YAML lives."""
        digest, now = self._workshop.config.digest, self._workshop.clock.now()
        return await self._workshop.database.fetch(lambda session: store.superseded(session, digest, now))

    def wake(self) -> None:
        """Something was asked for: start it soon. Only from the event loop's own thread."""
        self._dispatcher.wake()

    async def settled(self) -> None:
        """Wait until every run that was started here is settled."""
        await self._dispatcher.settled()

    async def next_due(self) -> datetime | None:
        """The next instant at which `tick` will find something to do."""
        config, now = self._workshop.config, self._workshop.clock.now()
        return await self._workshop.database.fetch(lambda session: next_deadline(session, config, now))

    async def perform(self, steps: Steps, run_id: str, kind: str, args: dict[str, Any]) -> None:
        """Do one run and settle it. A run that fails is settled as failed, and becomes an alert of its pipeline."""
        error = None
        try:
            await self._workflows[kind](steps, self._workshop, args)
        except Exception as problem:
            error = in_words(problem)
            log.error("run failed", run=run_id, why=error, exc_info=stack_of(problem))
        await steps("settle", lambda: self._settle(run_id, kind, args, error))
        self._dispatcher.done(run_id)

    async def _settle(self, run_id: str, kind: str, args: dict[str, Any], error: str | None) -> None:
        config, now = self._workshop.config, self._workshop.clock.now()

        def work(session: Session) -> None:
            store.settle(session, run_id, now, error)
            report(session, config, run_id, kind, args, error, now)

        await self._workshop.database.run(work)
