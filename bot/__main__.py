"""The `goldilocks` command. Each subcommand imports what it needs when it runs, so that help answers at once."""

import gc
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.plainly import expected, sentence

cli = typer.Typer(
    name="goldilocks",
    help="On-call for machine-learning pipelines, in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

backtests = typer.Typer(help="Prove on a log of the past what would have been sent.", no_args_is_help=True)
cli.add_typer(backtests, name="backtest")

Data = Annotated[Path | None, typer.Option(help="Where state is kept [default: .goldilocks]")]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on [default: 8080]")] = None,
) -> None:
    """Run the bot and its engine; everything else is told by the environment (see docs/operations.md)."""
    from bot.serve import run

    run(host, port)


@cli.command()
def check(
    directory: Annotated[Path, typer.Argument(help="The folder of team.yaml and the pipelines")],
    oncall: Annotated[bool, typer.Option("--oncall", help="Look for gaps in the coming weeks as well")] = False,
) -> None:
    """Check the reviewed YAML; prints every problem with file, line and remedy, and exits with 1 if there is one."""
    from bot.checks import check_directory
    from core.clock import SystemClock

    raise typer.Exit(check_directory(directory, SystemClock().now() if oncall else None))


@cli.command()
def route(
    labels: Annotated[list[str], typer.Argument(help="The alert's labels, each as label=value")],
    config: Annotated[Path, typer.Option(envvar="GOLDILOCKS_CONFIG", help="The folder of team.yaml")] = Path(),
) -> None:
    """Say where an alert with these labels would go, with which others, whom it would call, and why."""
    from bot.routing import run

    raise typer.Exit(run(config, labels))


@cli.command()
def evaluate(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's id")],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Which day [default: the last]")
    ] = None,
    post: Annotated[bool, typer.Option("--post", help="Store it and tell the channel, too")] = False,
) -> None:
    """Work out how a day went, from the prediction log as it is now."""
    from bot.evaluate import run

    raise typer.Exit(run(pipeline, day.date() if day else None, post))


@cli.command()
def retrain(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's id")],
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="As at this instant, UTC [default: now]"),
    ] = None,
    champion: Annotated[Path | None, typer.Option(help="Compare with this model file, not the registry's")] = None,
    first: Annotated[bool, typer.Option("--first", help="Put it in service as the first version")] = False,
    version: Annotated[
        int | None, typer.Option(min=1, help="With --first: this version, which is registered already")
    ] = None,
) -> None:
    """Run the trainer now and say what the gate would; nothing is registered, and nobody hears of it."""
    from bot.retrain import run

    raise typer.Exit(run(pipeline, at.replace(tzinfo=UTC) if at else None, champion, first, version))


@backtests.command("alerts")
def backtest_alerts(
    log: Annotated[
        str, typer.Argument(help="Parquet or CSV, duckdb:///file?table, postgresql://…/table, snowflake://…#table")
    ],
    timestamp: Annotated[str, typer.Option(help="Column: when each prediction was made (ISO 8601, else UTC)")],
    prediction: Annotated[str, typer.Option(help="Column: what was predicted")],
    reference_until: Annotated[str, typer.Option(help="Rows before this instant are history")],
    score: Annotated[str | None, typer.Option(help="Column: the probability of class 1")] = None,
    label: Annotated[
        str | None, typer.Option(help="Column: what came true; without it only data is checked")
    ] = None,
    label_at: Annotated[str | None, typer.Option(help="Column: when each label arrived")] = None,
    label_delay: Annotated[str | None, typer.Option(help="Or how long labels take, for example 14d")] = None,
    id: Annotated[str | None, typer.Option(help="Column: the prediction's id, to count repeated ones")] = None,
    features: Annotated[str | None, typer.Option(help="Columns, with commas [default: every other one]")] = None,
    slice_by: Annotated[str | None, typer.Option(help="Columns that cut the log into sub-populations")] = None,
    slice_depth: Annotated[int, typer.Option(min=1, max=3, help="Columns that a sub-population has at most")] = 2,
    task: Annotated[
        str | None, typer.Option(help="binary, multiclass or regression [default: told by values]")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="What is judged [default: accuracy, or mae]")] = None,
    slo: Annotated[str | None, typer.Option(help='The objective, such as ">=0.75" [default: learned]')] = None,
    window: Annotated[str, typer.Option(help="Length of a window: 1h, 1d, 1w …")] = "1d",
    evaluate_after: Annotated[str, typer.Option(help="When after a window's end; may be negative: -8h")] = "0h",
    only_made: Annotated[bool, typer.Option("--only-made", help="Look only at predictions made by then")] = False,
    checks: Annotated[Path | None, typer.Option(help="A YAML file of bounds: age: {min: 18, nulls: 0.1}")] = None,
    json: Annotated[Path | None, typer.Option(help="Write every window and the scores here")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page for people here")] = None,
) -> None:
    """Walk over a log as if it were live: what would have been sent, when, and was it right (see docs/backtest.md)."""
    from bot.backtest import run

    columns = {
        "timestamp": timestamp,
        "prediction": prediction,
        "score": score,
        "label": label,
        "label_at": label_at,
        "label_delay": label_delay,
        "id": id,
        "features": features,
        "slice_by": slice_by,
        "slice_depth": slice_depth,
    }
    judged = {"task": task, "metric": metric, "slo": slo}
    walked = {
        "reference_until": reference_until,
        "window": window,
        "evaluate_after": evaluate_after,
        "only_made": only_made,
        "checks": checks,
    }
    raise typer.Exit(run(log, columns | judged | walked, json, html))


