"""What people and senders may hold, and the check that Slack takes what is drawn from it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from bot.slack.limits import fit_message
from bot.slack.rendered import Rendered
from bot.slack.views.people import People
from bot.slack.views.state import AlertLine, GroupState
from bot.workspace.blocks.check import check_message
from core.alerts.tables import AlertGroup, GroupStatus
from tests.oncall_support import config

NOW = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)
CONFIG = config()
PEOPLE = People(CONFIG.team)
TEAM_MENTIONS = {person.slack for person in CONFIG.team.people} | {"U0STRANGER"}
TEAM_MENTIONS |= {channel.slack for channel in CONFIG.team.channels}

QUICK = settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)
"""Without shrinking: it takes minutes on such large states, and the first example tells enough. They are large on
purpose, so a draw of many too large ones is no failure."""

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<!everyone|hi>",
        "<@U0EVIL>",
        "<https://evil.example|https://bank.example>",
        "```",
        "&amp;<",
        "\u202e\u2066txet",
        "שלום",
        "👩‍👩‍👧‍👦",
        "\x00\x1b[31m",
        "*_~`",
        "\n\n\n",
    ]
)
TEXT = st.lists(st.one_of(NASTY, st.text(max_size=30)), max_size=6).map("".join)
LONG = st.builds(lambda part, times: part * times, TEXT, st.sampled_from([1, 1, 30, 300]))
LABELS = st.dictionaries(TEXT.filter(bool), LONG, max_size=8)
PERSON = st.sampled_from(["maya", "jonas", "goldilocks", "slack:U0STRANGER", "<!channel>", None])
TIMES = st.integers(0, 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))


def pinged(node: Any) -> set[str]:
    """Everyone and everything that the mrkdwn in a payload mentions."""
    if isinstance(node, list):
        return {found for item in node for found in pinged(item)}
    if not isinstance(node, dict):
        return set()
    found = {name for value in node.values() for name in pinged(value)}
    if node.get("type") == "mrkdwn":
        found |= set(re.findall(r"<[@!#]([^<>|]+)", node["text"]))
    return found


def is_taken(rendered: Rendered) -> dict[str, Any]:
    """The payload, checked by the workspace's rules; returns it."""
    body = fit_message(**rendered.content())
    check_message(body["blocks"], body["attachments"], lambda _file: True)
    assert body["text"].strip()
    assert len(body["text"]) <= 4_000
    mentioned = {name for name in pinged([body["blocks"], body["attachments"]]) if not name.startswith("date^")}
    assert mentioned <= {f"{slack}" for slack in TEAM_MENTIONS}, mentioned
    assert not re.findall(r"<[!#]", body["text"])
    return body


@st.composite
def group_states(draw: st.DrawFn) -> GroupState:
    resolved = draw(st.one_of(st.none(), TIMES))
    group = AlertGroup(
        id=7,
        key="k",
        labels=draw(LABELS),
        title=draw(LONG),
        summary=draw(LONG),
        severity=draw(TEXT),
        pipeline=draw(st.sampled_from(["flights", None, "<!here>"])),
        channel="oncall",
        rotation="flights",
        policy="page",
        status=draw(st.sampled_from(GroupStatus)),
        opened_at=NOW,
        acknowledged_by=draw(PERSON),
        acknowledged_at=resolved,
        resolved_by=draw(PERSON),
        resolved_at=resolved,
    )
    lines = st.builds(AlertLine, LABELS, LABELS, st.booleans(), st.integers(0, 10**9), LONG)
    alerts = draw(st.lists(lines, max_size=12))
    pipeline = CONFIG.pipelines["flights"] if group.pipeline == "flights" else None
    total = draw(st.integers(len(alerts), 10**6))
    return GroupState(
        group, alerts, total, total, total, pipeline, resolved, draw(st.lists(st.integers(1, 9), max_size=3))
    )


LINE = AlertLine({"alertname": "Slow", "host": "a"}, {"summary": "p99 is 4 s"}, True, 3)


def state(status: str = "firing", pipeline: bool = True, alerts: int = 1, **changes: Any) -> GroupState:
    values: dict[str, Any] = {"id": 7, "title": "Slow", "summary": "It is slow.", "severity": "critical"}
    values |= {"status": status, "opened_at": NOW, "pipeline": "flights" if pipeline else None}
    known = CONFIG.pipelines["flights"] if pipeline else None
    group = AlertGroup(**(values | changes))
    return GroupState(group, [LINE] * min(alerts, 8), alerts, alerts, alerts * 3, known, NOW)
