"""Handoffs on both databases: drafted once a shift, accepted once by the person who comes next."""

import threading
from datetime import datetime, timedelta

import pytest

from core.alerts.silence_tables import Silence
from core.approvals.tables import Approval
from core.changes.tables import Change
from core.db.database import Database
from core.models.tables import Deployment
from core.oncall import store
from core.tickets.tables import Ticket
from tests.oncall_support import (
    HANDOFF,
    T0,
    add_evaluation,
    add_group,
    audit_rows,
    config,
    draft_due,
    handoffs,
    minutes,
    outbox_rows,
    person,
)
from workflows import hand_off
from workflows.escalate import open_page
from workflows.hand_off import accept, chase, next_due
from workflows.step_pages import step_due
from workflows.tell_duty import plan_due


def draft_at(database: Database, now: object) -> int:
    with database.write() as session:
        return draft_due(session, config(), now)  # type: ignore[arg-type]


@pytest.fixture
def handoff_id(database: Database) -> int:
    draft_at(database, HANDOFF)
    return handoffs(database)[0].id


def test_a_shift_that_ends_is_drafted_once(database: Database) -> None:
    assert draft_at(database, HANDOFF - minutes(1)) == 1  # jonas to amina, a week ago: nobody was here to draft it
    assert draft_at(database, HANDOFF) == 1
    assert draft_at(database, HANDOFF) == 0
    assert draft_at(database, HANDOFF + timedelta(days=6)) == 0
    assert [(row.outgoing, row.incoming, row.shift_end) for row in handoffs(database)] == [
        ("jonas", "amina", HANDOFF - timedelta(days=7)),
        ("amina", "maya", HANDOFF),
    ]


def test_after_downtime_only_the_most_recent_shift_is_handed_over(database: Database) -> None:
    draft_at(database, HANDOFF)
    assert draft_at(database, HANDOFF + timedelta(weeks=3, days=1)) == 1
    assert [row.shift_end for row in handoffs(database)] == [HANDOFF, HANDOFF + timedelta(weeks=3)]


def test_the_first_shift_takes_over_from_nobody(database: Database) -> None:
    assert draft_at(database, HANDOFF - timedelta(weeks=2)) == 0
    assert draft_at(database, HANDOFF - timedelta(weeks=5)) == 0
    assert handoffs(database) == []


def test_the_thread_begins_with_the_handoff_and_holds_its_report(database: Database, handoff_id: int) -> None:
    parent, report = outbox_rows(database)
    assert (parent.kind, parent.key, parent.channel) == ("handoff", f"handoff:{handoff_id}", "oncall")
    assert (report.kind, report.key) == ("handoff_report", f"handoff-report:{handoff_id}")
    assert report.parent == parent.key
    assert audit_rows(database) == [("goldilocks", "handoff.draft", True, "shift_ended")]


def test_a_shift_that_is_over_is_due_until_it_is_drafted(database: Database, handoff_id: int) -> None:
    def due_at(now: datetime) -> datetime | None:
        with database.read() as session:
            return next_due(session, config(), now)

    assert due_at(HANDOFF) == HANDOFF + minutes(30), "then its incoming person is reminded"
    with database.write() as session:
        assert accept(session, config(), handoff_id, person("maya"), "maya", HANDOFF).allowed
    assert due_at(HANDOFF) == HANDOFF + timedelta(weeks=1)
    assert due_at(HANDOFF + timedelta(weeks=1) - minutes(1)) == HANDOFF + timedelta(weeks=1)
    assert due_at(HANDOFF + timedelta(weeks=1)) == HANDOFF + timedelta(weeks=1)
    draft_at(database, HANDOFF + timedelta(weeks=1))
    assert due_at(HANDOFF + timedelta(weeks=1)) == HANDOFF + timedelta(weeks=1) + minutes(30)


def test_a_handoff_that_a_newer_one_overtook_is_let_go(database: Database, handoff_id: int) -> None:
    draft_at(database, HANDOFF + timedelta(weeks=1))
    with database.write() as session:
        assert chase(session, config(), HANDOFF + timedelta(weeks=1)) == 1
        assert chase(session, config(), HANDOFF + timedelta(weeks=1, minutes=30)) == 1
        assert chase(session, config(), HANDOFF + timedelta(weeks=1, minutes=31)) == 0
    rows = {row.id: row.chased for row in handoffs(database)}
    assert rows == {handoff_id: 3, handoff_id + 1: 1}
    reminders = [row for row in audit_rows(database) if row[1] == "handoff.chase"]
    assert len(reminders) == 1, "nobody is asked to accept what is over"


def test_only_the_incoming_person_accepts_and_only_once(database: Database, handoff_id: int) -> None:
    def ask(who: str) -> str:
        with database.write() as session:
            return accept(session, config(), handoff_id, person(who), who, HANDOFF + minutes(5)).reason

    assert [ask("amina"), ask("maya"), ask("maya")] == ["not_incoming", "accepted", "already_accepted"]
    row = handoffs(database)[0]
    assert (row.status, row.accepted_at, row.revision) == ("accepted", HANDOFF + minutes(5), 2)
    assert audit_rows(database)[1:] == [
        ("amina", "handoff.accept", False, "not_incoming"),
        ("maya", "handoff.accept", True, "accepted"),
        ("maya", "handoff.accept", False, "already_accepted"),
    ]
    notes = [row for row in outbox_rows(database) if row.kind == "note"]
    assert [(note.parent, note.channel) for note in notes] == [(f"handoff:{handoff_id}", "oncall")]


