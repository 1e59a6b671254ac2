"""`goldilocks retrain`: run a trainer now and say what the gate would; or put the first version in service."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.app import open_registry, places
from bot.settings import Settings
from bot.slack.views.comparison import WORDS, table
from core.clock import SystemClock
from core.config.load import ConfigError, load
from core.config.pipeline import Pipeline
from core.models.holdout import HoldoutError
from core.models.places import training_folder
from core.models.registry import RegistryError
from core.models.trainer import TrainerError
from core.models.version import TRAINED_UNTIL_TAG
from workflows.compare import compare
from workflows.retrain import register, train

if TYPE_CHECKING:
    from core.models.registry import Registry


def run(
    pipeline_id: str, at: datetime | None, champion: Path | None, first: bool, version: int | None = None
) -> int:
    """Train as at an instant (default: now) and compare with the champion of the registry, or with a model file; the
    exit status. Nothing is registered and nobody hears of it, but that `first` puts what it trains in service, or a
    `version` that is registered already, without training."""
    settings, now = Settings(), SystemClock().now()
    try:
        config = load(settings.config, places(settings.data, sys.executable, settings.serving_url))
        pipeline = config.pipelines.get(pipeline_id)
        if pipeline is None:
            raise _RefusedError(
                f"there is no pipeline “{pipeline_id}”; known: {', '.join(sorted(config.pipelines))}"
            )
        if pipeline.retraining is None:
            raise _RefusedError(f"{pipeline_id} has no “retraining” in its YAML, so there is no trainer to run")
        if version is not None and (not first or at is not None or champion is not None):
            raise _RefusedError("--version goes with --first alone: it is trained already")
        done = _retrain(settings, pipeline, at or now, champion, first)
        for line in done if version is None else _put(settings, pipeline, version):
            typer.echo(line)
    except (ConfigError, _RefusedError) as error:
        typer.echo(str(error), err=True)
        return 2
    except (TrainerError, HoldoutError, RegistryError) as error:
        typer.echo(str(error), err=True)
        return 1
    return 0


_CHAMPION = "{} has a champion already; a candidate is promoted in Slack"
_IN_SERVICE = "Version {} is the champion of {}: serving may take it from the registry."


class _RefusedError(Exception):
    """What was asked for cannot be done as it was asked."""


def _retrain(
    settings: Settings, pipeline: Pipeline, at: datetime, file: Path | None, first: bool
) -> Iterator[str]:
    assert pipeline.retraining is not None  # noqa: S101 -- refused before
    key = f"{'first' if first else 'try'}:{pipeline.pipeline}:{at:%Y%m%dT%H%M%S}"
    folder = training_folder(settings.data.resolve(), key)
    folder.mkdir(parents=True, exist_ok=True)
    registry = open_registry(settings) if file is None else None
    champion = _given(file) if registry is None else _serving(registry, pipeline, folder)
    if first and (registry is None or champion is not None):
        raise _RefusedError(_CHAMPION.format(pipeline.pipeline))
    trained = asyncio.run(train(pipeline, pipeline.retraining, at, folder, champion, _progress))
    yield _rows(trained)
    if first and registry is not None:
        version = register(registry, pipeline.pipeline, trained, key, SystemClock().now())
        registry.set_champion(pipeline.pipeline, version)
        yield _IN_SERVICE.format(version, pipeline.pipeline)
    elif champion is None:
        yield "There is no champion to compare with: --first puts this one in service, --champion FILE names one."
    else:
        name = f"v{champion['version']}" if file is None else file.name
        yield from told(compare(trained, pipeline), name)


def _put(settings: Settings, pipeline: Pipeline, version: int) -> Iterator[str]:
    """Put a registered version in service where none is."""
    registry = open_registry(settings)
    if registry.champion(pipeline.pipeline) is not None:
        raise _RefusedError(_CHAMPION.format(pipeline.pipeline))
    known = sorted(each.version for each in registry.versions(pipeline.pipeline))
    if version not in known:
        there = f"registered are {', '.join(map(str, known))}" if known else "none is registered there"
        raise _RefusedError(
            f"{pipeline.pipeline} has no version {version} in this registry: {there}; "
            "GOLDILOCKS_DATA or GOLDILOCKS_REGISTRY_URI names another"
        )
    registry.set_champion(pipeline.pipeline, version)
    yield _IN_SERVICE.format(version, pipeline.pipeline)


def _given(file: Path | None) -> dict[str, Any] | None:
    if file is not None and not file.is_file():
        raise _RefusedError(f"{file} is not a file")
    return None if file is None else {"version": 0, "path": str(file.resolve()), "trained_until": None}


def _serving(registry: "Registry", pipeline: Pipeline, folder: Path) -> dict[str, Any] | None:
    champion = registry.champion(pipeline.pipeline)
    if champion is None:
        return None
    path = registry.download(pipeline.pipeline, champion.version, folder / "champion")
    return {"version": champion.version, "path": str(path), "trained_until": champion.tags.get(TRAINED_UNTIL_TAG)}


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _rows(trained: dict[str, Any]) -> str:
    rows = ", ".join(f"{count:,} {name}" for name, count in trained["rows"].items())
    return f"Rows: {rows or 'not told'}. Model: {trained['model_path']}"


def told(gate: dict[str, Any], champion: str) -> Iterator[str]:
    """What people would read in the request: the verdict, the figures, and what must not break."""
    yield f"{WORDS[gate['decision']]} {gate['detail']}"
    if figures := table(gate, champion, "new"):
        yield figures
    for guard in gate.get("guards") or ():
        kept = {True: "broken: ", False: "kept: ", None: ""}[guard["broken"]]
        yield f"must not break: {kept}{guard['detail']}"
