"""Reads the reviewed YAML: `team.yaml` and every `*pipeline.yaml` of a folder, with errors a person can act on."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.config import unread
from core.config.alerts import Route
from core.config.bounds import AllBounds, ColumnBounds
from core.config.pipeline import Pipeline
from core.config.placeholders import unfilled
from core.config.places import Found, Location, unknown
from core.config.reach_check import unreachable
from core.config.reading import ConfigError as ConfigError
from core.config.reading import Problem as Problem
from core.config.reading import document_of, line_of, problem_at, read
from core.config.routes_check import problems as routing_problems
from core.config.team import Team


@dataclass(frozen=True)
class Config:
    """Everything that is declared: the team and its pipelines by id. `lines` tells on which line of team.yaml a route
    stands, by its id; `digest` is equal for equal files, wherever they lie."""

    team: Team
    pipelines: dict[str, Pipeline]
    lines: Mapping[str, int] = dataclasses.field(default_factory=dict)
    digest: str = ""

    def pipeline(self, pipeline_id: str) -> Pipeline:
        return self.pipelines[pipeline_id]


def load(directory: Path, places: dict[str, str] | None = None) -> Config:
    """Read a folder of YAML; raises ConfigError with every problem found.

    `{name}` in a text is replaced by `places[name]` (such as `{data}`); `{here}` is always the folder itself.
    """
    if not directory.is_dir():
        raise ConfigError([Problem(directory, 1, "", "no such folder; give the one that holds team.yaml")])
    values = {"here": str(directory.resolve()), **(places or {})}
    problems = [Problem(file, line, "", message) for file, line, message in unread.mistaken(directory)]
    team = read(directory / "team.yaml", Team, values, problems)
    files = sorted(directory.glob("*pipeline.yaml"))
    pipelines = [(file, read(file, Pipeline, values, problems)) for file in files]
    if team is not None:
        _check_references(directory, team, pipelines, problems)
    lines: dict[str, int] = {}
    if team is not None:
        document, known = document_of(directory / "team.yaml"), [p.pipeline for _, p in pipelines if p is not None]
        problems.extend(_routing(directory / "team.yaml", document, team, known))
        lines = dict(_route_lines(document, team.alerts.routes, ("alerts", "routes")))
    if problems or team is None:
        raise ConfigError(problems)
    digest = _digest([directory / "team.yaml", *files])
    return Config(team, {p.pipeline: p for _, p in pipelines if p is not None}, lines, digest)


def _digest(files: Iterable[Path]) -> str:
    whole = sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def to_be_filled(directory: Path, team: Team) -> list[Problem]:
    """Each placeholder that still stands in `team.yaml`, with its line."""
    file = directory / "team.yaml"
    found = list(unfilled(team))
    document = document_of(file) if found else None
    return [problem_at(file, document, at, message) for at, message in found]


def load_bounds(file: Path) -> dict[str, ColumnBounds]:
    """Bounds by column, from a file of their own; raises ConfigError with every problem found."""
    problems: list[Problem] = []
    found = read(file, AllBounds, {}, problems)
    if problems or found is None:
        raise ConfigError(problems)
    return found.root


def _routing(file: Path, document: Any, team: Team, pipelines: list[str]) -> Iterator[Problem]:
    known = {
        "pipeline": set(pipelines),
        "channel": {channel.id for channel in team.channels},
        "rotation": {rotation.id for rotation in team.rotations},
        "policy": {policy.id for policy in team.escalation},
    }
    for loc, message in (*routing_problems(team.alerts, known), *unreachable(team)):
        yield problem_at(file, document, loc, message)


def _route_lines(document: Any, routes: list[Route], at: Location) -> Iterator[tuple[str, int]]:
    for number, route in enumerate(routes):
        yield route.id, line_of(document, (*at, number))
        yield from _route_lines(document, route.routes, (*at, number, "routes"))


def _check_references(
    directory: Path, team: Team, pipelines: list[tuple[Path, Pipeline | None]], problems: list[Problem]
) -> None:
    seen: dict[str, Path] = {}
    for file, pipeline in pipelines:
        if pipeline is not None:
            found = list(_in_pipeline(team, pipeline, seen))
            document = document_of(file) if found else None
            problems.extend(problem_at(file, document, at, message) for at, message in found)
            seen.setdefault(pipeline.pipeline, file)
    beats = [
        (("heartbeats", number, "pipeline"), unknown(beat.pipeline, seen, "pipelines"))
        for number, beat in enumerate(team.heartbeats)
        if beat.pipeline is not None and beat.pipeline not in seen
    ]
    file = directory / "team.yaml"
    problems.extend(problem_at(file, document_of(file), at, message) for at, message in beats)


def _in_pipeline(team: Team, pipeline: Pipeline, seen: Mapping[str, Path]) -> Found:
    """What does not fit to the team, with its place; `seen` are the pipelines before it, with their files."""
    if pipeline.pipeline in seen:
        yield ("pipeline",), f"“{pipeline.pipeline}” is declared in {seen[pipeline.pipeline].name} already"
    known = {
        "rotation": ("rotations", {each.id for each in team.rotations}),
        "channel": ("channels", {each.id for each in team.channels}),
        "escalation": ("escalation policies", {each.id for each in team.escalation}),
    }
    for field, (what, names) in known.items():
        value = getattr(pipeline, field)
        if value not in names:
            yield (field,), unknown(value, names, f"{what} of team.yaml")
        elif field == "escalation":  # an urgent alert of a pipeline must call somebody
            yield from (((field,), said) for said in team.silent(value, f"pipeline {pipeline.pipeline}"))
