"""`goldilocks holidays`: a calendar file of holidays as lines for team.yaml, to be reviewed like all of it."""

from datetime import date
from pathlib import Path

import typer

from core.oncall.holiday_file import MAX_BYTES, CalendarError, holidays


def run(file: Path, name: str, first: date, last: date) -> int:
    """Print the lines and return the exit status: 1 when the calendar cannot be used, or has no day off."""
    try:
        with file.open("rb") as opened:
            found = holidays(opened.read(MAX_BYTES + 1), first, last)
    except (OSError, CalendarError) as error:
        typer.echo(f"{file}: {error}", err=True)
        return 1
    if not found:
        typer.echo(f"{file}: no day off from {first} to {last}", err=True)
        return 1
    typer.echo(f"holidays:\n  - id: {name}\n    days:")
    for each in found:
        typer.echo(f"      - {each.day} # {each.name}")
    return 0
