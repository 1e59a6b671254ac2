"""Reads the reviewed YAML: `team.yaml` and every `*pipeline.yaml` of a folder, with errors a person can act on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from core.config.pipeline import Pipeline
from core.config.team import Team

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


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
    """Everything that is declared: the team and its pipelines by id."""

    team: Team
    pipelines: dict[str, Pipeline]

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
    if not files:
        problems.append(Problem(directory, 1, "", "no pipeline.yaml here; declare at least one pipeline"))
    pipelines = [(file, _read(file, Pipeline, values, problems)) for file in files]
    if team is not None:
        _check_references(team, pipelines, problems)
    if problems or team is None:
        raise ConfigError(problems)
    return Config(team, {p.pipeline: p for _, p in pipelines if p is not None})


def _read(file: Path, model: type[M], places: dict[str, str], problems: list[Problem]) -> M | None:
    try:
        document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(file, 1, "", "this file is missing"))
        return None
    except UnicodeDecodeError as error:
        problems.append(Problem(file, 1, "", f"not UTF-8 text ({error.reason}); save the file as UTF-8"))
        return None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(file, line, "", f"not valid YAML: {error.problem or error.context}"))
        return None
    try:
        return model.model_validate(_plain(document, places))
    except ValidationError as error:
        problems.extend(
            _problem(file, document, item["loc"], item["type"], item["msg"]) for item in error.errors()
        )
        return None


def _problem(file: Path, document: Any, loc: Location, kind: str, message: str) -> Problem:
    if kind == "extra_forbidden":
        message = f"unknown key “{loc[-1]}”; remove it or correct its spelling"
    elif kind == "missing":
        message = f"“{loc[-1]}” is missing; add it"
    else:
        message = message.removeprefix("Value error, ")
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


def _plain(node: Any, places: dict[str, str]) -> Any:
    """The document as plain values, with `{name}` replaced in texts."""
    if isinstance(node, dict):
        return {str(key): _plain(value, places) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, places) for value in node]
    if isinstance(node, str):
        for name, value in places.items():
            node = node.replace(f"{{{name}}}", value)
        return str(node)
    return node


def _check_references(team: Team, pipelines: list[tuple[Path, Pipeline | None]], problems: list[Problem]) -> None:
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
