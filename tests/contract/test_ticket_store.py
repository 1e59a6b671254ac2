"""Filing bugs and moving them on, on both databases."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from core.alerts import store as alerts
from core.approvals import store as approvals
from core.db.database import Database
from core.decision import Decision
from core.models.tables import Deployment
from core.tickets import store
from core.tickets.draft import TicketDraft
from core.tickets.tables import Ticket, TicketStatus
from tests.oncall_support import T0, add_evaluation, add_group, audit_rows, config, minutes, outbox_rows, person
from workflows.approve import decide
from workflows.card import pipeline_card
from workflows.file_bug import (
    change_status,
    draft_from_group,
    errors_of,
    file_bug,
    list_open,
    report,
    similar_to,
)
from workflows.roll_back import RollbackPlan, request_rollback

DAY = timedelta(days=1)


def file(database: Database, who: str = "amina", **changes: Any) -> tuple[Decision, Ticket | None]:
    draft = TicketDraft(**{"title": "Accuracy fell", "pipeline": "flights", "severity": "high", **changes})
    with database.write() as session:
        return file_bug(session, config(), draft, person(who), who, T0)


def move(database: Database, ticket_id: int, status: str, who: str = "amina", resolution: str = "") -> str:
    with database.write() as session:
        return change_status(session, config(), ticket_id, status, person(who), who, T0 + DAY, resolution).reason


def stored(database: Database, ticket_id: int) -> Ticket:
    with database.read() as session:
        found = store.get(session, ticket_id)
    assert found is not None
    return found


@pytest.fixture
def group_id(database: Database) -> int:
    with database.write() as session:
        return add_group(session, evaluation_id=add_evaluation(session).id).id


def test_a_bug_from_an_alert_is_prefilled_and_posted_in_its_thread(database: Database, group_id: int) -> None:
    with database.write() as session:
        draft = draft_from_group(session, config(), group_id)
        assert draft is not None
        decision, ticket = file_bug(session, config(), draft, person("amina"), "amina", T0)
    assert ticket is not None
    assert (decision.allowed, decision.reason) == (True, "filed")
    assert (ticket.title, ticket.severity) == ("Accuracy below its objective", "critical")
    assert ticket.symptom == "metric_drop"
    assert (ticket.reporter, ticket.status, ticket.group_id) == ("amina", "open", group_id)
    message, alert = outbox_rows(database)
    assert (message.kind, message.key, message.parent) == (
        "ticket",
        f"ticket:{ticket.id}",
        f"alert-group:{group_id}",
    )
    assert (alert.kind, alert.key, alert.revision) == ("alert_group", f"alert-group:{group_id}", 2)
    assert audit_rows(database) == [("amina", "ticket.file", True, "filed")]


def test_a_bug_of_its_own_goes_to_its_pipelines_channel_or_the_teams(database: Database) -> None:
    file(database)
    file(database, pipeline=None)
    assert [(row.channel, row.parent) for row in outbox_rows(database)] == [("flights", None), ("oncall", None)]


def test_an_alert_has_one_open_ticket(database: Database, group_id: int) -> None:
    _, ticket = file(database, group_id=group_id)
    assert ticket is not None
    decision, second = file(database, "maya", group_id=group_id)
    assert (decision.reason, second) == ("already_filed", None)
    assert f"#{ticket.id}" in decision.detail
    assert "{person:amina}" in decision.detail
    assert move(database, ticket.id, "closed", resolution="Feed mended") == "closed"
    assert file(database, "maya", group_id=group_id)[0].reason == "filed"
    assert move(database, ticket.id, "open") == "already_filed"


def test_two_people_who_file_at_the_same_instant_file_one(database: Database, group_id: int) -> None:
    start, reasons = threading.Barrier(2), []

    def click(who: str) -> None:
        start.wait()
        reasons.append(file(database, who, group_id=group_id)[0].reason)

    clicks = [threading.Thread(target=click, args=(who,)) for who in ("amina", "maya")]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(timeout=90)
    assert sorted(reasons) == ["already_filed", "filed"]


def test_what_cannot_be_filed_is_refused_with_its_fields_and_recorded(database: Database) -> None:
    decision, ticket = file(database, title=" ", pipeline="payments")
    assert (decision.reason, ticket) == ("invalid_draft", None)
    assert set(errors_of(TicketDraft(" ", pipeline="payments"), config())) == {"title", "pipeline"}
    assert file(database, group_id=404)[0].reason == "no_such_group"
    with database.write() as session:
        draft = TicketDraft("Accuracy fell")
        assert file_bug(session, config(), draft, None, "slack:U0X", T0)[0].reason == "unknown_person"
    assert [row[3] for row in audit_rows(database)] == ["invalid_draft", "no_such_group", "unknown_person"]
    assert outbox_rows(database) == []


def test_a_group_that_does_not_exist_has_no_draft(database: Database) -> None:
    with database.read() as session:
        assert draft_from_group(session, config(), 404) is None


def test_a_ticket_is_started_closed_with_a_resolution_and_reopened(database: Database, group_id: int) -> None:
    _, ticket = file(database, group_id=group_id)
    assert ticket is not None
    assert move(database, ticket.id, "in_progress", "maya") == "started"
    assert stored(database, ticket.id).assignee == "maya"
    assert move(database, ticket.id, "closed") == "resolution_missing"
    assert move(database, ticket.id, "closed", resolution=" Feed mended ") == "closed"
    done = stored(database, ticket.id)
    assert (done.status, done.resolution, done.closed_at, done.revision) == ("closed", "Feed mended", T0 + DAY, 3)
    assert move(database, ticket.id, "open") == "reopened"
    again = stored(database, ticket.id)
    assert (again.status, again.resolution, again.closed_at) == ("open", "", None)
    assert [row[1:] for row in audit_rows(database)] == [
        ("ticket.file", True, "filed"),
        ("ticket.change", True, "started"),
        ("ticket.change", False, "resolution_missing"),
        ("ticket.change", True, "closed"),
        ("ticket.change", True, "reopened"),
    ]
    notes = [row.parent for row in outbox_rows(database) if row.kind == "note"]
    assert notes == [f"alert-group:{group_id}"] * 3
    with database.read() as session:
        group = alerts.get(session, group_id)
    assert group is not None
    assert group.revision == 5


def test_the_notes_of_a_ticket_without_an_alert_are_in_its_own_thread(database: Database) -> None:
    _, ticket = file(database)
    assert ticket is not None
    move(database, ticket.id, "in_progress")
    assert outbox_rows(database)[-1].parent == f"ticket:{ticket.id}"


def test_refused_changes_are_recorded(database: Database) -> None:
    assert move(database, 404, "closed", resolution="x") == "no_such_ticket"
    _, ticket = file(database)
    assert ticket is not None
    assert move(database, ticket.id, "in_progress", "sofia") == "role_missing"
    assert [row[3] for row in audit_rows(database)] == ["no_such_ticket", "filed", "role_missing"]


def test_the_queue_knows_the_objective_and_what_recurs(database: Database) -> None:
    with database.write() as session:
        for back, state in ((1, "breached"), (2, "met"), (3, "unknown"), (9, "breached")):
            window = {"window_start": T0 - back * DAY - DAY, "window_end": T0 - back * DAY}
            add_evaluation(session, state=state, known_at=T0, **window)
    _, plain = file(database, pipeline=None, symptom="slice")
    _, first = file(database, symptom="slice")
    _, second = file(database, symptom="slice")
    file(database, severity="low", symptom="other")
    assert plain is not None
    assert first is not None
    assert second is not None
    move(database, second.id, TicketStatus.CLOSED, resolution="Feed mended")
    with database.read() as session:
        queue = list_open(session, T0)
        flights = list_open(session, T0, "flights")
    assert [one.ticket.id for one in queue][:2] == [first.id, plain.id]
    assert queue[0].ranked.priority == 40 + 20 * 1 / 2 + 5
    assert queue[1].ranked.priority == 40
    assert plain.id not in [one.ticket.id for one in flights]


def test_similar_tickets_and_the_report_find_what_was_there_before(database: Database, group_id: int) -> None:
    _, old = file(database, title="Weather feed is missing")
    _, new = file(database, title="Weather feed missing again", group_id=group_id)
    assert old is not None
    assert new is not None
    with database.read() as session:
        assert similar_to(session, "weather feed", "")[0].ticket_id in (old.id, new.id)
        told = report(session, new.id)
        assert report(session, 404) is None
    assert told is not None
    assert [one.ticket_id for one in told.similar] == [old.id]
    assert [event.what for event in told.timeline] == [
        "The alert “Accuracy below its objective” fired.",
        f"{{person:amina}} filed bug #{new.id}: Weather feed missing again",
    ]


def test_what_was_rolled_back_for_it_belongs_to_its_story(database: Database, group_id: int) -> None:
    _, bug = file(database, group_id=group_id)
    assert bug is not None
    maya, amina = person("maya"), person("amina")
    with database.write() as session:
        plan = RollbackPlan("flights", 2, 1, "The last approved before v2 is v1.")
        request_rollback(session, config(), plan, maya, "maya", group_id, T0)
        request_rollback(session, config(), plan, maya, "maya", None, T0)
        (asked,) = approvals.asked_in(session, f"alert-group:{group_id}")
        assert decide(session, config(), asked.id, True, amina, "amina", T0 + minutes(5)).allowed
    with database.read() as session:
        told = report(session, bug.id)
    assert told is not None
    assert [event.what for event in told.timeline][-2:] == [
        "{person:maya} asked for the rollback of Flight delays from v2 to v1.",
        "{person:amina} approved the rollback of Flight delays from v2 to v1.",
    ]


def test_the_card_gathers_a_pipeline(database: Database, group_id: int) -> None:
    _, bug = file(database, group_id=group_id)
    _, fixed = file(database, title="Nulls")
    assert bug is not None
    assert fixed is not None
    move(database, fixed.id, "closed", resolution="Feed mended")
    with database.write() as session:
        change = {"pipeline": "flights", "by": "amina"}
        session.add(Deployment(version=1, action="initial", at=T0, status="verified", **change))
        session.add(Deployment(version=2, previous=1, action="promote", at=T0 + DAY, status="verified", **change))
        session.add(Deployment(version=3, previous=2, action="promote", at=T0 + DAY, status="reverted", **change))
        card = pipeline_card(session, config(), "flights", 2, T0 + minutes(5))
        assert pipeline_card(session, config(), "payments", None, T0) is None
        elsewhere = pipeline_card(session, config(), "flights", 3, T0)
        fresh = pipeline_card(session, config(), "flights", None, T0)
    assert card is not None
    assert elsewhere is not None
    assert fresh is not None
    assert (card.on_call.primary, card.on_call.next, card.runbook) == (
        "amina",
        "maya",
        "https://wiki.example.com/flights",
    )
    assert card.champion is not None
    assert (card.champion.version, card.champion.by, card.champion.since) == (2, "amina", T0 + DAY)
    assert [line.group_id for line in card.alerts if line.resolved_at is None] == [group_id]
    assert [(line.ticket_id, line.severity) for line in card.tickets] == [(bug.id, "high")]
    assert [line.resolution for line in card.past_bugs] == ["Feed mended"]
    assert (card.days_met, card.days_judged, len(card.evaluations)) == (0, 1, 1)
    assert elsewhere.champion is not None
    assert elsewhere.champion.since is None
    assert fresh.champion is None
