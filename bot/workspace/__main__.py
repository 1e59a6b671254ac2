"""`python -m bot.workspace`: the sample workspace as a process of its own."""

import argparse
import dataclasses
from pathlib import Path

import uvicorn

from core.clock import SystemClock

from .app import create_workspace
from .gallery import show_gallery
from .sample import sample_config


def main() -> None:
    """Serve the sample workspace on this machine until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--events-url", help="the app's address, such as http://127.0.0.1:3000/slack/events")
    parser.add_argument("--journal", type=Path, help="keep messages in this file")
    parser.add_argument("--gallery", action="store_true", help="show every block and element once")
    options = parser.parse_args()
    base_url = f"http://127.0.0.1:{options.port}"
    config = dataclasses.replace(sample_config(base_url, options.events_url), journal=options.journal)
    workspace = create_workspace(config, SystemClock())
    if options.gallery:
        show_gallery(workspace)
    print(f"workspace at {base_url}/ · Web API at {base_url}/api/ · token {config.bot_token}")
    uvicorn.run(
        workspace.asgi, host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1
    )


if __name__ == "__main__":
    main()
