"""`goldilocks reports`: the reports of shifts and bugs, listed, searched, and written as Markdown files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from bot.app import places
from bot.settings import Settings
from core.clock import SystemClock
from core.config.load import load
from core.db.database import Database
from core.db.migrate import upgrade
from workflows.reports import every, search

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def run(words: str, out: Path | None) -> int:
    """List the reports that hold every word, newest first, or write them into a folder; 1 when there is none.

    Raises ConfigError, OSError and SQLAlchemyError.
    """
    import sys

    settings = Settings()
    config = load(settings.config, places(settings.data, sys.executable, settings.serving_url))
    database = Database(settings.database)
    try:
        upgrade(database)
        with database.read() as session:
            found = search(every(session, config, BEGINNING, SystemClock().now() + timedelta(days=1)), words)
    finally:
        database.dispose()
    if not found:
        typer.echo("no report has all of these words" if words.strip() else "no report was kept yet")
        return 1
    for document in found:
        typer.echo(f"{document.at:%Y-%m-%d}  {document.name}  {' '.join(document.title.split())}")
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / document.name).write_text(document.text, encoding="utf-8")
    return 0
