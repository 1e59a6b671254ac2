"""Sets the demo up: state, first models, serving, the workspace and the bot, all in one place on this machine."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from starlette.applications import Starlette

from bot.app import Goldilocks, build, places, running
from bot.demo.outside import RealTimeOutside
from bot.demo.scene import (
    ROOT,
    Scene,
    load_world,
    serving_program,
    train_first_models,
)
from bot.demo.seed import fill_registry
from bot.embedded import embedded, together, workspace_config
from bot.http.server import serving
from bot.workspace.app import Workspace, create_workspace
from bot.workspace.controls import Controls
from core.clock import Clock, SimulatedClock
from core.config.load import load

FLIGHTS = ROOT / "examples" / "flights"
TOPICS = {
    "flights": "The flight-delay model: evaluations, alerts, versions",
    "oncall": "Handoffs of the on-call shift",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """Everything of a running demo."""

    app: Goldilocks
    workspace: Workspace
    scene: Scene
    clock: SimulatedClock
    url: str


Direct = Callable[[Stage], Controls]


class NeverStill:
    """A clock that goes on by itself, and jumps with another: answers to a visitor must not wait for a time that stands
    still until the visitor acts."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began = clock, time.monotonic()

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=time.monotonic() - self._began)


class _LateControls:
    """The clock bar's place in the workspace, filled when there is something to control."""

    def __init__(self) -> None:
        self.real: Controls | None = None

    def state(self) -> dict[str, object]:
        return self.real.state() if self.real else {}

    async def act(self, action: str, value: str | None) -> None:
        if self.real:
            await self.real.act(action, value)


@asynccontextmanager
async def stage(
    folder: Path, start: datetime, port: int, say: Say, direct: Direct | None = None
) -> AsyncIterator[Stage]:
    """A running demo from `start` on, in a folder that is `owned`; trained models in it are kept."""
    cache, state = folder / "cache", folder / "demo"
    await asyncio.to_thread(_renew, cache, state)
    url, clock = f"http://127.0.0.1:{port}", SimulatedClock(start)
    settings = embedded(FLIGHTS, state, port, "demo")
    say("preparing the flights of 2013")
    world, history = await asyncio.to_thread(load_world, cache)
    say("training the first two models (kept for the next time)")
    models = await train_first_models(cache, history)
    await asyncio.to_thread(fill_registry, settings, cache / "seed", models)
    await asyncio.to_thread(shutil.copy, history, state / "history.parquet")
    say("starting the serving program, the workspace and the bot")
    async with serving_program(settings.registry, state / "predictions") as serving_url:
        config = load(FLIGHTS, places(state, sys.executable, serving_url))
        controls = _LateControls()
        asked = (controls, NeverStill(clock)) if direct else (None, None)
        workspace = create_workspace(workspace_config(config, url, TOPICS), clock, *asked)
        async with httpx.AsyncClient(base_url=serving_url, timeout=60) as client:
            scene = Scene(world, state / "predictions", state / "labels", client)
            app = await build(settings, config, clock)
            async with serving(_together(app, workspace, controls), "127.0.0.1", port), running(app):
                made = Stage(app, workspace, scene, clock, url)
                controls.real = direct(made) if direct else None
                await workspace.start()
                try:
                    yield made
                finally:
                    await workspace.stop()


def _renew(cache: Path, state: Path) -> None:
    for path in (cache, state, state / "predictions", state / "labels"):
        path.mkdir(parents=True, exist_ok=True)


def _together(app: Goldilocks, workspace: Workspace, controls: Controls) -> Starlette:
    """One server for both, with senders outside on the demo's clock."""
    return together(RealTimeOutside(app.web, app.clock, lambda: controls.act("pause", None)), workspace)
