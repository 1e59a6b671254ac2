"""An engine that performs at once, workflows that only note that they ran, and a runtime of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.steps_support import DirectSteps
from workflows.ports import Workshop
from workflows.runtime import Runtime
from workflows.steps import Steps


class DirectEngine:
    """Performs at once, in the same loop."""

    def __init__(self) -> None:
        self.perform: Callable[..., Any] | None = None
        self.started: list[str] = []

    async def start(self, run_id: str, kind: str, args: dict[str, Any]) -> None:
        assert self.perform is not None
        self.started.append(run_id)
        await self.perform(DirectSteps(), run_id, kind, args)


class Book:
    """Workflows that only note that they ran, or fail while `broken`."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.broken = False
        self.problem: Exception = ConnectionError("the warehouse does not answer")

    def workflow(self, kind: str) -> Any:
        async def run(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
            async def work() -> None:
                self.ran.append((kind, args))
                if self.broken:
                    raise self.problem

            await steps("work", work)

        return run

    def catalog(self) -> dict[str, Any]:
        return {kind: self.workflow(kind) for kind in ("evaluate", "retrain", "review", "change_champion")}


def runtime_of(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, book: Book
) -> tuple[Runtime, DirectEngine]:
    engine = DirectEngine()
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    runtime = Runtime(workshop, book.catalog(), engine)
    engine.perform = runtime.perform
    return runtime, engine


class Will:
    """An engine that notes whose runs it was given."""

    def __init__(self) -> None:
        self.adopted: list[str] = []

    async def adopt(self, replicas: Sequence[str]) -> int:
        self.adopted += replicas
        return len(replicas)
