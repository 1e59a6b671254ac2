"""`goldilocks demo`: for a visitor at the page, or headless with scripted people."""

import asyncio
import json
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bot.demo import store, welcome
from bot.demo.beginning import begin
from bot.demo.controls import DemoControls
from bot.demo.folder import owned
from bot.demo.people import People
from bot.demo.scene import free_port
from bot.demo.simulation import Simulation
from bot.demo.stage import Stage, stage
from bot.http.server import check_free
from bot.logs import configure

HEADLESS_START = datetime(2013, 2, 1, 5, tzinfo=UTC)
PAGE_START = datetime(2013, 2, 5, 17, tzinfo=UTC)
"""Tuesday noon in New York, after that week's retraining: the next trouble is the blizzard's."""

DEMO_TOKEN = "demo-alertmanager"  # noqa: S105 - for everybody, on this machine only
"""Of the source in the demo's team.yaml."""

TOLD_DAYS = 7
"""How often a headless run tells what has happened."""

_WORDS = {
    "predictions": "predictions",
    "labels": "labels",
    "evaluations": "evaluations",
    "alerts": "alerts",
    "acknowledged": "acknowledged",
    "tickets": "bugs",
    "approvals": "requests approved",
    "rollbacks": "rollbacks",
    "retrains": "retrainings",
    "handoffs": "handoffs accepted",
    "reviews": "review cards",
    "refused": "clicks refused",
    "errors": "errors",
}


def run_headless(folder: Path, days: int, output: Path | None) -> int:
    """Replay `days` days and write the counts; the exit status is 0 when nothing failed."""
    configure("warning")
    if output is not None:  # now rather than after minutes, should it be impossible
        output.parent.mkdir(parents=True, exist_ok=True)
        output.touch()
    with owned(folder):
        counts = asyncio.run(_headless(folder, days))
    text = json.dumps(counts, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
    return 1 if counts["errors"] else 0


async def _headless(folder: Path, days: int) -> dict[str, Any]:
    console, began = Console(stderr=True), time.monotonic()
    async with stage(folder, HEADLESS_START, free_port(), console.print) as made:
        people = People(made.workspace, made.app.slack, made.app.config, made.clock)
        simulation = Simulation(made.clock, made.scene, made.app.runtime, made.app.slack.sender, people)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("replaying", total=days)
            for day in range(1, days + 1):
                await simulation.advance(HEADLESS_START + timedelta(days=day), _nobody_waits)
                progress.update(task, completed=day, description=f"{made.clock.now():%d %B %Y}")
                if day % TOLD_DAYS == 0 and day < days:
                    so_far = vars(simulation.counts) | await made.app.database.fetch(store.happened)
                    console.print(in_words(f"{made.clock.now():%d %B %Y}", so_far))
        counts = await _report(made, simulation, people, days, time.monotonic() - began)
        console.print(in_words(f"{days} days in {counts['seconds']:.0f} seconds", counts))
        return counts


def in_words(when: str, counts: dict[str, Any]) -> str:
    """What has happened so far, in a line; what has not is left out."""
    return f"{when}: " + ", ".join(f"{word} {counts[key]:,}" for key, word in _WORDS.items() if counts.get(key))


async def _nobody_waits() -> str | None:
    return None


async def _report(
    made: Stage, simulation: Simulation, people: People, days: int, seconds: float
) -> dict[str, Any]:
    happened = await made.app.database.fetch(store.happened)
    failures = people.errors + await made.app.database.fetch(store.failures)
    for failure in failures:
        sys.stderr.write(f"{failure}\n")
    return {
        "days": days,
        "predictions": simulation.counts.predictions,
        "labels": simulation.counts.labels,
        **happened,
        "refused": people.refused,
        "slack_calls": sum(made.workspace.calls.values()),
        "errors": len(failures),
        "seconds": round(seconds, 1),
    }


def run_page(folder: Path, port: int) -> int:
    """Serve the demo until it is interrupted."""
    configure("warning")
    check_free("127.0.0.1", port)
    with owned(folder):
        return asyncio.run(_page(folder, port))


async def _page(folder: Path, port: int) -> int:
    console, stop = Console(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    moving: list[tuple[Simulation, DemoControls]] = []

    def direct(made: Stage) -> DemoControls:
        sender, lives = made.app.slack.sender, made.app.watch
        simulation = Simulation(made.clock, made.scene, made.app.runtime, sender, lives=lives)
        moving.append((simulation, DemoControls(simulation, made)))
        return moving[0][1]

    async with stage(folder, PAGE_START, port, console.print, direct) as made:
        simulation, controls = moving[0]
        await begin(made, simulation)
        time_moves = asyncio.create_task(controls.run())
        console.print(_welcome(made.url), soft_wrap=True)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([time_moves, stopped], return_when=asyncio.FIRST_COMPLETED)
        failed = time_moves.done()
        for task in (time_moves, stopped):
            task.cancel()
        results = await asyncio.gather(time_moves, stopped, return_exceptions=True)
        if failed and isinstance(results[0], BaseException):
            raise results[0]
    return 0


def _welcome(url: str) -> str:
    steps = "\n".join(f"  {number}. {step}" for number, step in enumerate(welcome.STEPS, 1))
    return f"""
[bold]Goldilocks is running:[/bold] {url}

  {welcome.HELLO} {welcome.CLOCK}

{steps}

  Send it something yourself; whatever an Alertmanager takes is taken here, too (docs/ingest.md):

    curl -H "Authorization: Bearer {DEMO_TOKEN}" {url}/events -d '{{"title": "Disk full", "pipeline": "flights"}}'

  Stop with Ctrl+C. The next start begins the story anew, in a few seconds.
"""
