"""Route trees of Alertmanager, and what an import makes of files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.imports import alertmanager, grafana_oncall, pagerduty
from bot.imports.draft import Draft
from bot.imports.files import Source, yaml_source
from bot.imports.people import Member
from bot.imports.run import run
from bot.imports.writing import written
from core.config.load import Config, load

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FILES = Path(__file__).parent / "fixtures" / "imports"
SLACK = {"maya@example.com": Member("U0MAYA000", "Maya Chen")}
NAMES, VALUES = st.sampled_from("abc"), st.sampled_from(["x", "y", "z"])
LABELS = st.dictionaries(NAMES, VALUES, min_size=1)
PATTERNS = st.sampled_from(["x|y", "x.*", ".*", "", "[xz]", "(?i)X"])
TOLD_APART = ["a", "b", "c", "alertname"]


def matched(draw: st.DrawFn) -> dict[str, Any]:
    """Matchers in one of the ways in which Alertmanager takes them; perhaps none."""
    plain = draw(st.dictionaries(NAMES, VALUES, max_size=2))
    way = draw(st.sampled_from(["match", "match_re", "matchers", "braces", "none"]))
    if way == "match":
        return {"match": plain}
    if way == "match_re":
        return {"match_re": {name: draw(PATTERNS) for name in plain}}
    if way == "none":
        return {}
    operators = {name: draw(st.sampled_from(["=", "!=", "=~", "!~"])) for name in plain}
    texts = [f'{name}{operators[name]}"{value}"' for name, value in plain.items()]
    return {"matchers": ["{" + ", ".join(texts) + "}"] if way == "braces" and texts else texts}


class Receivers:
    """Names of receivers, each once, and each with a channel of its own."""

    def __init__(self) -> None:
        self.names = ["r0"]

    def new(self) -> str:
        self.names.append(f"r{len(self.names)}")
        return self.names[-1]

    def declared(self) -> list[dict[str, Any]]:
        return [{"name": name, "slack_configs": [{"channel": f"#{name}"}]} for name in self.names]


@st.composite
def children(draw: st.DrawFn, receivers: Receivers, depth: int, *, inherit: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 3))):
        route: dict[str, Any] = matched(draw)
        if not inherit or draw(st.booleans()):
            route["receiver"] = receivers.new()
        if draw(st.booleans()):
            route["group_by"] = draw(st.lists(st.sampled_from(TOLD_APART), max_size=2, unique=True))
        if draw(st.booleans()):
            route["continue"] = True
        if depth:
            route["routes"] = draw(children(receivers, depth - 1, inherit=inherit))
        found.append(route)
    return found


@st.composite
def alertmanagers(draw: st.DrawFn, *, inherit: bool = True) -> dict[str, Any]:
    """A whole alertmanager.yml."""
    receivers = Receivers()
    below = draw(children(receivers, 2, inherit=inherit))
    by = draw(st.lists(st.sampled_from(TOLD_APART), max_size=2, unique=True))
    root = {"receiver": "r0", "group_by": by, "routes": below}
    api = {"slack_api_url": "http://127.0.0.1:1/"}
    return {"global": api, "route": root, "receivers": receivers.declared()}


def put(values: Any, file: Path) -> Path:
    """As JSON, which is YAML to every reader of it."""
    file.write_text(json.dumps(values, indent=1), encoding="utf-8")
    return file


def imported(file: Path) -> tuple[Draft, Config]:
    """What an import makes of an alertmanager.yml, written and read again."""
    made = alertmanager.draft(yaml_source(file), "team")
    return made, again(made, file.parent)


def again(made: Draft, folder: Path) -> Config:
    (folder / "team.yaml").write_text(written(made, "a file"), encoding="utf-8")
    return load(folder)


def answers(folder: str, **changed: Any) -> list[Source]:
    """The files of a fixture, some of them with another answer."""
    found = {file.stem: json.loads(file.read_text()) for file in sorted((FILES / folder).glob("*.json"))}
    return [Source(Path(f"{name}.json"), value) for name, value in {**found, **changed}.items()]


def go(tool: str, *paths: Path, out: Path | None = None, force: bool = False, slack: Path | None = None) -> int:
    return run(tool, list(paths), out, team="data", slack_users=slack, force=force, now=NOW)


def of(tool: str) -> Draft:
    if tool == "alertmanager":
        return alertmanager.draft(yaml_source(FILES / "alertmanager.yml"), "data")
    reader = pagerduty if tool == "pagerduty" else grafana_oncall
    return reader.draft(answers(tool), "data", SLACK, NOW)
