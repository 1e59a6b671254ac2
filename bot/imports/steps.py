"""Steps of escalation policies that every import needs. Pure."""

from datetime import timedelta
from typing import Any

from bot.imports.draft import Notes
from core.config.escalation import EscalationPolicy


def a_page(channel: str) -> dict[str, Any]:
    """A policy where the other tool has none."""
    return {
        "id": "page",
        "steps": [
            {"notify": ["primary"], "wait": timedelta(minutes=15)},
            {"notify": ["everyone", {"channel": channel, "mention": "here"}], "wait": timedelta(minutes=30)},
        ],
    }


def ends_in_somebody(steps: list[dict[str, Any]], channel: str, where: str, notes: Notes) -> list[dict[str, Any]]:
    """The steps; where they would call nobody, those of `a_page` after them."""
    if steps and EscalationPolicy.model_validate({"id": "steps", "steps": steps}).calls_people:
        return steps
    notes.add(
        where,
        "a policy that calls nobody here",
        "an urgent alert must reach somebody",
        "it calls the primary at the end: put whom you mean there",
    )
    return [*steps, *a_page(channel)["steps"]]
