"""What is wrong with the routes, causes and inhibitions of a team's YAML is said with its line."""

import shutil
from pathlib import Path

import pytest

from bot.routing import run, told
from core.config.load import ConfigError, load

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
PLACES = {"data": "/data", "python": "python", "serving": "http://127.0.0.1:1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("team.yaml", "pipeline.yaml"):
        shutil.copy(FLIGHTS / name, tmp_path / name)
    return tmp_path


QUIET = "  - {id: quiet, steps: [{notify: {channel: oncall}, wait: 1h}]}\n"
"""A policy that calls nobody."""


def written(folder: Path, more: str) -> int:
    """Add lines to `alerts:` and give the line (from 1) of the first."""
    file = folder / "team.yaml"
    text = file.read_text().replace("\nescalation:\n", f"\nescalation:\n{QUIET}")
    before = text.index("\n# The token of the demo")
    file.write_text(text[:before] + more + text[before:])
    return text[:before].count("\n") + 1


@pytest.mark.parametrize(
    ("more", "offset", "says"),
    [
        (
            "  routes:\n    - {id: a, channel: nowhere}\n",
            1,
            "alerts.routes.0.channel: “nowhere” is not among the channels",
        ),
        (
            "  routes:\n    - {id: a, pipeline: gone}\n",
            1,
            "alerts.routes.0.pipeline: “gone” is not among the pipelines",
        ),
        ("  routes:\n    - {id: a}\n    - {id: b}\n", 2, "alerts.routes.1: no alert gets here: route “a”"),
        (
            "  routes:\n    - {id: a, match: [x=1]}\n    - {id: a}\n",
            2,
            "alerts.routes.1.id: two routes have",
        ),
        (
            "  routes:\n    - id: a\n      match: ['x=~\"(\"']\n",
            2,
            "alerts.routes.0.match.0: invalid regular",
        ),
        ("  routes:\n    - id: a\n      match: [nonsense]\n", 2, "alerts.routes.0.match.0: bad matcher"),
        ("  routes:\n    - {id: a, wait: 2h}\n", 1, "alerts.routes.0.wait:"),
        (
            "  routes:\n    - {id: a, match: [x=1], policy: quiet}\n",
            1,
            "alerts.routes.0.policy: for severity critical the escalation policy quiet reaches nobody",
        ),
        (
            "  routes:\n    - id: a\n      match: ['severity=~\"error|info\"']\n      routes:\n"
            "        - {id: b, match: [x=1], policy: quiet}\n",
            4,
            "alerts.routes.0.routes.0.policy: for severity error the escalation policy quiet reaches nobody",
        ),
        (
            "  causes: [table, {label: t, also: [table]}]\n",
            0,
            "alerts.causes.1: the label “table” names a cause twice",
        ),
        (
            "  inhibit:\n    - {id: i, source: [x!=1], target: [y=1]}\n",
            1,
            "alerts.inhibit.0.source: these matchers",
        ),
        (
            "  inhibit:\n    - {id: i, source: [x=1], target: [x=1]}\n",
            1,
            "alerts.inhibit.0: source and target are",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder: Path, more: str, offset: int, says: str) -> None:
    line = written(folder, more) + offset
    with pytest.raises(ConfigError) as caught:
        load(folder, PLACES)
    found = [f"{problem.line} {problem.where}: {problem.message}" for problem in caught.value.problems]
    assert [each for each in found if each.startswith(f"{line} {says}")], found


def test_the_command_says_where_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = written(folder, "  routes:\n    - {id: data, match: [team=data], channel: flights}\n") + 1
    assert run(folder, ["team=data", "severity=warning"]) == 0
    shown = capsys.readouterr().out
    assert f'route: Route “data” (team.yaml:{line}) takes team="data": to #flights-model, rotation “Fl' in shown
    assert "severity_waits" in shown
    assert run(folder, ["nonsense"]) == 2
    assert "write label=value" in capsys.readouterr().err
    assert any("group:" in text for text in told({"a": "b"}, load(folder, PLACES)))
