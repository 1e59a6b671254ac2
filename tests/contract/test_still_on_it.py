"""An acknowledgement is believed for a while: then its holder is asked, and without an answer it calls again."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus
from core.audit.tables import AuditEntry
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from core.oncall.auditing import LATE, Finding
from core.oncall.tables import Notification, Page, PageStatus
from core.outbox.tables import OutboxRow
from tests.alerts_support import webhook
from tests.databases import fresh_sqlite
from tests.oncall_support import T0, TEAM, at_once, config, messages, minutes, outbox_rows, person
from workflows import escalate, respond, step_pages, still_on_it
from workflows.auditor import inspect
from workflows.give_back import give_back
from workflows.story import story

ASK, WAIT = minutes(120), minutes(15)
ASKING = config(escalation=[{**TEAM["escalation"][0], "acknowledgement": {"ask_after": "2h", "wait": "15m"}}])


def opened(database: Database, team: Config = ASKING) -> int:
    """A group whose page amina, who is on call, acknowledged at T0."""
    with database.write() as session:
        group_id = fires(session, team)
        respond.acknowledge(session, team, group_id, person("amina"), "amina", T0)
    return group_id


def fires(session: Session, team: Config = ASKING) -> int:
    labels = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}
    return respond.receive(session, team, [webhook(labels, starts_at=T0)], T0).opened[0]


def look(database: Database, now: datetime, team: Config = ASKING) -> int:
    with database.write() as session:
        return still_on_it.look_due(session, team, now)


def _look_into(done: list[int], database: Database, now: datetime) -> None:
    done.append(look(database, now))


def confirm(database: Database, group_id: int, who: str, now: datetime) -> Decision:
    with database.write() as session:
        return still_on_it.confirm(session, ASKING, group_id, person(who), who, now)


def page(database: Database) -> Page:
    with database.read() as session:
        return session.scalars(select(Page)).one()


def steps(database: Database) -> list[tuple[list[str], str]]:
    with database.read() as session:
        rows = session.scalars(select(Notification).order_by(Notification.id))
        return [(row.people, row.reason) for row in rows]


def now_told(database: Database, group_id: int) -> list[str]:
    with database.read() as session:
        group = session.get_one(AlertGroup, group_id)
        return [told.reason for told in story(session, ASKING, group) if told.at is None]


def test_who_holds_it_is_asked_and_without_an_answer_it_calls_again(database: Database) -> None:
    group_id = opened(database)
    assert (page(database).status, page(database).due_at) == (PageStatus.HELD, T0 + ASK)
    assert "asks_holder" in now_told(database, group_id)
    assert look(database, T0 + ASK - timedelta(seconds=1)) == 0
    assert [look(database, T0 + ASK), look(database, T0 + ASK)] == [1, 0]
    assert messages(database, "page_question") == ["@amina"]
    assert "asked_holder" in now_told(database, group_id)
    assert look(database, T0 + ASK + WAIT) == 1
    assert steps(database) == [(["amina"], "opened"), (["amina"], "not_confirmed")]
    found = page(database)
    assert (found.status, found.asked, found.answered_by) == (PageStatus.OPEN, None, None)
    with database.read() as session:
        group = session.get_one(AlertGroup, group_id)
        assert (group.status, group.acknowledged_by) == (GroupStatus.FIRING, None)


def test_who_says_that_they_are_still_on_it_has_the_full_time_again(database: Database) -> None:
    group_id = opened(database)
    look(database, T0 + ASK)
    assert confirm(database, group_id, "maya", T0 + ASK).reason == "not_the_holder"
    assert confirm(database, group_id, "amina", T0 + ASK + minutes(5)).reason == "still_on_it"
    assert (page(database).asked, page(database).due_at) == (None, T0 + ASK + minutes(5) + ASK)
    assert look(database, T0 + ASK + WAIT) == 0
    assert look(database, T0 + ASK + minutes(5) + ASK) == 1
    assert len(messages(database, "page_question")) == 2, "another question, which is heard"


@pytest.mark.parametrize("asked", [False, True])
def test_whatever_somebody_does_with_it_counts_as_an_answer(database: Database, asked: bool) -> None:
    group_id = opened(database)
    at = T0 + ASK + minutes(5) if asked else T0 + minutes(30)
    if asked:
        look(database, T0 + ASK)
    with database.write() as session:
        entry = {"subject_kind": "alert_group", "subject_id": str(group_id), "reason": "", "data": {}}
        session.add(AuditEntry(at=at, actor="maya", action="alert.call", allowed=True, detail="", **entry))
        refused = AuditEntry(at=at + minutes(60), actor="sofia", action="alert.resolve", allowed=False, detail="")
        refused.subject_kind, refused.subject_id, refused.reason = "alert_group", str(group_id), "role_missing"
        session.add(refused)
    assert look(database, T0 + ASK + (WAIT if asked else minutes(0))) == 1
    found = page(database)
    assert (found.status, found.asked, found.due_at) == (PageStatus.HELD, None, at + ASK)


def test_without_a_rule_nobody_is_asked_and_a_rule_that_is_taken_out_ends_the_waiting(database: Database) -> None:
    opened(database, config())
    assert page(database).status == PageStatus.ANSWERED
    with database.write() as session:
        session.execute(update(Page).values(status=PageStatus.HELD, due_at=T0 + ASK))
    assert look(database, T0 + ASK, config()) == 1
    assert page(database).status == PageStatus.ANSWERED
    assert messages(database, "page_question") == []


def test_nothing_waits_after_the_end_and_the_question_says_so(database: Database) -> None:
    group_id = opened(database)
    look(database, T0 + ASK)
    with database.write() as session:
        for row in session.scalars(select(OutboxRow)):
            row.status = "sent"
        respond.resolve(session, ASKING, group_id, person("maya"), "maya", T0 + ASK + minutes(1))
    assert (page(database).status, page(database).asked) == (PageStatus.ANSWERED, None)
    asked, again = (row for row in outbox_rows(database) if row.kind == "page_question")
    assert (again.key, again.status) == (asked.key, "pending"), "it is drawn anew, in place"
    assert confirm(database, group_id, "amina", T0 + ASK + WAIT).reason == "nobody_holds_it"
    with database.read() as session:
        assert escalate.next_due(session) is None


def test_two_replicas_ask_once_and_let_go_once(database: Database) -> None:
    opened(database)
    done: list[int] = []
    for now in (T0 + ASK, T0 + ASK + WAIT):
        work = partial(_look_into, done, database, now)
        at_once(work, work)
    assert sorted(done) == [0, 0, 1, 1]
    assert [reason for _, reason in steps(database)] == ["opened", "not_confirmed"]


DAMAGE = {
    "overdue": (Finding.LATE, {"due_at": T0}),
    "too far": (Finding.FAR, {"due_at": T0 + timedelta(days=30)}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_the_auditor_knows_these_timers(database: Database, what: str) -> None:
    finding, values = DAMAGE[what]
    opened(database)
    now = T0 + ASK + LATE
    with database.write() as session:
        session.execute(update(Page).values(**values))
    with database.write() as session:
        assert inspect(session, ASKING, now) == 1
    with database.read() as session:
        query = select(AuditEntry.reason).where(AuditEntry.action == "page.repair")
        assert session.scalars(query).all() == [finding]
    assert messages(database, "page_question") == ["@amina"]


def test_the_auditor_ends_a_timer_whose_group_nobody_holds(database: Database) -> None:
    group_id = opened(database)
    with database.write() as session:
        gone = {"status": GroupStatus.FIRING, "acknowledged_by": None}
        session.execute(update(AlertGroup).where(AlertGroup.id == group_id).values(**gone))
    with database.write() as session:
        assert inspect(session, ASKING, T0 + minutes(5)) == 2, "the timer, and the page that nobody is called by"
    assert page(database).status == PageStatus.OPEN


Act = tuple[str, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["acknowledge", "give_back", "resolve", "silence", "confirm", "look", "step"]),
        st.integers(0, 200),
    ),
    max_size=14,
)


@pytest.mark.no_cover
@settings(max_examples=40)
@given(acts)
def test_a_page_has_one_timer_while_it_needs_one_and_none_afterwards(done: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        database = fresh_sqlite(Path(folder) / "law.db")
        now = T0
        with database.write() as session:
            group_id = fires(session)
        for what, passed in done:
            now += minutes(passed)
            with database.write() as session:
                _do(session, what, group_id, now)
            _holds(database, group_id)
        database.dispose()


def _do(session: Session, what: str, group_id: int, now: datetime) -> None:
    who, common = person("amina"), (session, ASKING, group_id, person("amina"), "amina")
    if what == "acknowledge":
        respond.acknowledge(*common, now)
    elif what == "give_back":
        give_back(*common, now)
    elif what == "resolve":
        respond.resolve(*common, now)
    elif what == "silence":
        respond.silence(*common, minutes(60), "", now)
    elif what == "confirm":
        still_on_it.confirm(session, ASKING, group_id, who, "amina", now)
    elif what == "look":
        still_on_it.look_due(session, ASKING, now)
    else:
        step_pages.step_due(session, ASKING, now)


def _holds(database: Database, group_id: int) -> None:
    with database.read() as session:
        group, found = session.get_one(AlertGroup, group_id), session.scalars(select(Page)).one()
        timed = found.status in (PageStatus.OPEN, PageStatus.EXHAUSTED, PageStatus.HELD)
        assert (found.status == PageStatus.HELD) == (group.status == GroupStatus.ACKNOWLEDGED)
        assert timed == (group.status in (GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED))
        assert timed == (escalate.next_due(session) is not None)
        assert found.asked is None or found.status == PageStatus.HELD
