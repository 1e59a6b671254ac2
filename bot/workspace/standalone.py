"""The sample workspace as a process of its own, for trying an app or the page alone."""

import dataclasses
from pathlib import Path

import uvicorn

from core.clock import SystemClock

from .app import create_workspace
from .gallery import show_gallery
from .sample import sample_config


def serve(port: int, events_url: str | None, journal: Path | None = None, gallery: bool = False) -> None:
    """Serve on this machine until interrupted; without an address the app may come by Socket Mode."""
    base_url = f"http://127.0.0.1:{port}"
    config = dataclasses.replace(sample_config(base_url, events_url), journal=journal)
    workspace = create_workspace(config, SystemClock())
    if gallery:
        show_gallery(workspace)
    print(f"Workspace: {base_url}/")
    print(f"Web API:   {base_url}/api/  bot token {config.bot_token}, app token {config.app_token}")
    print(f"Requests:  {events_url or 'by Socket Mode'}, signed with {config.signing_secret}")
    # Open pages hold their event streams for ever: one second is enough to say goodbye.
    uvicorn.run(workspace.asgi, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
