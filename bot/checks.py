"""`goldilocks check`: reads the YAML as the server would, and says what is wrong with it."""

from datetime import datetime
from pathlib import Path

import typer

from bot.slack.views.people import People
from core.config.load import Config, ConfigError, load
from core.oncall.check import findings, sentence
from core.oncall.rota import Rota

PLACES = {"data": "{data}", "python": "{python}", "serving": "http://127.0.0.1"}
"""What the server fills in later, kept as it is written here."""


def check_directory(directory: Path, oncall_from: datetime | None = None) -> int:
    """Print what was found and return the exit status: 0 when everything can be used, 1 otherwise.

    With `oncall_from` the rotations are looked through for the four weeks from then on as well, as the YAML alone has
    them: what people changed since is in the database, and `/oncall check` knows it.
    """
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
    return _check_rotations(config, oncall_from) if oncall_from else 0


def _check_rotations(config: Config, now: datetime) -> int:
    people = People(config.team)
    found = [
        f"{rotation.id}: {people.named(sentence(finding))}"
        for rotation in config.team.rotations
        for finding in findings(Rota(rotation), config.team, now)
    ]
    for line in found:
        typer.echo(line, err=True)
    typer.echo(f"{len(found)} in the rotations to mend" if found else "the rotations are good for four weeks")
    return 1 if found else 0
