"""YAML files in the folder that are not read, and which of them were surely meant to be."""

import re
from collections.abc import Iterator
from pathlib import Path

TEAM, PIPELINE = "team.yaml", "pipeline.yaml"

_DECLARES = re.compile(r"^(team|pipeline):", re.MULTILINE)
"""What each of our files begins with, and hardly any other."""

LOOKED_AT = 100_000
"""How many characters of a file are looked at."""


def is_read(name: str) -> bool:
    """Whether a file of this name is read: `team.yaml`, `pipeline.yaml`, or `*pipeline.yaml`."""
    return name == TEAM or (name.endswith(PIPELINE) and not name.startswith("."))


def unread(directory: Path) -> list[Path]:
    """Every YAML file of the folder that is not read, by name."""
    found = (each for each in directory.iterdir() if each.suffix.casefold() in (".yaml", ".yml"))
    return sorted(each for each in found if each.is_file() and not is_read(each.name))


def mistaken(directory: Path) -> Iterator[tuple[Path, int, str]]:
    """Files that declare a team or a pipeline, by their name or their content, and are not read all the same: each with
    its line, and what to do."""
    for file in unread(directory):
        what, line = _declares(file)
        if what is not None:
            yield file, line, _remedy(file, what)


def _declares(file: Path) -> tuple[str | None, int]:
    name = f"{file.stem.casefold()}.yaml"
    if is_read(name):
        return ("team" if name == TEAM else "pipeline"), 1
    try:
        text = file.read_text(encoding="utf-8", errors="replace")[:LOOKED_AT]
    except OSError:
        return None, 1
    found = _DECLARES.search(text)
    return (found[1], text.count("\n", 0, found.start()) + 1) if found else (None, 1)


def _remedy(file: Path, what: str) -> str:
    if what == "team" and (file.parent / TEAM).exists():
        return f"this file is not read: {TEAM} stands beside it; put both into that one, or remove this"
    name = TEAM if what == "team" else f"{file.stem.removesuffix('pipeline').rstrip('.-_') or 'my'}.{PIPELINE}"
    if file.stem.casefold() == "pipeline":
        name = PIPELINE
    return f"this file is not read, because of its name; call it {name}, or remove it"
