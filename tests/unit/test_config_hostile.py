"""Files that no reviewer wrote: each is a problem with its file and line, never an error of ours, and quickly so."""

import time
from pathlib import Path

import pytest

from core.config.load import ConfigError, load
from tests.config_support import FLIGHTS, PLACES

TEAM = (FLIGHTS / "team.yaml").read_text(encoding="utf-8")
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def said(folder: Path, team: bytes) -> str:
    (folder / "team.yaml").write_bytes(team)
    (folder / "pipeline.yaml").write_bytes((FLIGHTS / "pipeline.yaml").read_bytes())
    with pytest.raises(ConfigError) as caught:
        load(folder, PLACES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("team", "message"),
    [
        (b"", ":1: this file is empty"),
        (b"- a\n- b\n", ":1: there must be"),
        (b"\x00" * 50, ":1: not valid YAML: a control character"),
        (b"team: x\n\x01\n", ":2: not valid YAML: a control character"),
        (b"\xff\xfe\x00", ":1: not UTF-8 text"),
        (b"team: [*nobody]\n", "undefined alias"),
        (b"team: &a [*a]\n", "team.yaml:1:"),
        (b"team: x\nteam: y\n", ":2: not valid YAML: found duplicate key"),
        (b"team: 2013-02-30\n", "day is out of range"),
        (b"team: " + b"9" * 5_000, "a value that nothing can be"),
        (b"team: " + b"[" * 500 + b"]" * 500, "nested too deeply"),
        (BOMB.encode(), "more than 20,000 values"),
        (b"#" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_team_is_said(tmp_path: Path, team: bytes, message: str) -> None:
    began = time.process_time()
    assert message in said(tmp_path, team)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wait: 15m", "wait: 99999999999999999999d", "is not a duration"),
        ("wait: 15m", "wait: 9999d", "longer than 3660 days"),
        ('at: "09:00"', 'at: "09:00Z"', "has a zone of its own"),
        ("starts: 2013-01-28", "starts: 9999-12-31", "less than or equal to 2200-01-01"),
        ("starts: 2013-01-28", "starts: 0001-01-01", "greater than or equal to 1970-01-01"),
        ("timezone: America/New_York", "timezone: America", "“America” is not a time zone"),
        ("timezone: America/New_York", "timezone: " + "x" * 5_000, "…"),
        ("id: jonas", "id: maya", "two of the people have the id “maya”"),
        ("U0JONAS", "U0MAYA", "two of the people have the slack “U0MAYA”"),
    ],
)
def test_values_that_would_break_later_are_refused_now(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEAM
    found = said(tmp_path, TEAM.replace(old, new, 1).encode())
    assert message in found
    assert max(map(len, found.splitlines())) < 600


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").mkdir()
    (tmp_path / "pipeline.yaml").symlink_to("pipeline.yaml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, PLACES)
    assert [problem.message.partition(":")[0] for problem in caught.value.problems] == [
        "this file cannot be read"
    ] * 2
