"""Ids of Slack that are still to be filled in: of the right form, so that a folder can be checked and tried, and of
nobody. Pure."""

import re
from collections.abc import Iterator

from core.config.places import Found
from core.config.team import Team

_PLACEHOLDER = re.compile(r"[UC]TODO[0-9]+")
"""Slack counts its ids in base 36, and is at those with a 0 after the letter."""


def placeholder(kind: str, number: int) -> str:
    """The id of a member (`U`) or a channel (`C`) that nobody has filled in yet."""
    return f"{kind}TODO{number}"


def is_placeholder(slack: str) -> bool:
    return _PLACEHOLDER.fullmatch(slack) is not None


def unfilled(team: Team) -> Found:
    """Each placeholder with its place, and what to put there."""
    yield from _among("people", ((each.slack, each.name, "member") for each in team.people))
    yield from _among("channels", ((each.slack, f"#{each.name}", "channel") for each in team.channels))


def _among(section: str, ids: Iterator[tuple[str, str, str]]) -> Found:
    for number, (slack, name, what) in enumerate(ids):
        if is_placeholder(slack):
            yield (
                (section, number, "slack"),
                f"{slack} is a placeholder: put the {what} ID of {name} here (in Slack: Copy {what} ID)",
            )
