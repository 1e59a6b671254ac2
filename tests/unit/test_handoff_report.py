"""The report of a shift, drafted from facts, and who may accept it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.oncall.facts import (
    AlertFact,
    CallFact,
    DayFact,
    DeploymentFact,
    RequestFact,
    ShiftFacts,
    SilenceFact,
    TicketFact,
)
from core.oncall.handoff import draft
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.oncall.takeover import may_accept
from tests.oncall_support import person

START = datetime(2013, 2, 4, 14, tzinfo=UTC)
END = START + timedelta(days=7)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def alert(
    group_id: int, opened: float, acknowledged: float | None, resolved: float | None, **more: Any
) -> AlertFact:
    return AlertFact(
        group_id=group_id,
        title=f"Alert {group_id}",
        severity="critical",
        pipeline="flights",
        opened_at=START + hours(opened),
        acknowledged_by="amina" if acknowledged is not None else None,
        acknowledged_at=START + hours(acknowledged) if acknowledged is not None else None,
        resolved_at=START + hours(resolved) if resolved is not None else None,
        **more,
    )


def day(number: int, state: str) -> DayFact:
    return DayFact("flights", START + timedelta(days=number), state, "accuracy", 0.6, 0.7, 700, 800)


def ticket(ticket_id: int, created: float, closed: float | None) -> TicketFact:
    closed_at = START + hours(closed) if closed is not None else None
    status = "closed" if closed_at else "open"
    return TicketFact(ticket_id, "Nulls", "high", status, "flights", START + hours(created), closed_at, "Mended")


def test_a_quiet_shift_says_so() -> None:
    report = draft(ShiftFacts(START, END))
    assert report["headline"] == "A quiet shift: no alerts, no bugs, no deployments."
    assert report["counts"]["median_minutes_to_acknowledge"] is None


def test_alerts_are_told_as_they_stood_when_the_shift_ended() -> None:
    facts = ShiftFacts(
        START,
        END,
        alerts=[
            alert(1, -5, -4, 2),
            alert(2, 10, 10.1, 30),
            alert(3, 20, 20.5, 168 + 1),
            alert(4, 100, 168 + 2, None),
            alert(5, 101, None, None, silenced=True),
        ],
    )
    report = draft(facts)
    assert [row["state"] for row in report["alerts"]] == [
        "resolved",
        "resolved",
        "acknowledged",
        "unanswered",
        "silenced",
    ]
    assert [row["group_id"] for row in report["open"]] == [4, 3, 5], "the most pressing first"
    assert [row["carried_over"] for row in report["alerts"]] == [True, False, False, False, False]
    assert [row["minutes_to_acknowledge"] for row in report["alerts"]] == [60, 6, 30, None, None]
    assert report["alerts"][3]["acknowledged_by"] is None
    # Only the alerts of this shift count for how fast this shift answered.
    assert report["counts"]["median_minutes_to_acknowledge"] == 18
    assert report["headline"] == "5 alerts, 3 acknowledged (median 18 min), 3 still open."


def test_only_calls_after_the_first_are_escalations() -> None:
    calls = [
        CallFact(1, "Alert 1", 0, "opened", ["amina"], START),
        CallFact(1, "Alert 1", 1, "no_answer", ["maya"], START),
        CallFact(1, "Alert 1", 3, "repeat", ["amina"], START),
    ]
    report = draft(ShiftFacts(START, END, calls=calls))
    assert [row["step"] for row in report["escalations"]] == [1, 3]
    assert (report["counts"]["calls"], report["counts"]["escalated"]) == (3, 1)


def test_tickets_say_whether_they_were_opened_or_closed_in_this_shift() -> None:
    report = draft(ShiftFacts(START, END, tickets=[ticket(1, -50, 3), ticket(2, 5, 168 + 5), ticket(3, 5, 6)]))
    assert [(row["opened"], row["closed"], row["resolution"]) for row in report["tickets"]] == [
        (False, True, "Mended"),
        (True, False, ""),
        (True, True, "Mended"),
    ]
    assert report["headline"] == "No alerts; 2 bugs opened, 2 closed."


def test_the_headline_tells_the_most_pressing_first() -> None:
    facts = ShiftFacts(
        START,
        END,
        alerts=[alert(1, 1, 1.1, 3)],
        tickets=[ticket(1, 5, None)],
        days=[day(0, "met"), day(1, "breached"), day(2, "unknown")],
        deployments=[
            DeploymentFact("initial", "flights", 1, None, "goldilocks", START, "verified", ""),
            DeploymentFact("roll_back", "flights", 1, 2, "amina", START, "verified", ""),
            DeploymentFact("promote", "flights", 3, 1, "amina", START, "reverted", "never seen"),
            DeploymentFact("promote", "flights", 4, 1, "amina", START, "moved", ""),
        ],
        requests=[RequestFact(1, "promote", "flights", 1, 5, "pending", "goldilocks", None, None)],
    )
    report = draft(facts)
    assert report["headline"] == (
        "1 alert, 1 acknowledged (median 6 min), all resolved; objective missed on 1 of 2 judged days; "
        "flights rolled back to v1 (verified); flights promoted to v3 (reverted); "
        "flights promoted to v4 (not yet verified); 1 bug opened, 0 closed; 1 approval waiting."
    )
    assert report["objectives"] == [{"pipeline": "flights", "met": 1, "breached": 1, "unknown": 1}]


def test_the_report_is_plain_json() -> None:
    facts = ShiftFacts(
        START,
        END,
        alerts=[alert(1, 1, 2, 3)],
        silences=[SilenceFact("abc", [{"name": "a", "value": "b"}], "deploy", "amina", END + hours(4))],
        days=[day(0, "met")],
    )
    report = draft(facts)
    assert json.loads(json.dumps(report)) == report
    assert report["silences"][0]["ends_at"] == "2013-02-11T18:00:00+00:00"


def handoff(status: HandoffStatus = HandoffStatus.DRAFTED) -> ShiftHandoff:
    return ShiftHandoff(outgoing="amina", incoming="maya", status=status)


@pytest.mark.parametrize("who", ["amina", "leo", None])
def test_only_the_incoming_person_may_accept(who: str | None) -> None:
    decision = may_accept(handoff(), person(who) if who else None)
    assert (decision.allowed, decision.reason) == (False, "not_incoming")
    assert "{person:maya}" in decision.detail


def test_the_incoming_person_accepts_once() -> None:
    assert may_accept(handoff(), person("maya")).reason == "accepted"
    assert may_accept(handoff(HandoffStatus.ACCEPTED), person("maya")).reason == "already_accepted"


def test_who_answers_at_once_is_not_timed_in_tenths_of_a_minute() -> None:
    report = draft(ShiftFacts(START, END, alerts=[alert(1, 5, 5.001, 6)]))
    assert report["counts"]["median_minutes_to_acknowledge"] == 0.1
    assert report["headline"] == "1 alert, 1 acknowledged (median less than a minute), all resolved."
