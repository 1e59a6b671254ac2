"""Reads one YAML file into a type, and says of every mistake where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.resolver import VersionedResolver

from core.config.mistakes import said
from core.config.places import KIND, Location
from core.config.spelling import keys_at
from core.nearest import nearest

M = TypeVar("M", bound=BaseModel)

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


def read(file: Path, model: type[M], places: dict[str, str], problems: list[Problem]) -> M | None:
    try:
        document = document_of(file)
        values = Plain(places)(document)
    except RecursionError:
        problems.append(Problem(file, 1, "", "nested too deeply; does an alias contain itself?"))
        return None
    except UnreadableError as error:
        problems.append(Problem(file, error.line, "", str(error)))
        return None
    if not isinstance(values, dict):
        message = "there must be “key: value” lines here" if values is not None else "this file is empty"
        problems.append(Problem(file, 1, "", message))
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems.extend(_told(file, document, model, error))
        return None


class UnreadableError(Exception):
    """A file that holds no YAML that could be checked."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def document_of(file: Path, resolver: type[VersionedResolver] | None = None) -> Any:
    """The file's YAML with its line numbers; its plain values mean what the `resolver` says."""
    try:
        text = _text(file)
        yaml = YAML(typ="rt")
        yaml.Resolver = resolver or yaml.Resolver
        return yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UnreadableError(f"not valid YAML: {error.problem or error.context}", line) from None
    except YAMLError as error:  # a character that YAML does not allow
        position = getattr(error, "position", 0)
        raise UnreadableError(
            "not valid YAML: a control character; remove it", text.count("\n", 0, position) + 1
        ) from None
    except ValueError as error:  # a value that looks like a date or a number and is none
        raise UnreadableError(f"a value that nothing can be: {error}") from None
    except RecursionError:
        raise UnreadableError("nested too deeply") from None


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UnreadableError(f"larger than {MAX_BYTES:,} bytes; is this the right file?")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnreadableError(
            f"this file is missing in {file.parent.resolve()}; is it the right folder? It is named on the command "
            "line, or by GOLDILOCKS_CONFIG"
        ) from None
    except OSError as error:
        raise UnreadableError(f"this file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 text ({error.reason}); save the file as UTF-8") from None


def _told(file: Path, document: Any, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Each mistake at its own place, also where a validator found several."""
    for item in error.errors():
        if item["type"] == KIND:
            for at, message in item["ctx"]["places"]:
                yield problem_at(file, document, (*item["loc"], *at), message)
        else:
            yield problem_at(file, document, item["loc"], _message(model, item))


def _message(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    if error["type"] != "extra_forbidden":
        return said(error)
    loc = error["loc"]
    meant = nearest(str(loc[-1]), keys_at(model, loc[:-1]), 1)
    return f"unknown key “{loc[-1]}”; " + (
        f"did you mean “{meant[0]}”?" if meant else "remove it or correct its spelling"
    )


def problem_at(file: Path, document: Any, loc: Location, message: str) -> Problem:
    short = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}…"
    return Problem(file, line_of(document, loc), ".".join(map(str, loc)), short)


def line_of(document: Any, loc: Location) -> int:
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


class Plain:
    """Makes a document plain values, with `{name}` replaced in texts; raises UnreadableError when it has too many."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places
        self._left = MAX_VALUES

    def __call__(self, node: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise UnreadableError(f"more than {MAX_VALUES:,} values; do aliases repeat each other?")
        if isinstance(node, dict):
            return {str(key): self(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self(value) for value in node]
        return self._filled(node) if isinstance(node, str) else node

    def _filled(self, text: str) -> str:
        for name, value in self._places.items():
            text = text.replace(f"{{{name}}}", value)
        return str(text)
