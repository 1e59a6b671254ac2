"""The example of docs/alerts.md is one that `goldilocks check` accepts, and means what the page says."""

import re
import shutil
from pathlib import Path

import pytest

from bot.checks import check_directory
from bot.routing import PLACES
from core.alerts.routing import place
from core.config.load import load

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The flights example with the section `alerts` of the page in place of its own."""
    for name in ("team.yaml", "pipeline.yaml"):
        shutil.copy(ROOT / "examples" / "flights" / name, tmp_path / name)
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(alerts:\n.*?)```", page, re.DOTALL)
    team = tmp_path / "team.yaml"
    text, count = re.subn(r"^alerts:\n(?: .*\n)+", lambda _: example, team.read_text(), flags=re.MULTILINE)
    assert count == 1
    team.write_text(text)
    return tmp_path


def test_check_accepts_it_and_prints_its_routes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_directory(folder) == 0
    printed = capsys.readouterr().out
    assert re.search(r"nightly \(line \d+\): job=\"nightly\" -> channel flights", printed)
    assert "goes on" in printed


def test_it_means_what_the_page_says(folder: Path) -> None:
    config = load(folder, PLACES)
    nightly = place({"team": "data", "job": "nightly"}, config)
    assert (nightly.people.channel, nightly.labels, nightly.timing.wait.seconds) == (
        "flights",
        {"job": "nightly"},
        30,
    )
    assert nightly.timing.repeat.days == 1
    audited = place({"severity": "critical", "pipeline": "flights", "kind": "model"}, config)
    assert (audited.people.channel, audited.copies) == ("oncall", ("flights",))
    one, other = {"table": "orders", "pipeline": "a"}, {"upstream": "orders", "pipeline": "b"}
    assert place(one, config).key == place(other, config).key
