"""Commands that ask the engine: how a day went, what a trainer makes, what would have been sent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()
backtests = typer.Typer(help="Prove on a log of the past what would have been sent.", no_args_is_help=True)
commands.add_typer(backtests, name="backtest")


@commands.command()
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


@commands.command()
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


@commands.command()
def reports(
    words: Annotated[list[str] | None, typer.Argument(help="Only reports that hold all of these words")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write them to, as Markdown")] = None,
) -> None:
    """List the reports of shifts and bugs, search them, or export them as Markdown."""
    from bot.reports import run

    raise typer.Exit(run(" ".join(words or ()), out))
