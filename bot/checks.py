"""`goldilocks check`: reads the YAML as the server would, and says what is wrong with it."""

import asyncio
from datetime import datetime
from pathlib import Path

import typer

from bot.routing import PLACES, table
from bot.settings import Settings
from bot.slack.views.people import People
from core.config.load import Config, ConfigError, load, to_be_filled
from core.config.unread import unread
from core.oncall.check import findings, sentence
from core.oncall.holiday_file import CalendarError
from core.oncall.rota import Rota
from workflows.read_calendars import sources


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
    pipelines = ", ".join(sorted(config.pipelines)) or "none, so only what others send"
    typer.echo(
        f"{directory}: good. Team {config.team.team}, {len(config.team.people)} people, pipelines: {pipelines}"
    )
    if left := [file.name for file in unread(directory)]:
        typer.echo(f"Not read: {', '.join(left)} (only team.yaml and *pipeline.yaml are)")
    if missing := to_be_filled(directory, config.team):
        typer.echo(f"To be filled in before `goldilocks serve` starts ({len(missing)}):")
        for problem in missing:
            typer.echo(str(problem))
    if config.team.alerts.routes:
        typer.echo("Alerts, the first route that matches:")
        for line in table(config):
            typer.echo(line)
    if oncall_from is None:
        return 0
    return max(_check_rotations(config, oncall_from), asyncio.run(_check_calendars(config, oncall_from)))


async def _check_calendars(config: Config, now: datetime) -> int:
    """Read every calendar that the YAML names, as the server would."""
    from bot.calendars import Calendars

    reader, bad = Calendars(private=Settings().allow_private_calendars), 0
    for source in sources(config):
        try:
            held, _ = await source.read(config, reader, now)
        except CalendarError as error:
            bad = 1
            typer.echo(f"{source.name}: {error}", err=True)
        else:
            typer.echo(f"{source.name}: {len(held)} event{'s' if len(held) != 1 else ''}")
    return bad


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
