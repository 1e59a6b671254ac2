"""`make chaos ARGS="--rounds 20 --seed 1"`: kill -9 at random points under load, and count what is lost."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.chaos.rounds import Outcome, Tally
from tests.chaos.storm import POSTGRES, SQLITE, Result, storms

RESULT = Path(".goldilocks") / "chaos.json"
ROWS = (
    ("alerts_acknowledged", "alerts acknowledged"),
    ("clicks_acknowledged", "clicks acknowledged"),
    ("crashes", "crashes"),
    ("requests_that_found_nobody", "requests while no replica was up"),
    ("requests_cut_off", "requests cut off by a kill"),
    ("requests_overdue", "requests given up after 10 s"),
    ("requests_refused", "requests refused, by status"),
    ("pages", "pages"),
    ("pages_escalated", "pages that escalated"),
    ("messages", "messages in Slack"),
    ("duplicate_posts", "posted twice"),
    ("longest_rest_s", "longest way to rest (s)"),
)


class Bars:
    """A bar for each database; what breaks is told above them at once."""

    def __init__(self, progress: Progress, on: list[str], rounds: int) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {
            name: progress.add_task(name, total=rounds, told="starting") for name in on
        }

    def watch(self, on: str, outcome: Outcome, tally: Tally) -> None:
        told = f"{len(tally.promises.stored):,} alerts, {tally.crashes} crashes, {tally.duplicates} posted twice"
        self._progress.update(self._tasks[on], advance=1, told=told)
        if not self._progress.console.is_terminal:  # a bar would show nothing there until the end
            print(f"{on}, seed {outcome.seed}: quiet after {outcome.rest_s:.1f} s; {told}", flush=True)
        for breach in outcome.breaches:
            self._progress.console.print(f"[red]{on}, seed {outcome.seed}:[/red] {breach}", highlight=False)


def main() -> int:
    """Run; 1 when a law was broken."""
    parser = argparse.ArgumentParser(prog="make chaos ARGS=…", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count on")
    parser.add_argument("--on", default=f"{SQLITE},{POSTGRES}", help="databases, by commas")
    parser.add_argument("--json", type=Path, default=RESULT, help="where the result goes")
    options = parser.parse_args()
    console, on = Console(), options.on.split(",")
    columns = (
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, console=console) as progress:
        results = asyncio.run(storms(on, options.rounds, options.seed, Bars(progress, on, options.rounds).watch))
    _report(console, results, options.json)
    return 1 if any(result.failed for result in results) else 0


def _told(value: Any) -> str:
    """A number, or numbers by name."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {count:,}" for name, count in value.items()) or "0"
    return f"{value:,}"


def _report(console: Console, results: list[Result], file: Path) -> None:
    told = [result.to_json() for result in results]
    table = Table("", *(f"{each['database']} ({each['replicas']})" for each in told))
    for name, label in ROWS:
        table.add_row(label, *(_told(each[name]) for each in told))
    table.add_row("rounds that broke a law", *(str(len(each["failed"])) for each in told))
    console.print(table)
    for failure in (failure for each in told for failure in each["failed"]):
        console.print(f"again: {failure['repeat']}", highlight=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"schema": 1, "databases": told}, indent=2) + "\n", encoding="utf-8")
    console.print(f"result: {file}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