@cli.command()
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


@cli.command("try")
def try_out(
    directory: Annotated[Path, typer.Argument(help="The folder of team.yaml and the pipelines")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page")] = 8080,
    data: Data = None,
) -> None:
    """Try your own YAML and log in a workspace on this machine: no account, nobody else sees it."""
    from bot.tryout import run

    raise typer.Exit(run(directory, data or Path(".goldilocks"), port))


@cli.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="Public address of this server; without it: Socket Mode")] = None,
) -> None:
    """Print the Slack app manifest, to be pasted into Slack when the app is created."""
    from bot.slack.manifest import manifest as manifest_text

    if url is not None and not url.startswith(("https://", "http://")):
        raise typer.BadParameter("it must begin with https://", param_hint="--url")
    sys.stdout.write(manifest_text(url) if url else manifest_text(socket_mode=True))


@cli.command()
def workspace(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page")] = 8099,
    events_url: Annotated[str | None, typer.Option(help="Where the bot takes events")] = None,
    journal: Annotated[Path | None, typer.Option(help="File that keeps its messages over a restart")] = None,
    gallery: Annotated[bool, typer.Option("--gallery", help="Begin with every kind of message")] = False,
) -> None:
    """Run the built-in workspace alone, for a bot that runs elsewhere on this machine."""
    from bot.workspace.standalone import serve as serve_workspace

    serve_workspace(port, events_url, journal, gallery)


@cli.command()
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


@cli.command()
def token() -> None:
    """Make a token for a sender of alerts, and the line for team.yaml that lets it in."""
    import hashlib
    import secrets

    made = secrets.token_hex(16)  # 32 characters, so that it is a routing key for senders to PagerDuty, too
    typer.echo(f"token (give it to the sender, it is shown once): {made}")
    typer.echo(f"token_sha256 (for team.yaml): {hashlib.sha256(made.encode()).hexdigest()}")


@cli.command()
def reports(
    words: Annotated[list[str] | None, typer.Argument(help="Only reports that hold all of these words")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write them to, as Markdown")] = None,
) -> None:
    """List the reports of shifts and bugs, search them, or export them as Markdown."""
    from bot.reports import run

    raise typer.Exit(run(" ".join(words or ()), out))


@cli.command()
def schema(what: Annotated[Literal["team", "pipeline"], typer.Argument(help="Which file")]) -> None:
    """Print the JSON Schema of team.yaml or pipeline.yaml, for completion and checks in an editor."""
    import json

    from core.config.pipeline import Pipeline
    from core.config.team import Team

    model = Team if what == "team" else Pipeline
    typer.echo(json.dumps(model.model_json_schema(), indent=2))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema; `serve` does this too."""
    from bot.settings import Settings
    from core.db.database import Database
    from core.db.migrate import upgrade

    settings = Settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    upgrade(Database(settings.database))
    typer.echo("the database is up to date")


def main() -> None:
    """Run the command; what is known to go wrong is a sentence and the exit status 2, everything else a traceback."""
    gc.set_threshold(
        20_000, 10, 10
    )  # every 700 objects, as by default, a tenth of a backtest is looking for cycles
    try:
        cli()
    except SystemExit:
        raise
    except expected() as error:  # looked up only now: help must not wait for the modules that raise them
        told = sentence(error)
        if told is None:
            raise
        sys.stderr.write(f"{told}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
