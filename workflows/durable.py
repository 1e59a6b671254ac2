"""Durable execution on DBOS: one workflow that performs any run, step by step, under the run's id.

DBOS keeps its functions in the process, so there is one engine a process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID

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


class DbosEngine:
    """Starts runs by id; the same id again joins the run that there is, and a restart resumes what was cut off."""

    def __init__(self, database_url: str, executor: str) -> None:
        self._config = DBOSConfig(
            name="goldilocks",
            system_database_url=database_url,
            application_version=APPLICATION_VERSION,
            executor_id=executor,
            log_level="ERROR",
            enable_otlp=False,
        )

    def launch(self, perform: Perform) -> None:
        """Take up work: must be called inside the event loop that the runs shall live in."""
        global _perform
        _perform = perform
        DBOS(config=self._config)
        DBOS.launch()

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
        """Begin the run; returns when it is recorded, not when it is done."""
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
        await DBOS.delete_workflows_async(list(runs))

    async def stop(self) -> None:
        """Let go: runs under way are resumed by the next launch.

        DBOS had made its pool of threads the loop's own, and ends it; the loop gets a new one.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, DBOS.destroy)
        loop.set_default_executor(ThreadPoolExecutor())
