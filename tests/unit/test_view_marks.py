"""Titles, names and labels from outside leave the bold and the code of our messages as they are."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack.rendered import Rendered
from bot.slack.views import alert, alert_details, change, handoff, lists, policy, review, slices, ticket, why
from bot.slack.views.parts import section
from bot.slack.views.people import People
from bot.slack.views.state import AlertLine, GroupState
from core.alerts.tables import AlertGroup, GroupStatus
from core.changes.tables import Change
from core.evaluation.tables import Review
from core.evaluation.tuning.policy import DEFAULT
from core.evaluation.tuning.tables import PolicyVersion
from core.oncall.tables import ShiftHandoff
from core.tickets.tables import Ticket
from tests.oncall_support import config

NOW = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
PEOPLE = People(config().team)
CALM = "a b c d e"
HOSTILE = ["*a* _b_ `c` ~d~ *e", "`", "*", "a*b*c ```d", "~_*`x`*_~"]

View = Callable[[str], Any]


def group(title: str) -> GroupState:
    found = AlertGroup(id=7, title=title, summary="", severity="error", status=GroupStatus.FIRING, opened_at=NOW)
    found.pipeline, found.labels = title, {}
    lines = [AlertLine({"alertname": title, title: title}, {title: "x"}, True, 1)] * 2
    return GroupState(group=found, alerts=lines, total=2)


def handed(title: str) -> ShiftHandoff:
    day = {"pipeline": title, "day": NOW.isoformat(), "metric": "accuracy", "value": 0.7, "state": "met"}
    ended = {"title": title, "severity": title, "state": "resolved"}
    done = {"action": "promote", "pipeline": title, "version": 2, "by": title, "status": "verified"}
    quiet = {"matchers": [{"name": title, "value": title}], "ends_at": NOW.isoformat(), "created_by": "maya"}
    report = {"days": [day], "alerts": [ended], "deployments": [done], "silences": [quiet]}
    values = {"id": 2, "rotation": title, "layer": "", "outgoing": title, "incoming": "maya", "status": "drafted"}
    return ShiftHandoff(shift_start=NOW, shift_end=NOW, report=report, **values)


def changed(title: str) -> Change:
    links = [{"href": "https://example.org", "text": title}]
    return Change(summary=title, source=title, at=NOW, links=links)


def bug(title: str) -> Ticket:
    values = {"status": "open", "severity": "high", "symptom": "other", "reporter": "maya", "pipeline": title}
    return Ticket(id=4, title=title, description="", resolution="", created_at=NOW, **values)


def reviewed(title: str) -> Rendered:
    week = Review(id=1, pipeline=title, wrong=3, judged=9, week_start=NOW, week_end=NOW, status="open")
    return review.message(week, None, [])


def sliced(title: str) -> Any:
    found = {"name": title, "value": 0.5, "usual": 0.6, "labels": 20, "rows": 20, "worse": True}
    found["examples"] = [{"id": title, "prediction": 1, "label": 0, "features": {title: title}}]
    return [section(text) for text in (slices.slice_line(found), *slices.example_lines(found, None))]


def tuned(title: str) -> Rendered:
    version = PolicyVersion(id=1, pipeline=title, version=2, replaces=1, why="", replay={}, status="active")
    version.thresholds = DEFAULT.as_json()
    return policy.applied(version, None, PEOPLE)


VIEWS: dict[str, View] = {
    "alert": lambda title: alert.message(group(title), PEOPLE),
    "details": lambda title: alert_details.details(group(title)),
    "list": lambda title: lists.alerts([group(title)], 1, PEOPLE),
    "story": lambda title: why.message(group(title).group, [], PEOPLE),
    "handoff": lambda title: handoff.message(handed(title), None, PEOPLE),
    "report": lambda title: handoff.report(handed(title), PEOPLE),
    "change": lambda title: change.message(changed(title)),
    "bug": lambda title: ticket.message(bug(title), PEOPLE),
    "queue": lambda title: ticket.queue([ticket.Entry(bug(title), 4.0)], PEOPLE),
    "closing": lambda title: ticket.closing(bug(title)),
    "review": reviewed,
    "slice": sliced,
    "policy": tuned,
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("view", VIEWS)
def test_marks_are_ours_alone(view: str, hostile: str) -> None:
    calm, drawn = (list(marks(VIEWS[view](title))) for title in (CALM, hostile))
    assert drawn == calm


def marks(node: Any) -> Iterator[str]:
    """For each formatted text its marks in order, without what stands in code."""
    if isinstance(node, Rendered):
        yield from marks([{"type": "mrkdwn", "text": node.text}, *node.blocks])
    elif isinstance(node, list):
        for each in node:
            yield from marks(each)
    elif isinstance(node, dict) and node.get("type") == "mrkdwn":
        yield "".join(re.findall(r"[*`]|\b[_~]|[_~]\b", re.sub(r"`[^`\n]*`", "``", node["text"])))
    elif isinstance(node, dict):
        for each in node.values():
            yield from marks(each)
