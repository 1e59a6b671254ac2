"""Which alerts people handle as one, whom they concern, and what their group is called. Pure rules."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from core.alerts.labels import Labels
from core.config.load import Config
from core.text import shorten

MAX_TITLE = 150
MAX_SUMMARY = 2_000


class Route(NamedTuple):
    """Where a group goes; `pipeline` is None when its label names none that we know."""

    pipeline: str | None
    channel: str
    rotation: str
    policy: str


def group_labels(labels: Labels, by: Iterable[str]) -> dict[str, str]:
    """What the alerts of a group have in common; a label that is absent counts as empty and is left out."""
    return {name: labels[name] for name in by if labels.get(name)}


def group_key(labels: Labels, by: Iterable[str], route: str = "") -> str:
    """The same text for alerts of one group; no label's text can imitate another's place. Where a `route` has groups
    of its own, they are nobody else's."""
    own = [["", route]] if route else []  # no label has this name
    return msgspec.json.encode([*own, *([name, labels.get(name, "")] for name in sorted(set(by)))]).decode()


def route(labels: Labels, config: Config) -> Route:
    """To the pipeline's people when the label `pipeline` names a known one, to a rotation's when the label
    `rotation` does (also one that it was called before), else to the team's catch-all."""
    pipeline = config.pipelines.get(labels.get("pipeline", ""))
    if pipeline is None:
        fallback = config.team.alerts
        label = labels.get("rotation")
        named = next((r for r in config.team.rotations if label == r.id or label in r.was), None)
        if named is not None:
            return Route(None, named.channel, named.id, fallback.policy)
        return Route(None, fallback.channel, fallback.rotation, fallback.policy)
    return Route(pipeline.pipeline, pipeline.channel, pipeline.rotation, pipeline.escalation)


def title(labels: Labels, annotations: Mapping[str, str]) -> str:
    """What the group is called: its annotation `title`, else its alert's name, else its first label."""
    name, value = min(labels.items())
    texts = (annotations.get("title"), labels.get("alertname"), f"{name}={value}")
    return shorten(_first_said(texts), MAX_TITLE)


def summary(annotations: Mapping[str, str]) -> str:
    """One paragraph about the group, from the first of the customary annotations that says anything."""
    return shorten(_first_said(map(annotations.get, ("summary", "description", "message"))), MAX_SUMMARY)


def _first_said(texts: Iterable[str | None]) -> str:
    """The first text that is more than blanks, without those around it."""
    return next((said for text in texts if text and (said := text.strip())), "")
