"""Writes a team as the YAML that people review: what is read from it again is the same team. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from enum import Enum
from textwrap import wrap
from typing import Any

from bot.imports.draft import Draft
from core.config.placeholders import is_placeholder
from core.text import as_written

WIDTH = 118
SECTIONS = (
    "people",
    "channels",
    "holidays",
    "rotations",
    "escalation",
    "pagers",
    "approvals",
    "alerts",
    "sources",
    "heartbeats",
)
WEEK = timedelta(weeks=1)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.@ ")
_TAKEN = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""))
_MEANT_EMPTY = frozenset(("by",))


def written(draft: Draft, origin: str) -> str:
    """The whole file; `origin` says in its first line where it came from."""
    values = draft.team.model_dump(by_alias=True, exclude_unset=True)
    lines = [*_header(draft, origin), f"team: {_scalar(values['team'])}"]
    for section in SECTIONS:
        about = [f"# {line}" for line in draft.comments.get(section, "").splitlines()]
        lines += ["", *about] if about else []
        if values.get(section):
            lines += [*([] if about else [""]), f"{section}:"]
            lines += _section(values[section], {k: v for k, v in draft.comments.items() if k.startswith(section)})
    return "\n".join(lines) + "\n"


def _header(draft: Draft, origin: str) -> Iterator[str]:
    yield f"# Made from {origin} by `goldilocks import`. Review it like code, then: goldilocks check DIR --oncall"
    if not draft.notes:
        return
    yield "#"
    yield "# Not carried over, or different here:"
    for note in draft.notes:
        first, *rest = wrap(_one_line(str(note)), WIDTH - 4, break_long_words=False, break_on_hyphens=False)
        yield f"# - {first}"
        yield from (f"#   {line}" for line in rest)


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _section(value: Any, comments: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value, "  ")
        return
    for each in value:
        about = next((v for k, v in comments.items() if k.partition(".")[2] == each["id"]), None)
        if about:
            yield f"  # {_one_line(about)}"
        unfilled = "slack" in each and is_placeholder(each["slack"])
        first, *rest = _item(each, "  ")
        yield f"{first} # to be filled in" if unfilled and not rest else first
        yield from rest


def _item(value: Any, indent: str) -> Iterator[str]:
    """An entry of a list: on one line if it fits, else over several."""
    flow = _flow(value)
    if not isinstance(value, Mapping) or (len(indent) + len(flow) + 2 <= WIDTH and _is_small(value)):
        yield f"{indent}- {flow}"
        return
    first, *rest = _mapping(value, f"{indent}  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _mapping(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in _kept(values):
        flow = _flow(value, key)
        if _is_leaf(value) and len(indent) + len(key) + len(flow) + 2 <= WIDTH:
            yield f"{indent}{key}: {flow}"
        elif isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _mapping(value, f"{indent}  ")
        elif _is_many(value):
            yield f"{indent}{key}:"
            for each in value:
                yield from _item(each, f"{indent}  ")
        else:
            yield f"{indent}{key}: {flow}"


def _kept(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        empty = value is None or (_is_many(value) and not value) or (isinstance(value, Mapping) and not value)
        if not empty or (key in _MEANT_EMPTY and value is not None):
            yield key, value


def _is_many(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _is_leaf(value: Any) -> bool:
    """Whether it reads well on one line: no list of mappings in it."""
    if isinstance(value, Mapping):
        return all(_is_leaf(each) for each in value.values())
    return not _is_many(value) or not any(isinstance(each, Mapping) and "notify" not in value for each in value)


def _is_small(value: Mapping[str, Any]) -> bool:
    return "handoff" not in value and "steps" not in value and "match" not in value and "source" not in value


def _flow(value: Any, key: str = "") -> str:
    if isinstance(value, Mapping):
        if set(value) == {"who"}:
            return _scalar(value["who"])
        return "{" + ", ".join(f"{name}: {_flow(each, name)}" for name, each in _kept(value)) + "}"
    if _is_many(value):
        many = list(value) if isinstance(value, list | tuple) else sorted(value)
        if key == "notify" and len(many) == 1:
            return _flow(many[0])
        return "[" + ", ".join(map(_flow, many)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return _span(value)
    if isinstance(value, time):
        return f'"{value:%H:%M:%S}"' if value.second else f'"{value:%H:%M}"'
    if isinstance(value, date | int):
        return str(value)
    return _text(str(value.value if isinstance(value, Enum) else value))


def _span(value: timedelta) -> str:
    return f"{value // WEEK}w" if value and not value % WEEK else as_written(value)


def _text(text: str) -> str:
    plain = text.lower() not in _TAKEN and set(text) <= _PLAIN and text[0].isalpha() and not text.endswith(" ")
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def told(notes: Iterable[object]) -> Iterator[str]:
    """The notes as lines for a terminal."""
    yield from (f"- {note}" for note in notes)
