"""What a channel's alerts of a day come to, in one message. Pure.

`compose` gives plain JSON values: `opened`, `resolved`, `open`, `noise` (counts), `lines` (the most frequent kinds of
groups: `title, severity, count, open, ids`), `quiet` (how many of them nobody was told of before), `left_out` (kinds
beyond SHOWN).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from core.alerts.severity import Severity, worst
from core.alerts.tables import AlertGroup, GroupStatus

SHOWN = 10
IDS_SHOWN = 3


def compose(
    groups: Sequence[AlertGroup], noise: Collection[int], start: datetime, end: datetime
) -> dict[str, Any] | None:
    """The digest of the groups that opened or were open in `[start, end)`; None when nothing happened.

    `noise` are the ids of groups that somebody called noise. A group that only goes on, and opened before, is counted
    as open and not listed.
    """
    fresh = [group for group in groups if start <= group.opened_at < end]
    still = [group for group in groups if _is_open(group, end)]
    resolved = [group for group in groups if group.resolved_at is not None and start <= group.resolved_at < end]
    if not fresh and not resolved:
        return None
    kinds: dict[str, list[AlertGroup]] = {}
    for group in fresh:
        kinds.setdefault(group.title, []).append(group)
    ordered = sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    return {
        "opened": len(fresh),
        "resolved": len(resolved),
        "open": len(still),
        "noise": sum(group.id in noise for group in fresh),
        "quiet": sum(group.revision == 0 for group in fresh),
        "lines": [_line(title, members, end) for title, members in ordered[:SHOWN]],
        "left_out": len(ordered[SHOWN:]),
    }


def _line(title: str, members: Sequence[AlertGroup], end: datetime) -> dict[str, Any]:
    severity = Severity(members[0].severity)
    for group in members[1:]:
        severity = worst(severity, Severity(group.severity))
    newest = sorted((group.id for group in members), reverse=True)
    return {
        "title": title,
        "severity": severity.value,
        "count": len(members),
        "open": sum(_is_open(group, end) for group in members),
        "ids": newest[:IDS_SHOWN],
    }


def _is_open(group: AlertGroup, at: datetime) -> bool:
    if group.opened_at >= at:
        return False
    return group.status != GroupStatus.RESOLVED or (group.resolved_at is not None and group.resolved_at >= at)
