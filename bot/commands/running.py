"""Commands that start something and stay."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()

Data = Annotated[Path | None, typer.Option(help="Where state is kept [default: .goldilocks]")]


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on [default: 8080]")] = None,
) -> None:
    """Run the bot and its engine; everything else is told by the environment (see docs/operations.md)."""
    from bot.serve import run

    run(host, port)


@commands.command()
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No page: scripted people, as fast as possible")
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=330, help="How many days a headless run replays")] = 35,
    json: Annotated[Path | None, typer.Option(help="Where a headless run writes its counts")] = None,
    data: Data = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page")] = 8080,
) -> None:
    """Watch the flights example end to end, in a workspace on this machine: no account, no download."""
    from bot.demo.run import run_headless, run_page

    folder = data or Path(".goldilocks")
    raise typer.Exit(run_headless(folder, days, json) if headless else run_page(folder, port))


@commands.command("try")
def try_out(
    directory: Annotated[Path, typer.Argument(help="The folder of team.yaml and the pipelines")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page")] = 8080,
    data: Data = None,
) -> None:
    """Try your own YAML and log in a workspace on this machine: no account, nobody else sees it."""
    from bot.tryout import run

    raise typer.Exit(run(directory, data or Path(".goldilocks"), port))


@commands.command()
def workspace(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page")] = 8099,
    events_url: Annotated[str | None, typer.Option(help="Where the bot takes events")] = None,
    journal: Annotated[Path | None, typer.Option(help="File that keeps its messages over a restart")] = None,
    gallery: Annotated[bool, typer.Option("--gallery", help="Begin with every kind of message")] = False,
) -> None:
    """Run the built-in workspace alone, for a bot that runs elsewhere on this machine."""
    from bot.workspace.standalone import serve as serve_workspace

    serve_workspace(port, events_url, journal, gallery)