def test_a_stranger_and_an_unknown_handoff_are_refused_and_recorded(database: Database, handoff_id: int) -> None:
    with database.write() as session:
        assert accept(session, config(), handoff_id, None, "slack:U0X", HANDOFF).reason == "not_incoming"
        assert accept(session, config(), 404, person("maya"), "maya", HANDOFF).reason == "no_such_handoff"
    assert [row[3] for row in audit_rows(database)][1:] == ["not_incoming", "no_such_handoff"]


def test_two_clicks_at_the_same_instant_accept_once(database: Database, handoff_id: int) -> None:
    start, reasons = threading.Barrier(2), []

    def click() -> None:
        start.wait()
        with database.write() as session:
            reasons.append(accept(session, config(), handoff_id, person("maya"), "maya", HANDOFF).reason)

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(timeout=90)
    assert sorted(reasons) == ["accepted", "already_accepted"]


def test_two_workers_draft_a_handoff_once(database: Database) -> None:
    start, drafted = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        drafted.append(draft_at(database, HANDOFF))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=90)
    assert sorted(drafted) == [0, 1]
    assert len([row for row in outbox_rows(database) if row.kind == "handoff"]) == 1


def test_the_report_gathers_what_the_rotation_looks_after(database: Database) -> None:
    with database.write() as session:
        open_page(session, config(), add_group(session), T0)
        step_due(session, config(), T0 + minutes(15))
        add_group(session, key="elsewhere", rotation="payments")
        add_group(session, key="old", opened_at=T0 - timedelta(days=9), resolved_at=T0 - timedelta(days=8))
        for value, known in ((0.7, T0), (0.58, T0 + minutes(60)), (0.9, HANDOFF + minutes(60))):
            add_evaluation(session, value=value, known_at=known, state="breached" if value < 0.7 else "met")
        change = {"pipeline": "flights", "at": T0, "by": "amina", "status": "verified"}
        session.add(Deployment(version=1, previous=2, action="roll_back", **change))
        session.add(Deployment(version=1, action="initial", **{**change, "pipeline": "payments"}))
        request = {"action": "promote", "from_version": 1, "channel": "flights", "requested_by": "goldilocks"}
        request |= {"pipeline": "flights", "due_at": HANDOFF}
        long_ago = T0 - timedelta(days=30)
        session.add(
            Approval(to_version=2, requested_at=long_ago, status="expired", decided_at=long_ago, **request)
        )
        session.add(Approval(to_version=3, requested_at=long_ago, **request))
        bug = {"severity": "high", "symptom": "other", "reporter": "amina", "created_at": T0, "updated_at": T0}
        session.add_all([Ticket(title=name, pipeline=name, **bug) for name in ("flights", "payments")])
        silence = {"starts_at": T0, "created_by": "amina", "comment": "known", "created_at": T0}
        mine = [{"name": "pipeline", "value": "flights", "isRegex": False, "isEqual": True}]
        session.add(Silence(id="stays", ends_at=HANDOFF + minutes(1), matchers=mine, **silence))
        session.add(Silence(id="over", ends_at=HANDOFF, matchers=mine, **silence))
        for name, at in (("flights", T0), ("payments", T0), (None, T0 + minutes(1)), ("flights", HANDOFF)):
            told = {"source": "ci", "summary": f"Deployed {name}", "received_at": at, "digest": f"{name} {at}"}
            session.add(Change(pipeline=name, at=at, **told))
        draft_due(session, config(), HANDOFF)
    report = handoffs(database)[0].report
    assert [row["title"] for row in report["open"]] == ["Accuracy below its objective"]
    assert [row["people"] for row in report["escalations"]] == [["maya"]]
    assert [(row["value"], row["state"]) for row in report["days"]] == [(0.58, "breached")]
    assert [row["pipeline"] for row in report["deployments"]] == ["flights"]
    called = {row["pipeline_title"] for part in ("days", "deployments", "requests") for row in report[part]}
    assert called == {"Flight delays"}
    assert "Flight delays missed its objective on the last day that was judged." in report["watch"]
    assert [row["to_version"] for row in report["requests"]] == [3]
    # The team's catch-all rotation also looks after what belongs to no declared pipeline.
    assert [row["title"] for row in report["tickets"]] == ["flights", "payments"]
    assert [row["summary"] for row in report["changes"]] == ["Deployed flights", "Deployed None"]
    assert [row["silence_id"] for row in report["silences"]] == ["stays"]


def test_latest_handoffs_come_newest_first(database: Database) -> None:
    for week in range(3):
        draft_at(database, HANDOFF + timedelta(weeks=week))
    with database.read() as session:
        latest = store.latest_handoffs(session, "flights", "flights", limit=2)
    assert [row.shift_end for row in latest] == [HANDOFF + timedelta(weeks=2), HANDOFF + timedelta(weeks=1)]


def test_a_new_installation_reports_no_shift_that_it_never_saw(database: Database) -> None:
    before, after = HANDOFF + minutes(1), HANDOFF + timedelta(days=7)
    with database.write() as session:
        plan_due(session, config(), before)
        assert hand_off.draft_due(session, config(), before) == 0
        assert next_due(session, config(), before) == after, (
            "nothing is overdue, so nothing is looked at again at once"
        )
    with database.write() as session:
        assert hand_off.draft_due(session, config(), after) == 1
    assert [(row.outgoing, row.incoming) for row in handoffs(database)] == [("maya", "jonas")]


def test_a_shift_that_was_seen_only_at_its_end_is_reported(database: Database) -> None:
    with database.write() as session:
        plan_due(session, config(), HANDOFF - minutes(1))
        assert hand_off.draft_due(session, config(), HANDOFF) == 1
