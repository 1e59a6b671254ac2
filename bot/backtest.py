"""`goldilocks backtest alerts`: what would have been sent about a log, when, and whether it was right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.ports import Progress
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts
from core.evaluation.backtest.telling import headline, scored
from core.evaluation.backtest.write import write_html, write_json

FINE, UNUSABLE = 0, 2
"""Exit statuses: the walk was made, whatever it found; the log or an option cannot be used."""


def run(log: str, asked: dict[str, Any], json: Path | None, html: Path | None) -> int:
    """Walk, write what was asked for, and tell in a few lines; returns the exit status."""
    try:
        _insist_on_folders(json, html)
        with _progress() as progress:
            report = backtest_alerts(log, progress=progress, **asked)
    except BacktestError as error:
        typer.echo(str(error), err=True)
        return UNUSABLE
    if json:
        write_json(report, json)
    if html:
        write_html(report, html)
    for line in told(report):
        typer.echo(line)
    for path in (json, html):
        if path:
            typer.echo(f"written: {path}")
    return FINE


def _insist_on_folders(json: Path | None, html: Path | None) -> None:
    """Found out before the walk, not after it."""
    for option, path in (("--json", json), ("--html", html)):
        if path is not None and path.is_dir():
            raise BacktestError(f"{option} {path}: this is a folder; name a file in it")


@contextmanager
def _progress() -> Iterator[Progress]:
    """A line on the terminal while it runs, none in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("reading the log", total=None)
        yield lambda what, done, total: bar.update(line, description=what, completed=done, total=total)


def told(report: BacktestReport) -> Iterator[str]:
    """The summary for a terminal."""
    yield headline(report)
    if report.objective:
        yield f"Objective: {report.objective.sentence}. {report.objective.origin}"
    yield from scored(report)
    for lesson in report.lessons:
        yield f"learned: {lesson}"
    for note in report.notes:
        yield f"note: {note}"
