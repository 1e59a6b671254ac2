"""The durable engine's own database, watched: pages go on without it, evaluations, retrainings and rollbacks do not."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.asking import Asking
from core.runs import store
from core.text import plural
from workflows.failures import in_words
from workflows.own_alerts import RUNS, end_own, raise_own
from workflows.ports import Workshop
from workflows.replicas import Heir, take_over

log = structlog.get_logger(__name__)

ANSWERS_S = 5.0
"""How long its database may take to answer."""

TELL_AFTER = timedelta(minutes=1)
"""As long as most failovers of a database take."""

URGENT_AFTER = timedelta(minutes=10)
"""Then somebody is called: what watches models stands still, and a rollback that was approved does not happen."""

TELL_AGAIN = timedelta(minutes=10)
"""How often the alert is raised again while it lasts."""

NO_ANSWER = f"it gives no answer within {ANSWERS_S:g} seconds"


class Launched(Heir, Protocol):
    """An engine that begins when its database is there."""

    @property
    def launched(self) -> bool: ...

    def ping(self) -> None:
        """Ask its database anything; raises SQLAlchemyError when it does not answer. Blocks."""
        ...

    async def begin(self) -> None:
        """Take up work. In the loop in which runs shall live."""
        ...


class EngineWatch:
    """Asks the engine's database whether it is there, begins when it is, and tells people when it is not. `problem`
    says what is wrong, and is empty while nothing is."""

    def __init__(self, workshop: Workshop, engine: Launched, replica: str, answers_s: float = ANSWERS_S) -> None:
        self._workshop, self._engine, self._replica, self._answers_s = workshop, engine, replica, answers_s
        self._asking = Asking(lambda: asyncio.to_thread(engine.ping))
        self._since: datetime | None = None
        self._told: tuple[Severity, datetime] | None = None
        self._quiet = False
        self.problem = ""

    async def begin(self) -> None:
        """Begin if its database is there; what else is wrong with it is raised."""
        await self._ask()
        if not self.problem:
            await self._engine.begin()

    async def look(self) -> None:
        """Look once. A lost database of our own is logged; what else is wrong with the engine is told like its own."""
        now = self._workshop.clock.now()
        try:
            await self._ask()
            if not self.problem and not self._engine.launched:
                await self._launch()
            self._since = (self._since or now) if self.problem else None
            await self._tell(now)
            if not self.problem:
                await take_over(self._workshop, self._engine)
        except SQLAlchemyError:
            log.exception("runs.look_failed, the next one tries again")

    async def _ask(self) -> None:
        try:
            await self._asking.wait(self._answers_s)
        except TimeoutError:
            self.problem = NO_ANSWER
        except SQLAlchemyError as error:
            self.problem = in_words(error)
        else:
            self.problem = ""

    async def _launch(self) -> None:
        try:
            await self._engine.begin()
        except Exception as error:
            log.exception("runs.not_launched, the next look tries again")
            self.problem = in_words(error)

    async def _tell(self, now: datetime) -> None:
        """Raise the alert, again when it becomes urgent, and end it; also what was raised before a restart."""
        if self._since is None:
            if not self._quiet:
                await self._workshop.database.run(lambda session: self._end(session, now))
            self._told, self._quiet = None, True
            return
        lasted = now - self._since
        severity = Severity.CRITICAL if lasted >= URGENT_AFTER else Severity.WARNING
        fresh = self._told is not None and self._told[0] == severity and now - self._told[1] < TELL_AGAIN
        if lasted >= TELL_AFTER and not fresh:
            await self._workshop.database.run(lambda session: self._raise(session, severity, now))
            self._told, self._quiet = (severity, now), False
            log.error("runs.database_unavailable", why=self.problem, since=self._since.isoformat())

    def _raise(self, session: Session, severity: Severity, now: datetime) -> None:
        waiting = len(store.open_runs(session))
        waits = f" {plural(waiting, 'run')} waited for it." if waiting else ""
        said = f"Replica {self._replica} cannot use the database of durable runs (GOLDILOCKS_RUNS_URL): "
        said += f"{self.problem}.{waits}"
        raise_own(session, self._workshop.config, RUNS, self._replica, said, now, severity)

    def _end(self, session: Session, now: datetime) -> None:
        end_own(session, self._workshop.config, RUNS, self._replica, now)
