"""The flights pipeline's own processes against the real registry: train, register, serve, move the champion."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pandas as pd
import pytest

from core.clock import SystemClock
from core.models.contract import training_request
from core.models.deploy import HttpTarget, verify
from core.models.mlflow_registry import MlflowRegistry
from core.models.trainer import TrainerSpec, run_trainer
from examples.flights.columns import FRAME_SCHEMA
from examples.flights.files import write_atomically
from examples.flights.world import HOUR, World, predict_hour
from tests.fakes_flights import flights
from tests.loopback import free_port

ROOT = Path(__file__).parents[2]
START = datetime(2013, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=4)

pytestmark = pytest.mark.slow


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Starts the serving app on a registry; gives its address."""
    started: list[subprocess.Popen[bytes]] = []
    port = free_port()

    def start(registry: str) -> str:
        options = ["--port", str(port), "--registry", registry, "--log", str(tmp_path / "log")]
        command = [sys.executable, "-m", "examples.flights.serve", *options]
        started.append(subprocess.Popen(command, cwd=ROOT))
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=60)


async def test_a_model_is_trained_served_and_rolled_back(tmp_path: Path, serving: Callable[[str], str]) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    registry = MlflowRegistry(uri, tmp_path / "artifacts")
    history = tmp_path / "history.parquet"
    write_atomically(flights(1_500, START), history, FRAME_SCHEMA)
    request = training_request(
        "flights",
        predictions=None,
        labels=None,
        history=history,
        train=(START, START + timedelta(days=2)),
        holdout=None,
        known_at=NOW,
        output_dir=tmp_path / "run",
    )
    spec = TrainerSpec([sys.executable, "-m", "examples.flights.train"], ROOT, 60)
    made = await run_trainer(spec, request)
    for _ in range(2):
        registry.register("flights", made.model_path, made.metrics, {}, NOW, requirements=made.requirements)
    registry.set_champion("flights", 2)

    within = timedelta(seconds=30)
    async with httpx.AsyncClient(base_url=serving(uri)) as client:
        target = HttpTarget(f"{client.base_url}/version", client)
        assert (await verify(target, 2, within, SystemClock(), asyncio.sleep)).confirmed
        world = World(flights(60, NOW))
        assert await predict_hour(client, world, NOW) == 20

        registry.set_champion("flights", 1)

        assert (await verify(target, 1, timedelta(seconds=5), SystemClock(), asyncio.sleep)).confirmed
        assert await predict_hour(client, world, NOW + HOUR) == 20

    kept = pd.concat(pd.read_parquet(part) for part in (tmp_path / "log").rglob("*.parquet"))
    assert kept.groupby("version").size().to_dict() == {"1": 20, "2": 20}
