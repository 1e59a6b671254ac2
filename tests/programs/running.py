"""Finding and running the programs, and ourselves for them to talk to."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import SystemClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import application
from tests.loopback import free_port, free_socket, serving

TOKEN = "demo-alertmanager"
READY_S = 30


def program(*names: str) -> str:
    """The installed program; without it the test is skipped, unless tests must not skip (in CI)."""
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        message = f"{names[0]} is not installed (Debian: apt-get install prometheus prometheus-alertmanager)"
        if os.environ.get("GOLDILOCKS_NO_SKIP"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@dataclass
class Server:
    """A program that serves HTTP at `url`."""

    url: str
    log: Path


@asynccontextmanager
async def served(command: Sequence[str], url: str, log: Path) -> AsyncIterator[Server]:
    """The program, running and ready; ended when the block ends."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, cwd=log.parent)
    try:
        await until(f"{command[0]} is ready (see {log})", lambda: _ready(url, process), READY_S)
        yield Server(url, log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process) -> bool:
    if process.returncode is not None:
        raise RuntimeError(f"it ended with {process.returncode}")
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{url}/-/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def until(what: str, look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` gives, once it gives something true; fails after a while."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        found = look()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


@asynccontextmanager
async def ourselves(config: Config, database: Database) -> AsyncIterator[str]:
    """Our ingest on a port of its own, on the real clock; gives its address."""
    bound, url = free_socket()
    async with application(config, database, SystemClock()) as app, serving(app, bound):
        yield url


@asynccontextmanager
async def alertmanager(folder: Path, config: str) -> AsyncIterator[Server]:
    """A real Alertmanager with this configuration."""
    port = free_port()
    file = folder / "alertmanager.yml"
    file.write_text(config, encoding="utf-8")
    command = [
        program("prometheus-alertmanager", "alertmanager"),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager-data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    async with served(command, f"http://127.0.0.1:{port}", folder / "alertmanager.log") as server:
        yield server


@asynccontextmanager
async def prometheus(folder: Path, config: str) -> AsyncIterator[Server]:
    """A real Prometheus with this configuration."""
    port = free_port()
    file = folder / "prometheus.yml"
    file.write_text(config, encoding="utf-8")
    command = [
        program("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus-data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    ]
    async with served(command, f"http://127.0.0.1:{port}", folder / "prometheus.log") as server:
        yield server
