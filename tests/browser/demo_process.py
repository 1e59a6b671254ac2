"""`goldilocks demo` as a visitor starts it: a process of its own, known by the address that it prints."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.loopback import free_port

_ADDRESS = re.compile(r"running: (http://\S+)")
START_S = 300
"""The first start trains two models; on a busy machine that takes minutes."""
STOP_S = 20


@dataclass(frozen=True)
class Demo:
    """A running demo. `printed_at` is when its address was printed, on the monotonic clock."""

    url: str
    printed_at: float


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[Demo]:
    """The demo with its data in `folder`; raises RuntimeError with what it said when it does not start."""
    command = ["-m", "bot", "demo", "--port", str(free_port()), "--data", str(folder)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    reading = None
    try:
        url = await asyncio.wait_for(_address(process), START_S)
        reading = asyncio.create_task(_read_on(process))
        yield Demo(url, time.monotonic())
    finally:
        await _end(process)
        if reading is not None:
            await reading


async def _address(process: asyncio.subprocess.Process) -> str:
    said = ""
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        said += line
        if found := _ADDRESS.search(line):
            return found[1]
    raise RuntimeError(f"the demo did not start:\n{said[-4000:]}")


async def _read_on(process: asyncio.subprocess.Process) -> None:
    """Nobody reads it, but a full pipe would stop the demo."""
    assert process.stdout is not None
    while await process.stdout.readline():
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), STOP_S)
    if process.returncode is None:
        process.kill()
        await process.wait()
