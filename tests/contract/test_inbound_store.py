"""Requests are recorded once, finished once, and found again after a crash, on both databases."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from core.clock import SimulatedClock
from core.db.database import Database
from core.inbound import store
from core.inbound.tables import InboundRequest, InboundStatus


def record(database: Database, clock: SimulatedClock, key: str = "action:1", owner: str = "a") -> int | None:
    with database.write() as session:
        return store.record(session, key, "action", {"value": "7"}, owner, clock.now())


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
        assert store.take(session, found, "a")
        store.finish(session, found, clock.now())
    with database.write() as session:
        assert not store.take(session, found, "a")
        store.fail(session, found, "a", "too late to fail", clock.now())
    with database.read() as session:
        assert session.get_one(InboundRequest, found).status == InboundStatus.DONE
        assert not store.any_abandoned(session, clock.now() + store.LEASE)


def test_what_failed_may_be_asked_for_again(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock)
    assert found is not None
    with database.write() as session:
        store.fail(session, found, "a", "the database went away", clock.now())
    assert record(database, clock) == found
    with database.write() as session:
        claimed = store.claim_own(session, "a", 0, (), clock.now())
        assert claimed is not None
        assert (claimed.id, claimed.error) == (found, None)


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


def abandoned(database: Database, owner: str, now: datetime, busy: Collection[int] = ()) -> int | None:
    with database.write() as session:
        claimed = store.claim_abandoned(session, owner, 0, busy, now)
        return claimed.id if claimed else None


def test_a_request_is_its_owners_until_the_lease_ends(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock)
    assert abandoned(database, "b", clock.now() + store.LEASE / 2) is None
    clock.advance(store.LEASE)
    assert abandoned(database, "a", clock.now(), busy=[found or 0]) is None, "its owner is still at work on it"
    assert abandoned(database, "b", clock.now()) == found
    assert abandoned(database, "c", clock.now()) is None, "the lease begins anew with the new owner"


def test_who_lost_a_request_cannot_act_on_it_any_more(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock) or 0
    clock.advance(store.LEASE)
    assert abandoned(database, "b", clock.now()) == found
    with database.write() as session:
        assert not store.take(session, found, "a")
        assert not store.renew(session, found, "a", clock.now() + store.LEASE)
        store.fail(session, found, "a", "too late to fail", clock.now())
        assert store.take(session, found, "b")


def test_a_renewed_lease_is_believed(database: Database, clock: SimulatedClock) -> None:
    found = record(database, clock) or 0
    with database.write() as session:
        assert store.renew(session, found, "a", clock.now() + 3 * store.LEASE)
    assert abandoned(database, "b", clock.now() + 2 * store.LEASE) is None
    assert abandoned(database, "b", clock.now() + 3 * store.LEASE) == found


def test_of_many_survivors_one_takes_each_request(database: Database, clock: SimulatedClock) -> None:
    found = {record(database, clock, f"action:{number}") for number in range(4)}
    clock.advance(store.LEASE)
    with ThreadPoolExecutor(4) as pool:
        taken = [id_ for id_ in pool.map(lambda n: abandoned(database, f"r{n}", clock.now()), range(8)) if id_]
    assert len(taken) == len(set(taken))
    assert set(taken) <= found
    assert taken
