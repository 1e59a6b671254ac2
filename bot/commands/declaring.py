"""Commands about what a team declares, and what Slack and senders need to be told."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

commands = typer.Typer()


@commands.command()
def check(
    directory: Annotated[Path, typer.Argument(help="The folder of team.yaml and the pipelines")],
    oncall: Annotated[bool, typer.Option("--oncall", help="Look for gaps in the coming weeks as well")] = False,
) -> None:
    """Check the reviewed YAML; prints every problem with file, line and remedy, and exits with 1 if there is one."""
    from bot.checks import check_directory
    from core.clock import SystemClock

    raise typer.Exit(check_directory(directory, SystemClock().now() if oncall else None))


@commands.command()
def route(
    labels: Annotated[list[str], typer.Argument(help="The alert's labels, each as label=value")],
    config: Annotated[Path, typer.Option(envvar="GOLDILOCKS_CONFIG", help="The folder of team.yaml")] = Path(),
) -> None:
    """Say where an alert with these labels would go, with which others, whom it would call, and why."""
    from bot.routing import run

    raise typer.Exit(run(config, labels))


@commands.command()
def schema(what: Annotated[Literal["team", "pipeline"], typer.Argument(help="Which file")]) -> None:
    """Print the JSON Schema of team.yaml or pipeline.yaml, for completion and checks in an editor."""
    import json

    from core.config.pipeline import Pipeline
    from core.config.team import Team

    model = Team if what == "team" else Pipeline
    typer.echo(json.dumps(model.model_json_schema(), indent=2))


@commands.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="Public address of this server; without it: Socket Mode")] = None,
) -> None:
    """Print the Slack app manifest, to be pasted into Slack when the app is created."""
    from bot.slack.manifest import manifest as manifest_text

    if url is not None and not url.startswith(("https://", "http://")):
        raise typer.BadParameter("it must begin with https://", param_hint="--url")
    sys.stdout.write(manifest_text(url) if url else manifest_text(socket_mode=True))


@commands.command()
def token() -> None:
    """Make a token for a sender of alerts, and the line for team.yaml that lets it in."""
    import hashlib
    import secrets

    made = secrets.token_hex(16)  # 32 characters, so that it is a routing key for senders to PagerDuty, too
    typer.echo(f"token (give it to the sender, it is shown once): {made}")
    typer.echo(f"token_sha256 (for team.yaml): {hashlib.sha256(made.encode()).hexdigest()}")


@commands.command()
def holidays(
    file: Annotated[Path, typer.Argument(help="An iCalendar file of holidays")],
    name: Annotated[str, typer.Option("--id", help="The list's id in team.yaml")] = "holidays",
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day [default: today]")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day [default: a year on]")
    ] = None,
) -> None:
    """Print the days off of a calendar file as lines for team.yaml."""
    from datetime import timedelta

    from bot.holidays import run
    from core.clock import SystemClock

    begin = first.date() if first else SystemClock().now().date()
    raise typer.Exit(run(file, name, begin, last.date() if last else begin + timedelta(days=366)))


@commands.command()
def migrate() -> None:
    """Bring the database to the newest schema; `serve` does this too."""
    from bot.settings import Settings
    from core.db.database import Database
    from core.db.migrate import upgrade

    settings = Settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    upgrade(Database(settings.database))
    typer.echo("the database is up to date")
