"""`python -m bot.workspace`: the sample workspace alone."""

import argparse
from pathlib import Path

from .standalone import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m bot.workspace", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--events-url", help="the app's address, such as http://127.0.0.1:3000/slack/events")
    parser.add_argument("--journal", type=Path, help="keep messages in this file")
    parser.add_argument("--gallery", action="store_true", help="show every block and element once")
    options = parser.parse_args()
    serve(options.port, options.events_url, options.journal, options.gallery)


if __name__ == "__main__":
    main()
