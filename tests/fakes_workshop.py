"""A workshop of fakes, and steps that die where a test wants them to."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.models.deploy import DeployTarget
from tests.fakes_models import FakeRegistry
from workflows.ports import Workshop

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class MortalSteps:
    """Steps with a memory that survives; `die_at` kills before (even) or after (odd) each step's work in turn."""

    def __init__(self, die_at: int | None = None) -> None:
        self.memory: dict[str, Any] = {}
        self.die_at = die_at
        self._moment = -1

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]], /) -> T:
        if name not in self.memory:
            self._die_perhaps()
            result = await work()
            self._die_perhaps()
            self.memory[name] = result
        kept: T = self.memory[name]
        return kept

    def _die_perhaps(self) -> None:
        self._moment += 1
        if self._moment == self.die_at:
            raise Killed


def registry_with(
    folder: Path, clock: SimulatedClock, versions: int, pipeline: str = "flights", *, served: bool = True
) -> FakeRegistry:
    """A registry of approved versions; the newest is the champion, where one is `served`."""
    registry = FakeRegistry()
    model = folder / "model.skops"
    model.write_bytes(b"a model")
    for _ in range(versions):
        registry.register(pipeline, model, {}, {"status": "approved"}, clock.now())
    if served:
        registry.set_champion(pipeline, versions)
    return registry


def workshop_with(
    database: Database,
    config: Config,
    clock: SimulatedClock,
    data: Path,
    registry: FakeRegistry,
    target: DeployTarget,
) -> Workshop:
    """Fakes around a real database; verification takes at most a tenth of a second."""
    pipeline = config.pipeline("flights")
    quick = pipeline.deployment.model_copy(update={"timeout": timedelta(milliseconds=100)})
    hurried = pipeline.model_copy(update={"deployment": quick})
    return Workshop(
        database=database,
        config=replace(config, pipelines={"flights": hurried}),
        clock=clock,
        data=data,
        registry=registry,
        log=lambda _: (_ for _ in ()).throw(AssertionError("no log is read here")),
        target=lambda _: target,
    )
