"""Typing mistakes in the YAML, and what people are told of them."""

from pathlib import Path
from shutil import copytree

import pytest

from core.config.load import ConfigError, load
from tests.conftest import ROOT

PLACES = {"data": "/d", "python": "p", "serving": "http://x"}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("team.yaml", "slack: U0MAYA", "slack: maya", "“maya” is not the id of a Slack member, such as U0MAYA"),
        ("team.yaml", "slack: C0FLIGHTS", "slack: flights", "“flights” is not the id of a Slack channel"),
        ("team.yaml", "starts: 2013-01-28", "starts: 28.01.2013", "“28.01.2013” is not a date; write it"),
        ("team.yaml", "on: monday", "on: mon", "“mon” is none of monday, tuesday, wednesday, thursday, friday"),
        ("team.yaml", "on: monday", "on: mon", "; did you mean monday?"),
        (
            "pipeline.yaml",
            "objective: 0.65",
            "objective: 65%",
            "“65%” is not a number; write it for example as 0.75",
        ),
        ("pipeline.yaml", "slices: [", "slices: carrier #", "this should be a list; write [carrier]"),
        (
            "pipeline.yaml",
            "runbook: https://",
            "runbook: ",
            "this is not the address of a page; it begins with https://",
        ),
    ],
)
def test_a_mistake_says_what_to_write_instead(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    folder = copytree(ROOT / "examples" / "flights", tmp_path / "flights")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder, PLACES)
    assert said in str(caught.value)
    assert "Input should" not in str(caught.value)
