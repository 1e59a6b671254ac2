"""`goldilocks route` and the part of `goldilocks check` about routes: where alerts would go, and why."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from core.alerts.labels import RefusedError, clean
from core.alerts.routing import explain, place
from core.alerts.severity import pages, severity_of
from core.config.alerts import Route
from core.config.load import Config, load

PLACES = {"data": "{data}", "python": "{python}", "serving": "http://127.0.0.1"}
"""What the server fills in later, kept as it is written here."""


def run(directory: Path, pairs: Sequence[str]) -> int:
    """Print where an alert with these `label=value` pairs goes; 2 when a pair is none."""
    labels = dict(pair.partition("=")[::2] for pair in pairs)
    try:
        kept = clean(labels)
    except RefusedError as error:
        typer.echo(f"{error}; write label=value, for example severity=critical", err=True)
        return 2
    config = load(directory, PLACES)
    for line in told(kept, config):
        typer.echo(line)
    return 0


def told(labels: dict[str, str], config: Config) -> Iterator[str]:
    """The destination, then each reason with its name."""
    placed = place(labels, config)
    people = placed.people
    yield f"pipeline: {people.pipeline or '-'}"
    yield f"channel:  {', '.join([people.channel, *placed.copies])}"
    yield f"rotation: {people.rotation}"
    yield f"policy:   {people.policy}"
    yield f"group:    {', '.join(f'{name}={value}' for name, value in placed.labels.items()) or 'one for all'}"
    yield "why:"
    for reason in explain(labels, config):
        yield f"  {reason.name}: {reason.detail}"
    calls = pages(severity_of(labels))
    yield f"  {calls.reason}: {calls.detail}"


def table(config: Config) -> Iterator[str]:
    """The routes as they are read, each with its line; the last line is where everything else goes."""
    alerts = config.team.alerts
    yield from _rows(alerts.routes, config, "  ")
    yield f"  everything else -> its pipeline, its rotation, or channel {alerts.channel}, rotation {alerts.rotation}"


def _rows(routes: Sequence[Route], config: Config, indent: str) -> Iterator[str]:
    for route in routes:
        matched = ", ".join(map(str, route.match)) or "everything"
        fields = ("pipeline", "channel", "rotation", "policy")
        to = ", ".join(f"{field} {value}" for field in fields if (value := getattr(route, field)))
        after = "; goes on" if route.go_on else ""
        yield f"{indent}{route.id} (line {config.lines[route.id]}): {matched} -> {to or 'as around it'}{after}"
        yield from _rows(route.routes, config, f"{indent}  ")
