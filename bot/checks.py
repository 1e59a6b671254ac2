"""`goldilocks check`: reads the YAML as the server would, and says what is wrong with it."""

from pathlib import Path

import typer

from core.config.load import ConfigError, load

PLACES = {"data": "{data}", "python": "{python}", "serving": "http://127.0.0.1"}
"""What the server fills in later, kept as it is written here."""


def check_directory(directory: Path) -> int:
    """Print what was found and return the exit status: 0 when everything can be used, 1 otherwise."""
    try:
        config = load(directory, PLACES)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        count = len(error.problems)
        typer.echo(f"{count} problem{'s' if count != 1 else ''} to mend", err=True)
        return 1
    pipelines = ", ".join(sorted(config.pipelines))
    typer.echo(
        f"{directory}: good. Team {config.team.team}, {len(config.team.people)} people, pipelines: {pipelines}"
    )
    if config.team.alerts.routes:
        from bot.routing import table

        typer.echo("Alerts, the first route that matches:")
        for line in table(config):
            typer.echo(line)
    return 0
