"""The bot as a process of its own, which a test may kill and start again, in front of a workspace that stays."""

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.embedded import workspace_config
from bot.workspace.app import Workspace, create_workspace
from bot.workspace.config import RateLimits
from core.clock import SystemClock
from core.config.load import load
from core.db.database import Database
from tests.conftest import ROOT
from tests.loopback import free_port, free_socket, serving

FLIGHTS = ROOT / "examples" / "flights"
TOKEN = "demo-alertmanager"
START_S = 180
"""A start takes about three seconds; on a machine that does a lot besides, twenty times as long and more."""


@dataclass
class Serving:
    """A serving program that answers with the version that the test says."""

    version: str
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/version", lambda _: JSONResponse({"version": self.version}))])


@dataclass
class Bot:
    """`goldilocks serve`, with everything it needs in its environment."""

    environment: dict[str, str]
    url: str
    log: Path
    process: asyncio.subprocess.Process | None = None
    starts: int = field(default=0)

    async def start(self) -> None:
        """Start and wait until it answers; raises RuntimeError with its log when it does not."""
        await self.launch()
        await self.ready()

    async def launch(self) -> None:
        """Start the process, and do not wait for it."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    async def ready(self) -> None:
        """Wait until it answers; raises RuntimeError with its log when it does not."""
        process = self.process
        async with httpx.AsyncClient() as client:
            end = asyncio.get_running_loop().time() + START_S
            while process is not None and process.returncode is None and asyncio.get_running_loop().time() < end:
                with suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)
        raise RuntimeError(f"the bot did not start:\n{self.log.read_text()[-4000:]}")

    async def kill(self) -> None:
        """kill -9: no handler runs, nothing is flushed."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()


@dataclass
class Street:
    """The bot's process, and its neighbours that outlive it."""

    bot: Bot
    workspace: Workspace
    serving: Serving
    database: Database
    data: Path


@asynccontextmanager
async def street(data: Path, database_url: str | None = None, *, champion: str = "2") -> AsyncIterator[Street]:
    """Neighbours up, bot not started yet; what is still running is stopped in the end."""
    workspace_socket, workspace_url = free_socket()
    serving_socket, serving_url = free_socket()
    bot_url = f"http://127.0.0.1:{free_port()}"
    config = load(FLIGHTS, {"data": str(data), "python": sys.executable, "serving": serving_url})
    made = dataclasses.replace(
        workspace_config(config, bot_url),
        base_url=workspace_url,
        retry_delays=(0.2, 0.5, 1.0),
        rate_limits=RateLimits(enabled=False),
        file_processing_seconds=0.0,
    )
    workspace, model = create_workspace(made, SystemClock()), Serving(champion, serving_url)
    url = database_url or f"sqlite:///{data / 'goldilocks.db'}"
    environment = serve_environment(data, url, bot_url, workspace, serving_url)
    bot = Bot(environment, bot_url, data / "bot.log")
    async with serving(workspace.asgi, workspace_socket), serving(model.app(), serving_socket):
        await workspace.start()
        try:
            yield Street(bot, workspace, model, Database(url), data)
        finally:
            await bot.stop()
            await workspace.stop()


def serve_environment(
    data: Path, database: str, bot_url: str, workspace: Workspace, serving_url: str, **more: str
) -> dict[str, str]:
    """What `goldilocks serve` is told by its environment; `more` are further variables."""
    config = workspace.config
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "GOLDILOCKS_CONFIG": str(FLIGHTS),
        "GOLDILOCKS_DATA": str(data),
        "GOLDILOCKS_DATABASE_URL": database,
        "GOLDILOCKS_PORT": bot_url.rsplit(":", 1)[1],
        "GOLDILOCKS_SERVING_URL": serving_url,
        "SLACK_BOT_TOKEN": config.bot_token,
        "SLACK_SIGNING_SECRET": config.signing_secret,
        "SLACK_API_URL": config.url("api/"),
        **more,
    }


async def eventually(what: str, look: Callable[[], Any], seconds: float = 40) -> Any:
    """What `look` gives once it gives something; fails after a while."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        found = look()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")
