"""A team whose pages escalate within seconds, so that a round sees all of it: written from the flights example."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.processes import FLIGHTS

PIPELINES = 4
OTHER_CHANNELS = ("C0FLIGHTS", "C0ONCALL", "U0MAYA", "U0JONAS", "U0AMINA", "U0LEO", "U0SOFIA")
"""Where else messages may go; a person's id stands for their direct conversation."""

WAIT_S = 1
STEPS = 2

_yaml = YAML(typ="safe")


def channel(number: int) -> str:
    """The Slack id of a pipeline's own channel: each channel takes one message a second, so there are several."""
    return f"C0CHAOS{number}"


def pipeline(number: int) -> str:
    return f"chaos-{number}"


def write(folder: Path) -> Path:
    """The folder with `team.yaml` and a `pipeline.yaml` for each pipeline; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    _dump(_team(_load("team.yaml")), folder / "team.yaml")
    example = _load("pipeline.yaml")
    for number in range(PIPELINES):
        mine = {"pipeline": pipeline(number), "channel": f"chaos-{number}", "title": f"Chaos {number}"}
        _dump({**example, **mine}, folder / f"{number}-pipeline.yaml")
    return folder


def _team(example: Any) -> Any:
    steps = [{"notify": "primary", "wait": f"{WAIT_S}s"}, {"notify": "next", "wait": f"{WAIT_S}s"}]
    own = [{"id": f"chaos-{n}", "name": f"chaos-{n}", "slack": channel(n)} for n in range(PIPELINES)]
    return {
        **example,
        "channels": [*example["channels"], *own],
        "retention": {"alerts": "400d", "messages": "90d", "trail": "400d"},
        "escalation": [{"id": "page", "steps": steps[:STEPS], "repeat": 0}],
    }


def _load(name: str) -> Any:
    return _yaml.load(FLIGHTS / name)


def _dump(content: Any, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        _yaml.dump(content, out)
