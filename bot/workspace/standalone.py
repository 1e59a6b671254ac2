"""The sample workspace as a process of its own, for trying an app or the page alone."""

import dataclasses
from pathlib import Path

import uvicorn

from core.clock import SystemClock

from .app import create_workspace
from .config import WorkspaceConfig
from .gallery import show_gallery
from .sample import sample_config


def told(config: WorkspaceConfig, base_url: str) -> str:
    """Where it is, and the environment that leads a bot here: by requests, or by Socket Mode without their address."""
    over = ("SIGNING_SECRET", config.signing_secret) if config.events_url else ("APP_TOKEN", config.app_token)
    bot = {"API_URL": f"{base_url}/api/", "BOT_TOKEN": config.bot_token, over[0]: over[1]}
    people = ", ".join(f"{each.name} is {each.id}" for each in config.people)
    channels = ", ".join(f"#{each.name} is {each.id}" for each in config.channels)
    lines = [f"SLACK_{name}={value}" for name, value in bot.items()]
    return "\n".join([f"Workspace: {base_url}/", f"{people}; {channels}", "A bot joins it with", *lines])


def serve(port: int, events_url: str | None, journal: Path | None = None, gallery: bool = False) -> None:
    """Serve on this machine until interrupted; without an address the app may come by Socket Mode."""
    base_url = f"http://127.0.0.1:{port}"
    config = dataclasses.replace(sample_config(base_url, events_url), journal=journal)
    workspace = create_workspace(config, SystemClock())
    if gallery:
        show_gallery(workspace)
    print(told(config, base_url))
    # Open pages hold their event streams for ever: one second is enough to say goodbye.
    uvicorn.run(workspace.asgi, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
