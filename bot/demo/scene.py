"""The world that the demo watches: the flights, the first two models, and the serving program."""

import asyncio
import json
import shutil
import socket
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from core.models.contract import TrainerResult, training_request
from core.models.registry import Registry
from core.models.trainer import TrainerSpec, run_trainer
from core.models.version import VersionStatus
from examples.flights import data as flights
from examples.flights.world import HOUR, World, predict_hour

ROOT = Path(__file__).parents[2]
PIPELINE = "flights"
JANUARY = datetime(2013, 1, 1, 5, tzinfo=UTC)
FIRST_MODELS = (datetime(2013, 1, 16, 5, tzinfo=UTC), datetime(2013, 2, 1, 5, tzinfo=UTC))
"""The days on which versions 1 and 2 were trained, on everything since New Year that was known by then."""

_START_SECONDS = 180
"""It imports what it learned with: seconds, but minutes on a busy machine."""


@dataclass(frozen=True)
class Scene:
    """What goes on outside of Goldilocks: flights that are to be predicted, and flights that land."""

    world: World
    predictions: Path
    labels: Path
    serving: httpx.AsyncClient

    async def hour(self, start: datetime) -> tuple[int, int]:
        """Let `[start, start + 1 h)` happen; how many predictions were made and how many labels arrived."""
        made = await predict_hour(self.serving, self.world, start)
        return made, await asyncio.to_thread(self.world.write_labels, self.labels, start, start + HOUR)


async def train_first_models(cache: Path, history: Path) -> list[TrainerResult]:
    """Versions 1 and 2, trained by the example's own trainer; kept in `cache`, so that it happens once."""
    return [await _trained(cache / f"v{number}", history, day) for number, day in enumerate(FIRST_MODELS, start=1)]


async def _trained(folder: Path, history: Path, day: datetime) -> TrainerResult:
    answer = folder / "result.json"
    if not answer.is_file():
        _make_empty(folder)
        request = training_request(
            PIPELINE,
            predictions=None,
            labels=None,
            history=history,
            train=(JANUARY, day),
            holdout=None,
            known_at=day,
            output_dir=folder,
        )
        spec = TrainerSpec([sys.executable, "-m", "examples.flights.train"], ROOT, timeout_s=300)
        result = await run_trainer(spec, request)
        answer.write_text(result.model_dump_json(by_alias=True), encoding="utf-8")
    return TrainerResult.model_validate(json.loads(answer.read_text(encoding="utf-8")))


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def register_first_models(registry: Registry, results: list[TrainerResult]) -> None:
    """Put both versions into an empty registry as approved ones; the newest is the champion."""
    for day, result in zip(FIRST_MODELS, results, strict=True):
        tags = {"status": VersionStatus.APPROVED, "trained_until": day.isoformat()}
        registry.register(PIPELINE, result.model_path, result.metrics, tags, day, requirements=result.requirements)
    registry.set_champion(PIPELINE, len(results))


def load_world(cache: Path) -> tuple[World, Path]:
    """The flights of 2013, and the file of those from before the demo begins."""
    world = World(flights.load(cache))
    history = cache / "history.parquet"
    if not history.is_file():
        partial = history.with_suffix(".tmp")
        world.history_before(FIRST_MODELS[-1]).to_parquet(partial, index=False)
        partial.replace(history)
    return world, history


@asynccontextmanager
async def serving_program(registry_uri: str, predictions: Path) -> AsyncIterator[str]:
    """The example's serving app as a process of its own; gives its URL once it answers. It ends with this process,
    however that ends, because its input does."""
    url = f"http://127.0.0.1:{free_port()}"
    command = ["-m", "examples.flights.serve", "--port", url.rsplit(":", 1)[1]]
    command += ["--registry", registry_uri, "--log", str(predictions), "--until-input-ends"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=PIPE, cwd=ROOT)
    try:
        await _answers(f"{url}/healthz", process)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    over = time.monotonic() + _START_SECONDS
    async with httpx.AsyncClient() as client:
        while not await _ok(client, url):
            if process.returncode is not None:
                raise RuntimeError(
                    f"the serving program ended with status {process.returncode} before it answered"
                )
            if time.monotonic() > over:
                raise RuntimeError(
                    f"the serving program did not answer within {_START_SECONDS} s: is the machine busy?"
                )
            await asyncio.sleep(0.1)


async def _ok(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def next_hour(instant: datetime) -> datetime:
    """The full hour after `instant`."""
    return instant.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
