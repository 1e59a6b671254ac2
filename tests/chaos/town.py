"""Everything that a storm needs: replicas of the bot on one database, and neighbours that outlive them."""

import dataclasses
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.embedded import workspace_config
from bot.workspace.app import Workspace, create_workspace
from bot.workspace.config import RateLimits, WorkspaceConfig
from core.clock import SystemClock
from core.config.load import Config, load
from core.db.database import Database
from tests.chaos import team
from tests.chaos.balancer import Balancer
from tests.loopback import free_port, free_socket, serving
from tests.processes import Bot, serve_environment


@dataclass
class Town:
    """`url` is where senders and Slack come in; it leads to a replica that lives."""

    name: str
    url: str
    replicas: list[Bot]
    workspace: Workspace
    database: Database
    balancer: Balancer
    config: Config


@asynccontextmanager
async def town(
    name: str,
    data: Path,
    seed: int,
    database_url: str | None = None,
    runs_url: str | None = None,
    replicas: int = 1,
) -> AsyncIterator[Town]:
    """Replicas started; in the end everything is stopped. Without a database's URL it is SQLite in the folder."""
    addresses = [f"http://127.0.0.1:{free_port()}" for _ in range(replicas)]
    bound, workspace_url = free_socket()
    config = team.write(data / "config")
    async with Balancer(addresses, random.Random(seed)) as balancer:
        loaded = load(config, {"data": str(data), "python": "python", "serving": "http://127.0.0.1:9"})
        workspace = create_workspace(_workspace(loaded, workspace_url, balancer.url), SystemClock())
        url = database_url or f"sqlite:///{data / 'goldilocks.db'}"
        bots = [_replica(n, each, data, config, url, runs_url, workspace) for n, each in enumerate(addresses)]
        async with serving(workspace.asgi, bound):
            await workspace.start()
            database = Database(url)
            try:
                for bot in bots:
                    await bot.start()
                yield Town(name, balancer.url, bots, workspace, database, balancer, loaded)
            finally:
                for bot in bots:
                    await bot.stop()
                database.dispose()
                await workspace.stop()


def _workspace(config: Config, url: str, bot_url: str) -> WorkspaceConfig:
    """Slack's pace is the bot's own to keep here; the refusals come from the weather, by the seed."""
    return dataclasses.replace(
        workspace_config(config, bot_url),
        base_url=url,
        retry_delays=(0.2, 0.5, 1.0),
        rate_limits=RateLimits(enabled=False),
        file_processing_seconds=0.0,
    )


def _replica(
    number: int, url: str, data: Path, config: Path, database: str, runs_url: str | None, workspace: Workspace
) -> Bot:
    more = {"GOLDILOCKS_CONFIG": str(config), "GOLDILOCKS_REPLICA": f"replica-{number}"}
    if runs_url is not None:
        more["GOLDILOCKS_RUNS_URL"] = runs_url
    environment = serve_environment(data, database, url, workspace, "http://127.0.0.1:9", **more)
    return Bot(environment, url, data / f"replica-{number}.log")
