"""The report of a shift, drafted from what happened in it. Pure.

`draft` turns the facts into plain JSON values (times as ISO 8601 in UTC), so that the report stays what it was
when the shift ended. Its shape:

- `headline`: one sentence, the most pressing first;
- `counts`: `alerts` of which `carried_over` from earlier shifts, `acknowledged`, `resolved`, `open`; `calls` of
  pages, `escalated` (groups that needed more than the first call), `tickets`, `median_minutes_to_acknowledge` (of
  the alerts of this shift; None when none was acknowledged);
- `alerts`: `group_id, title, severity, pipeline, opened_at, acknowledged_by, minutes_to_acknowledge, resolved_at,
  state` (unanswered, acknowledged, silenced, resolved), `carried_over`;
- `open`: those of `alerts` that were not resolved when the shift ended, the most pressing first;
- `escalations`, calls after the first: `group_id, title, step, reason, people, at`;
- `tickets`: `ticket_id, title, severity, status, pipeline, opened, closed` (in this shift?), `resolution`;
- `requests`: `approval_id, action, pipeline, from_version, to_version, status, requested_by, decided_by, outcome,
  pipeline_title`;
- `deployments`: `action, pipeline, version, previous, by, at, status, detail, pipeline_title`;
- `silences` that outlive the shift: `silence_id, matchers, comment, created_by, ends_at`;
- `days`: `pipeline, day, state, metric, value, objective, labels, rows, name, unit, pipeline_title`;
- `objectives`, days by pipeline: `pipeline, met, breached, unknown`;
- `noise`: `group_id, title, reason, given_by`;
- `retrains`: `pipeline, at, status, error, pipeline_title`;
- `watch`: sentences on what the next person should keep an eye on, the most pressing first.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any, get_args

from core.approvals.tables import ApprovalAction
from core.config.senders import Severity
from core.oncall.facts import AlertFact, CallFact, DayFact, ShiftFacts, TicketFact
from core.oncall.watch import named, watch
from core.text import in_minutes, plural

Report = dict[str, Any]

STATES = ("unanswered", "acknowledged", "silenced")
SEVERITIES = get_args(Severity)
"""Both with the most pressing first."""


def draft(facts: ShiftFacts) -> Report:
    """The report of a shift; a quiet one says so. What happened after `facts.end` is not counted."""
    alerts = [_alert(alert, facts) for alert in facts.alerts]
    report: Report = {
        "counts": _counts(facts, alerts),
        "alerts": alerts,
        "open": sorted((alert for alert in alerts if alert["state"] != "resolved"), key=_pressing),
        "escalations": [_plain(call) for call in facts.calls if _escalates(call)],
        "tickets": [_ticket(ticket, facts) for ticket in facts.tickets],
        "requests": [_plain(request) for request in facts.requests],
        "deployments": [_plain(deployment) for deployment in facts.deployments],
        "silences": [_plain(silence) for silence in facts.silences],
        "days": [_plain(day) for day in facts.days],
        "objectives": _objectives(facts.days),
        "noise": [_plain(noise) for noise in facts.noise],
        "retrains": [_plain(retrain) for retrain in facts.retrains],
        "changes": [_plain(change) for change in facts.changes],
    }
    return {"headline": headline(report), **report, "watch": watch(report)}


def headline(report: Report) -> str:
    """The shift in one sentence, the most pressing first."""
    counts, parts = report["counts"], []
    if counts["alerts"]:
        parts.append(_alerts_in_words(counts))
    breached, judged = _days(report["objectives"])
    if breached:
        parts.append(f"objective missed on {breached} of {plural(judged, 'judged day')}")
    changes = [change for change in report["deployments"] if change["action"] != "initial"]
    parts += [_change_in_words(change) for change in changes]
    opened = sum(1 for ticket in report["tickets"] if ticket["opened"])
    closed = sum(1 for ticket in report["tickets"] if ticket["closed"])
    if opened or closed:
        parts.append(f"{plural(opened, 'bug')} opened, {closed} closed")
    waiting = sum(1 for request in report["requests"] if request["status"] == "pending")
    if waiting:
        parts.append(f"{plural(waiting, 'approval')} waiting")
    if parts and not counts["alerts"]:
        parts.insert(0, "no alerts")
    if not parts:
        return "A quiet shift: no alerts, no bugs, no deployments."
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def _alert(alert: AlertFact, facts: ShiftFacts) -> dict[str, Any]:
    answered = _before(alert.acknowledged_at, facts.end)
    resolved = _before(alert.resolved_at, facts.end)
    return {
        "group_id": alert.group_id,
        "title": alert.title,
        "severity": alert.severity,
        "pipeline": alert.pipeline,
        "opened_at": alert.opened_at.isoformat(),
        "acknowledged_by": alert.acknowledged_by if answered else None,
        "minutes_to_acknowledge": _minutes(answered - alert.opened_at) if answered else None,
        "resolved_at": resolved.isoformat() if resolved else None,
        "state": _state(alert, answered, resolved),
        "carried_over": alert.opened_at < facts.start,
    }


def _pressing(alert: dict[str, Any]) -> tuple[int, int, str]:
    """The order in which open alerts are read: what nobody has taken, the most severe first, the oldest first."""
    severity = alert["severity"]
    return (
        STATES.index(alert["state"]),
        SEVERITIES.index(severity) if severity in SEVERITIES else 0,
        alert["opened_at"],
    )


def _state(alert: AlertFact, answered: datetime | None, resolved: datetime | None) -> str:
    if resolved:
        return "resolved"
    if alert.silenced:
        return "silenced"
    return "acknowledged" if answered else "unanswered"


def _escalates(call: CallFact) -> bool:
    """Whether this call was made because an earlier one was not answered."""
    return call.reason not in ("opened", "reopened")


def _ticket(ticket: TicketFact, facts: ShiftFacts) -> dict[str, Any]:
    closed = ticket.closed_at is not None and facts.start <= ticket.closed_at < facts.end
    return {
        "ticket_id": ticket.ticket_id,
        "title": ticket.title,
        "severity": ticket.severity,
        "status": ticket.status,
        "pipeline": ticket.pipeline,
        "opened": facts.start <= ticket.created_at < facts.end,
        "closed": closed,
        "resolution": ticket.resolution if closed else "",
    }


def _counts(facts: ShiftFacts, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    fresh = [alert for alert in alerts if not alert["carried_over"]]
    waits = [alert["minutes_to_acknowledge"] for alert in fresh if alert["acknowledged_by"]]
    escalated = {call.group_id for call in facts.calls if _escalates(call)}
    return {
        "alerts": len(alerts),
        "carried_over": len(alerts) - len(fresh),
        "acknowledged": sum(1 for alert in alerts if alert["acknowledged_by"]),
        "resolved": sum(1 for alert in alerts if alert["state"] == "resolved"),
        "open": sum(1 for alert in alerts if alert["state"] != "resolved"),
        "calls": len(facts.calls),
        "escalated": len(escalated),
        "tickets": len(facts.tickets),
        "median_minutes_to_acknowledge": round(median(waits), 1) if waits else None,
    }


def _objectives(days: Iterable[DayFact]) -> list[dict[str, Any]]:
    tally: dict[str, dict[str, Any]] = {}
    for day in days:
        row = tally.setdefault(day.pipeline, {"pipeline": day.pipeline, "met": 0, "breached": 0, "unknown": 0})
        row[day.state] += 1
    return list(tally.values())


def _days(objectives: list[dict[str, Any]]) -> tuple[int, int]:
    breached = sum(row["breached"] for row in objectives)
    return breached, breached + sum(row["met"] for row in objectives)


def _alerts_in_words(counts: dict[str, Any]) -> str:
    wait = counts["median_minutes_to_acknowledge"]
    answered = f"{counts['acknowledged']:,} acknowledged" + (
        f" (median {in_minutes(wait)})" if wait is not None else ""
    )
    still = f"{counts['open']:,} still open" if counts["open"] else "all resolved"
    return f"{plural(counts['alerts'], 'alert')}, {answered}, {still}"


def _change_in_words(change: dict[str, Any]) -> str:
    verb = "rolled back" if change["action"] == ApprovalAction.ROLL_BACK else "promoted"
    outcome = {"verified": "verified", "reverted": "reverted"}.get(change["status"], "not yet verified")
    return f"{named(change)} {verb} to v{change['version']} ({outcome})"


def _plain(fact: Any) -> dict[str, Any]:
    values = asdict(fact)
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _before(instant: datetime | None, end: datetime) -> datetime | None:
    return instant if instant is not None and instant < end else None


def _minutes(span: timedelta) -> float:
    return round(span / timedelta(minutes=1), 1)
