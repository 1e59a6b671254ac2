"""`goldilocks try`: one's own YAML and one's own log, in a workspace on this machine."""

import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy.orm import Session

from bot.app import build, places, running
from bot.demo.folder import locked
from bot.embedded import embedded, together, workspace_config
from bot.http.server import check_free, serving
from bot.logs import configure
from bot.serve import beating
from bot.settings import Settings
from bot.workspace.app import create_workspace
from core.clock import SystemClock
from core.config.load import Config, load
from core.evaluation.windows import window_before
from core.runs import store


def run(directory: Path, folder: Path, port: int) -> int:
    """Serve until it is interrupted; ConfigError when the YAML cannot be used."""
    configure("warning")
    check_free("127.0.0.1", port)
    state = folder / "try"
    with locked(state):
        settings = embedded(directory, state, port, "try")
        config = load(directory, places(state, sys.executable, settings.serving_url))
        asyncio.run(_serve(settings, config))
    return 0


async def _serve(settings: Settings, config: Config) -> None:
    stop, clock = asyncio.Event(), SystemClock()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    journal = settings.data / "workspace.journal"
    workspace = create_workspace(workspace_config(config, settings.url, journal=journal), clock)
    app = await build(settings, config, clock, pagers=False)
    async with serving(together(app.web, workspace), settings.host, settings.port), running(app), beating(app):
        await workspace.start()
        try:
            await app.database.run(lambda session: look_back(session, config, clock.now()))
            Console().print(_welcome(settings, config), soft_wrap=True)
            await stop.wait()
        finally:
            await workspace.stop()


def look_back(session: Session, config: Config, now: datetime) -> None:
    """Ask for an evaluation of each pipeline's last window now, rather than at its time tomorrow; once a window."""
    for pipeline in config.pipelines.values():
        start = window_before(pipeline.evaluation, now).start
        args = {"pipeline": pipeline.pipeline, "at": now.isoformat()}
        store.request(session, f"evaluate:{pipeline.pipeline}:try:{start:%Y-%m-%dT%H:%M}", "evaluate", args, now)


def _welcome(settings: Settings, config: Config) -> str:
    names = ", ".join(sorted(config.pipelines))
    phones = "No pager is called. " if config.team.pagers else ""
    looked = f"The last window of {names} is being evaluated, which takes a minute. " if names else ""
    return (
        f"\nGoldilocks: {settings.url}\n\nThe team of {settings.config.resolve()}, in a workspace on this machine: "
        f"be anybody, at the top right.\n{looked}{phones}"
        f"Alerts are taken at the same address, with the team's tokens.\n"
        f"What happens is kept in {settings.data}. Stop with Ctrl+C.\n"
    )
