"""Reads the reviewed YAML: `team.yaml` and every `*pipeline.yaml` of a folder, with errors a person can act on."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from core.config.alerts import Route
from core.config.bounds import AllBounds, ColumnBounds
from core.config.pipeline import Pipeline
from core.config.reach_check import unreachable
from core.config.routes_check import problems as routing_problems
from core.config.team import Team

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]

MAX_BYTES = 1_000_000
MAX_VALUES = 20_000
"""Values in a file, those that aliases repeat included: a few lines of nested aliases make billions."""

MAX_MESSAGE = 300


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the file, the line (from 1), where in the file, and what is wrong."""

    file: Path
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}: {place}{self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` names every place to mend."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


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
    problems: list[Problem] = []
    team = _read(directory / "team.yaml", Team, values, problems)
    files = sorted(directory.glob("*pipeline.yaml"))
    pipelines = [(file, _read(file, Pipeline, values, problems)) for file in files]
    if team is not None:
        _check_references(directory, team, pipelines, problems)
    lines: dict[str, int] = {}
    if team is not None:
        document, known = _document(directory / "team.yaml"), [p.pipeline for _, p in pipelines if p is not None]
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


def load_bounds(file: Path) -> dict[str, ColumnBounds]:
    """Bounds by column, from a file of their own; raises ConfigError with every problem found."""
    problems: list[Problem] = []
    found = _read(file, AllBounds, {}, problems)
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
        yield Problem(file, _line(document, loc), ".".join(map(str, loc)), message)


def _route_lines(document: Any, routes: list[Route], at: Location) -> Iterator[tuple[str, int]]:
    for number, route in enumerate(routes):
        yield route.id, _line(document, (*at, number))
        yield from _route_lines(document, route.routes, (*at, number, "routes"))


def _read(file: Path, model: type[M], places: dict[str, str], problems: list[Problem]) -> M | None:
    try:
        document = _document(file)
        values = _Plain(places)(document)
    except RecursionError:
        problems.append(Problem(file, 1, "", "nested too deeply; does an alias contain itself?"))
        return None
    except _UnreadableError as error:
        problems.append(Problem(file, error.line, "", str(error)))
        return None
    if not isinstance(values, dict):
        message = "there must be “key: value” lines here" if values is not None else "this file is empty"
        problems.append(Problem(file, 1, "", message))
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems.extend(
            _problem(file, document, item["loc"], item["type"], item["msg"]) for item in error.errors()
        )
        return None


class _UnreadableError(Exception):
    """A file that holds no YAML that could be checked."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _document(file: Path) -> Any:
    try:
        text = _text(file)
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _UnreadableError(f"not valid YAML: {error.problem or error.context}", line) from None
    except YAMLError as error:  # a character that YAML does not allow
        position = getattr(error, "position", 0)
        raise _UnreadableError(
            "not valid YAML: a control character; remove it", text.count("\n", 0, position) + 1
        ) from None
    except ValueError as error:  # a value that looks like a date or a number and is none
        raise _UnreadableError(f"a value that nothing can be: {error}") from None
    except RecursionError:
        raise _UnreadableError("nested too deeply") from None


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _UnreadableError(f"larger than {MAX_BYTES:,} bytes; is this the right file?")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _UnreadableError(
            f"this file is missing in {file.parent.resolve()}; is it the right folder? It is named on the command "
            "line, or by GOLDILOCKS_CONFIG"
        ) from None
    except OSError as error:
        raise _UnreadableError(f"this file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _UnreadableError(f"not UTF-8 text ({error.reason}); save the file as UTF-8") from None


def _problem(file: Path, document: Any, loc: Location, kind: str, message: str) -> Problem:
    if kind == "extra_forbidden":
        message = f"unknown key “{loc[-1]}”; remove it or correct its spelling"
    elif kind == "missing":
        message = f"“{loc[-1]}” is missing; add it"
    else:
        message = message.removeprefix("Value error, ")
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]}…"
    return Problem(file, _line(document, loc), ".".join(map(str, loc)), message)


def _line(document: Any, loc: Location) -> int:
    """The line of the deepest place in `loc` that exists in the file."""
    line: int = 1
    node: Any = document
    for step in loc:
        try:
            marks: Any = node.lc
            position = marks.item(step) if isinstance(node, list) else marks.key(step)
            line, node = position[0] + 1, node[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return int(line)


class _Plain:
    """Makes a document plain values, with `{name}` replaced in texts; raises _UnreadableError when it has too many."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places
        self._left = MAX_VALUES

    def __call__(self, node: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _UnreadableError(f"more than {MAX_VALUES:,} values; do aliases repeat each other?")
        if isinstance(node, dict):
            return {str(key): self(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self(value) for value in node]
        return self._filled(node) if isinstance(node, str) else node

    def _filled(self, text: str) -> str:
        for name, value in self._places.items():
            text = text.replace(f"{{{name}}}", value)
        return str(text)


def _check_references(
    directory: Path, team: Team, pipelines: list[tuple[Path, Pipeline | None]], problems: list[Problem]
) -> None:
    known = {
        "rotation": {r.id for r in team.rotations},
        "channel": {c.id for c in team.channels},
        "escalation": {p.id for p in team.escalation},
    }
    seen: set[str] = set()
    for file, pipeline in pipelines:
        if pipeline is None:
            continue
        if pipeline.pipeline in seen:
            problems.append(Problem(file, 1, "pipeline", f"“{pipeline.pipeline}” is declared twice"))
        seen.add(pipeline.pipeline)
        for field, names in known.items():
            value = getattr(pipeline, field)
            if value not in names:
                message = f"“{value}” is not in team.yaml; known: {', '.join(sorted(names))}"
                problems.append(Problem(file, 1, field, message))
        _check_calls(file, team, pipeline, problems)
    for beat in team.heartbeats:
        if beat.pipeline is not None and beat.pipeline not in seen:
            message = (
                f"“{beat.pipeline}” is not among the pipelines ({', '.join(sorted(seen)) or 'there are none'})"
            )
            problems.append(Problem(directory / "team.yaml", 1, f"heartbeats.{beat.id}.pipeline", message))


def _check_calls(file: Path, team: Team, pipeline: Pipeline, problems: list[Problem]) -> None:
    """An urgent alert of a pipeline must call somebody."""
    if pipeline.escalation in {policy.id for policy in team.escalation}:
        try:
            team.require_calls(pipeline.escalation, f"pipeline {pipeline.pipeline}")
        except ValueError as error:
            problems.append(Problem(file, 1, "escalation", str(error)))
