"""What a pager is told about a page, or about Goldilocks itself: PagerDuty's Events v2, without the key. Pure."""

from datetime import datetime
from typing import Any

from core.alerts.tables import AlertGroup
from core.oncall.tables import Page, PageStatus
from core.text import shorten

MAX_SUMMARY, MAX_TEXT = 1_024, 2_000
Json = dict[str, Any]


def event(
    action: str,
    page: Page,
    group: AlertGroup,
    people: list[str],
    url: str,
    at: datetime,
    message: str | None = None,
) -> Json | None:
    """The event of an action, with a link to the alert's `message` where it is known.

    None for a trigger of a page that was answered before it went out: no phone rings for what somebody has. One page is
    one incident there: everything about it has the same `dedup_key`.
    """
    told: Json = {"event_action": action, "dedup_key": f"goldilocks-page-{page.id}"}
    if action != "trigger":
        return told
    if page.status not in (PageStatus.OPEN, PageStatus.EXHAUSTED):
        return None
    details = {
        "alert": str(group.id),
        "pipeline": group.pipeline or "",
        "summary": shorten(group.summary, MAX_TEXT),
        "called": ", ".join(people),
        "step": str(page.step - page.first + 1),
    }
    payload = {
        "summary": shorten(group.title, MAX_SUMMARY),
        "source": group.pipeline or "goldilocks",
        "severity": group.severity,
        "timestamp": at.isoformat(),
        "component": group.pipeline or "",
        "group": group.rotation,
        "class": group.labels.get("alertname", ""),
        "custom_details": {name: value for name, value in details.items() if value},
    }
    kept = {name: value for name, value in payload.items() if value}
    links = {"links": [{"href": message, "text": "The alert in Slack"}]} if message else {}
    return {**told, "payload": kept, "client": "Goldilocks", "client_url": url, **links}


def outage_event(key: str, title: str, since: datetime, replica: str, url: str) -> Json:
    """What opens the incident `key` about Goldilocks itself, without its action."""
    payload = {
        "summary": f"{title}: nobody may be paged",
        "source": "goldilocks",
        "severity": "critical",
        "timestamp": since.isoformat(),
        "custom_details": {"replica": replica},
    }
    return {"dedup_key": key, "payload": payload, "client": "Goldilocks", "client_url": url}
