"""Reads the files of other tools, and says of one that cannot be read where and why."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from bot.imports.draft import SourceError
from core.config.places import Location
from core.config.reading import Plain, UnreadableError, document_of, line_of

MAX_BYTES = 20_000_000
MOST_FILES = 500


@dataclass(frozen=True)
class Source:
    """One file that was read: what it holds, and where in it something stands."""

    file: Path
    values: Any
    document: Any = None

    def at(self, location: Location) -> str:
        """`alertmanager.yml:12 route.routes.0`, in JSON without the line."""
        path = ".".join(map(str, location))
        if self.document is None:
            return f"{self.file.name} {path}" if path else self.file.name
        return f"{self.file.name}:{line_of(self.document, location)} {path}".rstrip()


class _Texts(VersionedResolver):
    """Every value is the text that stands there, as Alertmanager takes the values of labels: `yes`, `500` and `1.10`
    too."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode:
            return Tag(suffix="tag:yaml.org,2002:str")
        return super().resolve(kind, value, implicit)


def yaml_source(file: Path) -> Source:
    """A YAML file of texts; aliases are followed, as often as values in a file of ours may be."""
    if not file.is_file():
        raise SourceError(f"{file}: no such file")
    try:
        document = document_of(file, _Texts)
        return Source(file, _merged(Plain({})(document)), document)
    except UnreadableError as error:
        raise SourceError(f"{file}:{error.line}: {error}") from None
    except RecursionError:
        raise SourceError(f"{file}:1: nested too deeply; does an alias contain itself?") from None


def _merged(value: Any) -> Any:
    """With the keys of `<<` where they are meant."""
    if isinstance(value, list):
        return [_merged(each) for each in value]
    if not isinstance(value, dict):
        return value
    below = value.get("<<", [])
    found: dict[str, Any] = {}
    for each in reversed(below if isinstance(below, list) else [below]):
        found |= _merged(each) if isinstance(each, dict) else {}
    return found | {key: _merged(each) for key, each in value.items() if key != "<<"}


def json_source(file: Path) -> Source:
    """A JSON file."""
    text = text_of(file)
    try:
        return Source(file, json.loads(text))
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip())
        remedy = "it ends too early, so the download was cut off: fetch it again" if cut else "fetch it again"
        raise SourceError(f"{file}:{error.lineno}: not valid JSON ({error.msg}); {remedy}") from None
    except (ValueError, RecursionError):
        raise SourceError(f"{file}:1: no JSON that an API answers with; is this the right file?") from None


def text_of(file: Path) -> str:
    """A file's text; SourceError when it is none, or too long."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SourceError(f"{file}:1: larger than {MAX_BYTES:,} bytes; is this the right file?")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"{file}: this file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}:1: not UTF-8 text ({error.reason}); save the file as UTF-8") from None


def json_files(paths: list[Path]) -> list[Path]:
    """The files that are named, and the JSON in the folders that are, by name."""
    found = list(_each(paths))
    if not found:
        raise SourceError(f"{paths[0]}: no *.json in it; put what the API answered there (docs/coming-from.md)")
    if len(found) > MOST_FILES:
        raise SourceError(f"{paths[0]}: {len(found)} files; give the folder that holds only what the API answered")
    return found


def _each(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.glob("*.json") if each.is_file())
        else:
            yield path
