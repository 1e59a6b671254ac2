"""Pages on both databases: each due step is taken once, answered pages stay quiet, nothing ends in silence."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.alerts.tables import AlertGroup
from core.db.database import Database
from core.oncall import store
from core.oncall.tables import Notification, Page, PageStatus
from core.outbox.store import Lane
from tests.oncall_support import HANDOFF, T0, add_group, audit_rows, config, minutes, outbox_rows
from workflows.escalate import close_page, next_due, open_page
from workflows.rota import on_call
from workflows.step_pages import step_due


@pytest.fixture
def group_id(database: Database) -> int:
    """An alert group of amina's shift, paged at T0."""
    with database.write() as session:
        group = add_group(session)
        open_page(session, config(), group, T0)
    return group.id


def calls(database: Database) -> list[tuple[int, str, list[str], list[str]]]:
    with database.read() as session:
        rows = session.scalars(select(Notification).order_by(Notification.id))
        return [(row.step, row.reason, row.people, row.shadows) for row in rows]


def page(database: Database, group_id: int) -> Page:
    with database.read() as session:
        found = store.lock_page_of(session, group_id)
    assert found is not None
    return found


def step_at(database: Database, minute: float) -> int:
    with database.write() as session:
        return step_due(session, config(), T0 + minutes(minute))


def test_opening_calls_the_primary_in_the_groups_thread_at_once(database: Database, group_id: int) -> None:
    assert calls(database) == [(0, "opened", ["amina"], ["leo"])]
    row, *others = outbox_rows(database)
    assert [(other.kind, other.channel, other.lane) for other in others] == [
        ("page_call", "@amina", Lane.PAGE),
        ("page_call", "@leo", Lane.FIRST),
    ], "the shadow's copy is a message of its own, and not among the pages"
    assert (row.kind, row.key, row.channel, row.parent) == ("page", "page:1", "flights", f"alert-group:{group_id}")
    assert row.lane == Lane.PAGE
    assert audit_rows(database) == [("goldilocks", "page.notify", True, "opened")]


def test_opening_twice_calls_once(database: Database, group_id: int) -> None:
    with database.write() as session:
        open_page(session, config(), session.get_one(AlertGroup, group_id), T0 + minutes(1))
    assert len(calls(database)) == 1


def test_each_due_step_is_taken_once(database: Database, group_id: int) -> None:
    assert step_at(database, 14) == 0
    assert step_at(database, 15) == 1
    assert step_at(database, 15) == 0
    assert step_at(database, 30) == 1
    assert [row[:3] for row in calls(database)] == [
        (0, "opened", ["amina"]),
        (1, "no_answer", ["maya"]),
        (2, "no_answer", ["amina", "jonas", "maya"]),
    ]


def test_steps_missed_in_downtime_are_taken_one_by_one(database: Database, group_id: int) -> None:
    day = 24 * 60
    assert step_at(database, day) == 1
    assert step_at(database, day) == 0
    assert page(database, group_id).due_at == T0 + minutes(day + 15)


def test_a_step_after_the_handoff_calls_the_new_primary(database: Database, group_id: int) -> None:
    with database.write() as session:
        other = add_group(session, key="flights/late", opened_at=HANDOFF - minutes(5))
        open_page(session, config(), other, HANDOFF - minutes(5))
        step_due(session, config(), HANDOFF + minutes(10))
        called = store.lock_page_of(session, other.id)
        assert called is not None
        names = [row.people for row in store.notifications(session, called.id)]
    assert names == [["amina"], ["jonas"]]


def test_an_exhausted_page_says_so_in_the_thread_and_the_trail(database: Database, group_id: int) -> None:
    for minute in (15, 30, 60, 75, 90):
        assert step_at(database, minute) == 1
    assert page(database, group_id).status == PageStatus.OPEN
    assert step_at(database, 120) == 1
    assert page(database, group_id).status == PageStatus.EXHAUSTED
    assert step_at(database, 134) == 0
    assert audit_rows(database)[-1] == ("goldilocks", "page.exhaust", True, "exhausted")
    note = outbox_rows(database)[-1]
    assert (note.kind, note.parent, note.lane) == ("note", f"alert-group:{group_id}", Lane.PAGE)


