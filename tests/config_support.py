"""A copy of the example's YAML that tests put mistakes into, and what is said of them."""

from pathlib import Path

import pytest

from core.config.load import ConfigError, load
from tests.conftest import ROOT

FLIGHTS = ROOT / "examples" / "flights"
PLACES = {"data": "/data", "python": "python", "serving": "http://127.0.0.1:1"}


def edit(file: Path, old: str, new: str) -> int:
    """Replace `old` in the file and give the line (from 1) on which it stands."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, PLACES)
    return [f"{p.file.name}:{p.line}: {p.where}: {p.message}" for p in caught.value.problems]
