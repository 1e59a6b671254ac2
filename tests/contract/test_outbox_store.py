"""The outbox keeps its promises on both databases."""

from datetime import timedelta

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import store
from core.outbox.store import Lane, Post
from core.outbox.tables import OutboxStatus


def group(number: int, **changes: object) -> Post:
    values = {"kind": "alert_group", "subject": number, "key": f"alert-group:{number}", "channel": "flights"}
    return Post(**(values | changes))  # type: ignore[arg-type]


def reply(number: int, parent: int, **changes: object) -> Post:
    values = {"kind": "note", "subject": number, "key": f"note:{number}", "channel": "flights"}
    return Post(**(values | {"parent": f"alert-group:{parent}"} | changes))  # type: ignore[arg-type]


def test_a_newer_state_folds_into_the_row_that_has_not_gone_out(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1, revision=1), clock.now())
        store.enqueue(session, group(1, revision=4, lane=Lane.PAGE), clock.now())
    with database.write() as session:
        (row,) = store.claim(session, "a", clock.now())
    assert (row.revision, row.lane) == (4, Lane.PAGE)


def test_a_reply_waits_for_its_parent_and_for_earlier_replies(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for post in (group(1), reply(1, 1), reply(2, 1)):
            store.enqueue(session, post, clock.now())
    with database.write() as session:
        (parent,) = store.claim(session, "a", clock.now())
        store.settle_sent(session, parent.id, "C1", "1.0", clock.now())
    with database.write() as session:
        (first,) = store.claim(session, "a", clock.now())
        store.settle_retry(session, first.id, clock.now() + timedelta(seconds=30), "ratelimited")
    with database.write() as session:
        assert not store.claim(session, "a", clock.now()), "the second reply must not overtake the first"
        assert store.next_due(session) == clock.now() + timedelta(seconds=30)
    with database.write() as session:
        (again,) = store.claim(session, "a", clock.now() + timedelta(seconds=30))
    assert (again.subject, again.attempts) == ("1", 2)


def test_two_senders_never_claim_the_same_row(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for number in range(5):
            store.enqueue(session, group(number), clock.now())
    with database.write() as session:
        first = {row.id for row in store.claim(session, "a", clock.now(), limit=3)}
    with database.write() as session:
        second = {row.id for row in store.claim(session, "b", clock.now())}
    assert len(first) == 3
    assert len(second) == 2
    assert not first & second


def test_what_a_dead_sender_had_claimed_is_found_again(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        store.claim(session, "a", clock.now())
    with database.read() as session:
        (row,) = store.abandoned(session, "a")
        assert row.status == OutboxStatus.SENDING
        assert not store.abandoned(session, "b")


def test_an_update_of_a_sent_message_is_a_row_of_its_own(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        (row,) = store.claim(session, "a", clock.now())
        store.settle_sent(session, row.id, "C1", "17.5", clock.now())
    with database.write() as session:
        update = store.enqueue(session, group(1, revision=2), clock.now())
        sent = store.posted(session, "alert-group:1")
    assert sent is not None
    assert sent.slack_ts == "17.5"
    assert update.id != sent.id


def test_pages_go_before_everything_else(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1, lane=Lane.BACKGROUND), clock.now())
        store.enqueue(session, group(2), clock.now())
        store.enqueue(session, group(3, lane=Lane.PAGE), clock.now())
    with database.write() as session:
        assert [row.subject for row in store.claim(session, "a", clock.now())] == ["3", "2", "1"]