def test_an_exhausted_page_goes_on_reminding_at_growing_intervals(database: Database, group_id: int) -> None:
    for minute in (15, 30, 60, 75, 90, 120):
        step_at(database, minute)
    reminded = [minute for minute in range(121, 121 + 24 * 60) if step_at(database, minute)]
    assert reminded[:5] == [135, 165, 225, 345, 585]
    note, elsewhere = outbox_rows(database)[-2:]
    assert (note.kind, note.channel, note.parent) == ("note", "flights", None), "in the channel, not in its thread"
    assert (elsewhere.channel, elsewhere.subject) == ("oncall", note.subject)
    assert audit_rows(database)[-1] == ("goldilocks", "page.remind", True, "unanswered")
    with database.write() as session:
        close_page(session, group_id, "jonas", T0 + minutes(2_000))
    assert step_at(database, 5_000) == 0


def test_an_answer_stops_the_steps(database: Database, group_id: int) -> None:
    with database.write() as session:
        close_page(session, group_id, "amina", T0 + minutes(3))
    assert step_at(database, 600) == 0
    found = page(database, group_id)
    assert (found.status, found.answered_by, found.answered_at) == ("answered", "amina", T0 + minutes(3))


def test_a_second_answer_does_not_take_the_first_ones_place(database: Database, group_id: int) -> None:
    with database.write() as session:
        close_page(session, group_id, "amina", T0 + minutes(3))
        close_page(session, group_id, None, T0 + minutes(9))
    assert page(database, group_id).answered_by == "amina"


def test_an_exhausted_page_can_still_be_answered(database: Database, group_id: int) -> None:
    for minute in (15, 30, 60, 75, 90, 120):
        step_at(database, minute)
    with database.write() as session:
        close_page(session, group_id, "jonas", T0 + minutes(130))
    assert page(database, group_id).status == PageStatus.ANSWERED


def test_a_withdrawn_page_has_no_answer(database: Database, group_id: int) -> None:
    with database.write() as session:
        close_page(session, group_id, None, T0 + minutes(3))
    found = page(database, group_id)
    assert (found.status, found.answered_by, found.answered_at) == (PageStatus.WITHDRAWN, None, None)


def test_closing_a_group_that_was_never_paged_does_nothing(database: Database) -> None:
    with database.write() as session:
        assert close_page(session, 404, "amina", T0) is None


def test_a_page_that_is_over_starts_again_from_the_first_step(database: Database, group_id: int) -> None:
    with database.write() as session:
        close_page(session, group_id, None, T0 + minutes(3))
        open_page(session, config(), session.get_one(AlertGroup, group_id), T0 + minutes(60))
    assert calls(database)[-1] == (6, "reopened", ["amina"], ["leo"])
    assert page(database, group_id).status == PageStatus.OPEN


def test_the_next_step_is_known_in_advance(database: Database, group_id: int) -> None:
    with database.write() as session:
        assert next_due(session) == T0 + minutes(15)
        close_page(session, group_id, "amina", T0)
    with database.read() as session:
        assert next_due(session) is None


def test_a_page_whose_rotation_and_policy_left_the_yaml_goes_to_the_catch_all(database: Database) -> None:
    with database.write() as session:
        page = open_page(session, config(), add_group(session, rotation="gone", policy="gone"), T0)
        assert on_call(session, config(), "gone", T0).primary == "amina"
    assert (page.rotation, page.policy) == ("flights", "page")


def test_a_call_is_found_by_its_id(database: Database, group_id: int) -> None:
    with database.read() as session:
        call = store.notification(session, 1)
        assert store.notification(session, 404) is None
    assert call is not None
    assert call.people == ["amina"]


def test_two_workers_at_the_same_instant_take_a_step_once(database: Database, group_id: int) -> None:
    start, taken = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        taken.append(step_at(database, 15))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=90)
    assert sorted(taken) == [0, 1]
    assert len(calls(database)) == 2


def test_an_answer_and_a_step_at_the_same_instant_leave_the_page_answered(
    database: Database, group_id: int
) -> None:
    start = threading.Barrier(2)

    def answer() -> None:
        start.wait()
        with database.write() as session:
            close_page(session, group_id, "amina", T0 + minutes(15))

    def step() -> None:
        start.wait()
        step_at(database, 15)

    workers = [threading.Thread(target=answer), threading.Thread(target=step)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=90)
    assert page(database, group_id).status == PageStatus.ANSWERED
    assert step_at(database, 15 + timedelta(days=1) / timedelta(minutes=1)) == 0
