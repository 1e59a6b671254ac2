"""Durable execution on DBOS: one workflow that performs any run, step by step, under the run's id.

DBOS keeps its functions in the process, so there is one engine a process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from core.db.database import patience

T = TypeVar("T")
Perform = Callable[["DbosSteps", str, str, dict[str, Any]], Awaitable[None]]

APPLICATION_VERSION = "1"
"""Raise this when a workflow's steps are renamed, reordered or removed: runs under way stay with the old code.

New steps may be added at the end of a workflow without raising it. See docs/decisions/0005-durable-runs.md.
"""


class DbosSteps:
    """Steps whose results DBOS keeps: a rerun gets them again instead of doing the work."""

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]], /) -> T:
        async def once() -> T:
            return await work()

        result: T = await DBOS.run_step_async({"name": name}, once)
        return result


_perform: Perform | None = None


@DBOS.workflow(name="run")
async def _run(run_id: str, kind: str, args: dict[str, Any]) -> None:
    if _perform is None:
        raise RuntimeError("the engine was not started")
    await _perform(DbosSteps(), run_id, kind, args)


class NotLaunchedError(Exception):
    """The engine has not begun: nothing can be asked of it."""


class DbosEngine:
    """Starts runs by id; the same id again joins the run that there is, and a restart resumes what was cut off."""

    def __init__(self, database_url: str, executor: str) -> None:
        self._url = database_url
        more = {"application_name": "dbos_transact"} if patience(database_url) else {}
        self._config = DBOSConfig(
            name="goldilocks",
            system_database_url=database_url,
            application_version=APPLICATION_VERSION,
            executor_id=executor,
            log_level="ERROR",
            enable_otlp=False,
            db_engine_kwargs={"connect_args": {**patience(database_url), **more}},
        )
        self._door: Engine | None = None
        self._perform: Perform | None = None
        self.launched = False

    def will(self, perform: Perform) -> None:
        """What it does with a run, once it has begun."""
        self._perform = perform

    def ping(self) -> None:
        """Ask its database anything; raises SQLAlchemyError when it does not answer. Blocks. A database that is not
        there yet, on a server that answers, is well: launching makes it."""
        if self._door is None:
            self._door = _door(self._url)
        try:
            with self._door.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError:
            if self.launched or not _to_be_made(self._url):
                raise

    async def begin(self) -> None:
        """Take up work, in this loop. When its database is lost on the way nothing is left of it, and it may begin
        again."""
        if self._perform is None:
            raise RuntimeError("the engine was not told what to do")
        try:
            self.launch(self._perform)
        except BaseException:
            await self.stop()
            raise

    def launch(self, perform: Perform) -> None:
        """Take up work: must be called inside the event loop that the runs shall live in."""
        global _perform
        _perform = perform
        DBOS(config=self._config)
        DBOS.launch()
        self.launched = True

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
        """Begin the run; returns when it is recorded, not when it is done."""
        if not self.launched:
            raise NotLaunchedError("the database of durable runs is away since the start")
        with SetWorkflowID(run_id):
            await DBOS.start_workflow_async(_run, run_id, kind, args)

    async def adopt(self, replicas: Sequence[str]) -> int:
        """Resume the unfinished runs of these replicas here; how many there were."""
        executors = list(replicas)
        left = await DBOS.list_workflows_async(
            status="PENDING", executor_id=executors, load_input=False, load_output=False
        )
        for run in left:
            await DBOS.resume_workflow_async(run.workflow_id)
        return len(left)

    async def forget(self, runs: Sequence[str]) -> None:
        """Delete all that is kept of these runs and their steps, if anything is."""
        if not self.launched:
            raise NotLaunchedError("the database of durable runs is away since the start")
        await DBOS.delete_workflows_async(list(runs))

    async def stop(self) -> None:
        """Let go: runs under way are resumed by the next launch.

        DBOS had made its pool of threads the loop's own, and ends it; the loop gets a new one.
        """
        self.launched = False
        if self._door is not None:
            self._door.dispose()
            self._door = None
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, DBOS.destroy)
        loop.set_default_executor(ThreadPoolExecutor())


def _door(url: str) -> Engine:
    """One connection, to ask by: the engine's own may all wait."""
    return create_engine(_driven(url), pool_size=1, max_overflow=0, pool_pre_ping=True, connect_args=patience(url))


def _driven(url: str) -> Any:
    """The URL with our driver, as the engine takes it."""
    made = make_url(url)
    return made if made.get_backend_name() == "sqlite" else made.set(drivername="postgresql+psycopg")


def _to_be_made(url: str) -> bool:
    """Whether the server answers and has no such database yet."""
    made = _driven(url)
    if made.get_backend_name() == "sqlite":
        return False
    server = create_engine(made.set(database="postgres"), connect_args=patience(url))
    try:
        with server.connect() as connection:
            query = text("SELECT 1 FROM pg_database WHERE datname = :name")
            return connection.execute(query, {"name": made.database}).first() is None
    finally:
        server.dispose()
