"""The pure rules of tickets: priority, similarity, drafts, who may change one, and the report."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.evaluation.tables import Evaluation
from core.text import shorten
from core.tickets.draft import DESCRIPTION_LIMIT, TITLE_LIMIT, TicketDraft, check_draft, draft_from
from core.tickets.queue import QueueItem, priority, rank
from core.tickets.report import report
from core.tickets.similar import LEAST_SCORE, PastTicket, Similar, similar
from core.tickets.status import may_change
from core.tickets.tables import Severity, Symptom, Ticket, TicketStatus
from tests.oncall_support import person

NOW = datetime(2013, 2, 11, 14, tzinfo=UTC)
DAY = timedelta(days=1)


def item(number: int = 1, severity: str = "medium", age: float = 0, **more: Any) -> QueueItem:
    return QueueItem(number, severity, NOW - age * DAY, **more)


@pytest.mark.parametrize(
    ("queued", "points"),
    [
        (item(severity="low"), 0),
        (item(severity="critical"), 60),
        (item(breached=2, judged=5), 28),
        (item(breached=0, judged=0), 20),
        (item(recurrences=1), 25),
        (item(recurrences=7), 35),
        (item(recurrences=1000), 40),
        (item(age=3), 23),
        (item(age=300), 40),
        (item(age=-1), 20),
        (item(severity="critical", age=300, breached=7, judged=7, recurrences=99), 120),
    ],
)
def test_priority_is_the_sum_of_its_documented_parts(queued: QueueItem, points: float) -> None:
    assert priority(queued, NOW) == pytest.approx(points)


def test_the_queue_puts_the_urgent_first_and_the_older_of_equals() -> None:
    queue = rank([item(1, "low", 1), item(2, "high"), item(3, "critical"), item(4, "high")], NOW)
    assert [one.item.ticket_id for one in queue] == [3, 2, 4, 1]


def test_a_priority_tells_its_reasons() -> None:
    (one,) = rank([item(severity="high", age=4.6, breached=3, judged=6, recurrences=3)], NOW)
    assert one.reasons == (
        "high severity (+40)",
        "objective missed on 3 of 6 days (+10)",
        "symptom seen 3 more times in 28 days (+10)",
        "waiting for 4 days (+5)",
    )
    (other,) = rank([item(age=1.2, recurrences=1)], NOW)
    assert other.reasons[-2:] == ("symptom seen 1 more time in 28 days (+5)", "waiting for 1 day (+1)")


PAST = [
    PastTicket(1, "Weather feed is missing", "All values of temp are null since noon."),
    PastTicket(2, "Accuracy below objective on storm days", "Delays of every carrier were missed."),
    PastTicket(3, "Trainer runs out of memory", "Killed after two hours."),
]


def test_the_ticket_that_reads_alike_comes_first() -> None:
    found = similar("Weather feed missing again", "temp is null", PAST)
    assert found[0].ticket_id == 1
    assert all(LEAST_SCORE <= one.score <= 1 for one in found)


def test_the_same_words_score_one() -> None:
    (best, *_) = similar(PAST[2].title, PAST[2].description, PAST)
    assert best == Similar(3, 1.0)


@pytest.mark.parametrize(
    ("title", "past"),
    [("Weather", []), ("", PAST), ("  ", PAST), ("the and of", [PastTicket(1, "of the", "")]), ("Zebra", PAST)],
)
def test_nothing_in_common_finds_nothing(title: str, past: list[PastTicket]) -> None:
    assert similar(title, "", past) == []


def test_one_past_ticket_is_enough_and_no_more_than_three_are_shown() -> None:
    assert similar("Weather feed", "", PAST[:1])[0].ticket_id == 1
    many = [PastTicket(number, "Weather feed is missing", "") for number in range(1, 9)]
    assert [one.ticket_id for one in similar("Weather feed is missing", "", many)] == [8, 7, 6]


def group(**changes: Any) -> AlertGroup:
    values = {
        "id": 7,
        "labels": {"alertname": "AccuracyLow"},
        "title": "Accuracy below its objective",
        "summary": "It was 0.58.",
        "severity": "critical",
        "pipeline": "flights",
        "opened_at": NOW,
    }
    return AlertGroup(**{**values, **changes})


def evaluation(**changes: Any) -> Evaluation:
    values: dict[str, Any] = {
        "window_start": NOW - DAY,
        "versions": ["1"],
        "rows": 800,
        "labels": 780,
        "metric": "accuracy",
        "value": 0.58,
        "objective": 0.7,
        "state": "breached",
        "findings": [],
        "slices": [],
    }
    return Evaluation(**{**values, **changes})


def test_a_draft_says_nothing_twice() -> None:
    alert = group(summary="Accuracy was 58.0%, 12.0 points below the objective of 70.0%.")
    draft = draft_from(alert, evaluation(summary={"day": "Sun 10 Feb"}), ["flights"])
    assert draft.description == f"{alert.summary}\nSun 10 Feb, served by v1: 780 of 800 labels were in."
    gap = {"check": "offline_online_gap", "column": None, "reason": "v3 does worse live."}
    told = group(summary=f"{alert.summary} {gap['reason']}")
    calm = tracked_slice("origin LGA", 0.55, usual_low=0.5, usual_high=0.8)
    draft = draft_from(told, evaluation(findings=[gap], slices=[calm]), ["flights"])
    assert "Checks that failed" not in draft.description
    assert "Worst slices" not in draft.description, "it lies where it mostly does"
    calm["value"] = 0.45
    draft = draft_from(told, evaluation(findings=[gap], slices=[calm]), ["flights"])
    assert "Worst slices: origin LGA." in draft.description


def tracked_slice(name: str, value: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "rows": 50, "labels": 50, "value": value, "usual": 0.7, "metric": "accuracy", **more}


def test_a_draft_takes_over_what_the_alert_and_its_evidence_say() -> None:
    usual = {"rows": 50, "labels": 50, "value": 0.5, "usual": 0.7, "metric": "accuracy"}
    slices = [{"name": name, **usual} for name in ("origin EWR", "carrier AA, origin JFK", "origin LGA", "x")]
    slices.append({"name": "as usual", **usual, "value": 0.7})
    findings = [
        {"check": "nulls", "column": "temp", "reason": "all values are missing"},
        {"check": "offline_online_gap", "column": None, "reason": "v3 does worse live."},
    ]
    draft = draft_from(group(), evaluation(slices=slices, findings=findings), ["flights"])
    assert (draft.title, draft.pipeline, draft.severity) == ("Accuracy below its objective", "flights", "critical")
    assert (draft.symptom, draft.group_id) == (Symptom.METRIC_DROP, 7)
    assert draft.description == (
        "It was 0.58.\n"
        "Accuracy was 58.0%; the objective is 70.0%.\n"
        "2013-02-10, served by v1: 780 of 800 labels were in.\n"
        "Checks that failed: temp: all values are missing; v3 does worse live.\n"
        "Worst slices: origin EWR; carrier AA, origin JFK; origin LGA and 1 more."
    )


def test_a_draft_can_be_filed_whatever_the_alert_says() -> None:
    draft = draft_from(
        group(title="x" * 9000, summary="y" * 9000, severity="odd", pipeline="gone"), None, ["flights"]
    )
    assert check_draft(draft, ["flights"], []) == {}
    assert (len(draft.title), len(draft.description)) == (TITLE_LIMIT, DESCRIPTION_LIMIT)
    assert (draft.pipeline, draft.severity) == (None, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("alertname", "title", "symptom"),
    [
        ("LabelsLate", "", Symptom.LATE_LABELS),
        ("", "temp is missing", Symptom.MISSING_DATA),
        ("SchemaChanged", "", Symptom.BAD_DATA),
        ("slice_failing", "", Symptom.SLICE),
        ("RetrainingFailed", "", Symptom.TRAINING),
        ("HighLatency", "p99 over 2 s", Symptom.SERVING),
        ("AucLow", "", Symptom.METRIC_DROP),
        ("DiskFull", "A breakdown of the labelling constraint", Symptom.OTHER),
    ],
)
def test_without_evidence_the_words_of_the_alert_tell_the_symptom(
    alertname: str, title: str, symptom: Symptom
) -> None:
    assert draft_from(group(labels={"alertname": alertname}, title=title), None, []).symptom == symptom


@pytest.mark.parametrize(
    ("changes", "symptom"),
    [
        ({"state": "breached", "findings": [{"check": "nulls"}]}, Symptom.METRIC_DROP),
        ({"state": "met", "findings": [{"check": "nulls", "reason": "all missing"}]}, Symptom.MISSING_DATA),
        ({"state": "met", "findings": [{"check": "range", "reason": "too high"}]}, Symptom.BAD_DATA),
        ({"state": "unknown", "value": None}, Symptom.LATE_LABELS),
        ({"state": "met"}, Symptom.METRIC_DROP),
    ],
)
def test_evidence_tells_the_symptom(changes: dict[str, Any], symptom: Symptom) -> None:
    assert draft_from(group(), evaluation(**changes), []).symptom == symptom


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * (TITLE_LIMIT + 1)}, "title"),
        ({"description": "x" * (DESCRIPTION_LIMIT + 1)}, "description"),
        ({"pipeline": "payments"}, "pipeline"),
        ({"severity": "awful"}, "severity"),
        ({"symptom": "odd"}, "symptom"),
        ({"assignee": "nobody"}, "assignee"),
    ],
)
def test_each_mistake_is_told_at_its_field(changes: dict[str, Any], field: str) -> None:
    errors = check_draft(TicketDraft(**{"title": "Nulls", **changes}), ["flights"], ["maya"])
    assert list(errors) == [field]


def test_a_good_draft_has_no_mistakes() -> None:
    draft = TicketDraft("Nulls", "", "flights", "high", "missing_data", assignee="maya")
    assert check_draft(draft, ["flights"], ["maya"]) == {}


def test_what_is_too_long_is_cut_with_an_ellipsis() -> None:
    assert (shorten("abc", 3), shorten("abcd", 3)) == ("abc", "ab…")


def ticket(status: str = "open", **changes: Any) -> Ticket:
    values: dict[str, Any] = {"id": 4, "title": "Nulls", "status": status, "created_at": NOW, "resolution": ""}
    return Ticket(**{**values, **changes})


@pytest.mark.parametrize(
    ("status", "to", "resolution", "who", "reason"),
    [
        ("open", "in_progress", "", "maya", "started"),
        ("open", "closed", "Feed mended", "maya", "closed"),
        ("closed", "open", "", "maya", "reopened"),
        ("open", "closed", "   ", "maya", "resolution_missing"),
        ("open", "closed", "x" * 3001, "maya", "resolution_too_long"),
        ("closed", "closed", "Feed mended", "maya", "already_closed"),
        ("open", "paused", "", "maya", "unknown_status"),
        ("open", "closed", "Feed mended", "sofia", "role_missing"),
        ("open", "closed", "Feed mended", None, "role_missing"),
    ],
)
def test_who_may_move_a_ticket_where(status: str, to: str, resolution: str, who: str | None, reason: str) -> None:
    decision = may_change(ticket(status), to, resolution, person(who) if who else None)
    assert decision.reason == reason
    assert decision.allowed == (reason in ("started", "closed", "reopened"))


def test_who_is_too_late_is_told_who_works_on_it() -> None:
    taken = ticket(TicketStatus.IN_PROGRESS, assignee="amina")
    decision = may_change(taken, TicketStatus.IN_PROGRESS, "", person("maya"))
    assert decision.detail == "Bug #4 is in progress already: {person:amina} is on it."


def entry(at: datetime, detail: str, allowed: bool = True, action: str = "ticket.file") -> AuditEntry:
    return AuditEntry(at=at, detail=detail, allowed=allowed, action=action)


def test_the_report_tells_the_story_of_a_ticket_in_order() -> None:
    source = group(acknowledged_at=NOW + timedelta(minutes=4), resolved_at=NOW + 2 * DAY)
    trail = [
        entry(NOW + DAY, "{person:maya} filed bug #4: Nulls"),
        entry(NOW + timedelta(minutes=5), "Too late.", allowed=False),
        entry(NOW, "Alerts of severity “critical” call the person on call.", action="alert.open"),
        entry(NOW + timedelta(minutes=4), "{person:maya} acknowledged this."),
    ]
    bug = ticket("closed", created_at=NOW + DAY, closed_at=NOW + 3 * DAY, resolution="Feed mended")
    told = report(bug, source, trail, [Similar(1, 0.5)])
    assert [event.what for event in told.timeline] == [
        "The alert “Accuracy below its objective” fired.",
        "{person:maya} acknowledged this.",
        "{person:maya} filed bug #4: Nulls",
    ]
    assert (told.to_acknowledge, told.to_resolve) == (timedelta(minutes=4), 2 * DAY)
    assert (told.resolution, told.similar) == ("Feed mended", (Similar(1, 0.5),))


def test_the_report_of_an_open_ticket_without_an_alert_has_no_times() -> None:
    told = report(ticket(), None, [], [])
    assert (told.to_acknowledge, told.to_resolve, told.timeline) == (None, None, ())
