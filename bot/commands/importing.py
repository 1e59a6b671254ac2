"""The command that brings a team over from another tool."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


class Tool(StrEnum):
    """What a team is brought over from."""

    ALERTMANAGER = "alertmanager"
    GRAFANA_ONCALL = "grafana-oncall"
    PAGERDUTY = "pagerduty"


@commands.command("import")
def import_(
    tool: Annotated[Tool, typer.Argument(help="What the files are from")],
    files: Annotated[
        list[Path], typer.Argument(help="alertmanager.yml, or the JSON of the API (files or a folder)")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The folder to write team.yaml into; without it, it is printed")
    ] = None,
    team: Annotated[str, typer.Option(help="What your team is called")] = "team",
    slack_users: Annotated[
        Path | None,
        typer.Option(help="Slack's users.list (JSON) or member list (CSV), to find people by their mail address"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a team.yaml that is there")] = False,
) -> None:
    """Bring a team over from another tool into a team.yaml to be reviewed; says what it could not carry."""
    from bot.imports.run import run
    from core.clock import SystemClock

    raise typer.Exit(
        run(tool.value, files, out, team=team, slack_users=slack_users, force=force, now=SystemClock().now())
    )
