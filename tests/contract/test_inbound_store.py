"""Requests are recorded once, finished once, and found again after a crash, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.clock import SimulatedClock
from core.db.database import Database
from core.inbound import store
from core.inbound.tables import InboundRequest, InboundStatus


def record(database: Database, clock: SimulatedClock, key: str = "action:1") -> int | None:
    with database.write() as session:
        return store.record(session, key, "action", {"value": "7"}, clock.now())


def test_the_same_delivery_is_recorded_once(database: Database, clock: SimulatedClock) -> None:
    first = record(database, clock)
    assert first is not None
    assert record(database, clock) is None
    assert record(database, clock, "action:2") not in (None, first)


def test_deliveries_of_one_instant_are_recorded_once(database: Database, clock: SimulatedClock) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: record(database, clock), range(8)))
    assert len([found for found in ids if found is not None]) == 1


def test_what_is_finished_does_not_act_again(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock)
    assert found is not None
    with database.write() as session:
        assert store.take(session, found)
        store.finish(session, found, clock.now())
    with database.write() as session:
        assert not store.take(session, found)
        store.fail(session, found, "too late to fail", clock.now())
    with database.read() as session:
        assert session.get_one(InboundRequest, found).status == InboundStatus.DONE
        assert store.unfinished(session) == []


def test_what_failed_may_be_asked_for_again(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock)
    assert found is not None
    with database.write() as session:
        store.fail(session, found, "the database went away", clock.now())
    assert record(database, clock) == found
    with database.read() as session:
        assert [request.id for request in store.unfinished(session)] == [found]
        assert session.get_one(InboundRequest, found).error is None


def test_a_refused_form_may_be_submitted_again(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock, "view:1")
    assert found is not None
    with database.write() as session:
        store.finish(session, found, clock.now())
        store.reopen(session, found, "refused", clock.now())
    assert record(database, clock, "view:1") == found


def test_what_is_long_done_is_forgotten_and_what_is_open_is_not(database: Database, clock: SimulatedClock) -> None:
    done, open_ = record(database, clock, "a"), record(database, clock, "b")
    assert done is not None
    with database.write() as session:
        store.finish(session, done, clock.now())
        store.forget(session, clock.now() + timedelta(days=1))
    with database.read() as session:
        assert [request.id for request in session.query(InboundRequest)] == [open_]
