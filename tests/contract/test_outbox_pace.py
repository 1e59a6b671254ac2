"""Several replicas keep one pace: Slack counts what a channel gets, not who sends it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import claim_store, pace_store, store
from core.outbox.pace import BURST, PATIENCE, UPDATES, Bucket, Pace
from core.outbox.store import Lane, Post
from core.outbox.tables import OutboxRow

SECOND = timedelta(seconds=1)
T0 = datetime(2013, 2, 8, 12, tzinfo=UTC)
FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def post(number: int, channel: str = "flights", lane: Lane | None = None) -> Post:
    return Post("note", number, f"note:{number}", channel, lane=lane)


def claimed(database: Database, sender: str, pace: Pace, clock: SimulatedClock) -> list[OutboxRow]:
    """What a sender takes now; it arrives at once."""
    with database.write() as session:
        rows = [each.row for each in claim_store.claim(session, sender, clock.now(), pace)]
        for row in rows:
            store.settle_sent(session, row.id, "C1", f"{row.id}.0", clock.now())
    return rows


def test_two_replicas_send_no_more_than_one_would(database: Database, clock: SimulatedClock) -> None:
    paces = {"a": Pace(SECOND), "b": Pace(SECOND)}
    with database.write() as session:
        for number in range(40):
            store.enqueue(session, post(number), clock.now())
    sent = []
    for turn in range(60):
        name = "ab"[turn % 2]
        sent += [clock.now()] * len(claimed(database, name, paces[name], clock))
        clock.advance(SECOND / 4)
    elapsed = (sent[-1] - sent[0]) / SECOND
    assert len(sent) <= elapsed + BURST, "as one bucket would have let through"
    assert len(sent) >= elapsed, "and no less: neither waits for the other for nothing"


def test_a_wait_that_slack_asked_of_one_is_kept_by_the_other(database: Database, clock: SimulatedClock) -> None:
    a, b = Pace(SECOND), Pace(SECOND)
    with database.write() as session:
        for number in range(3):
            store.enqueue(session, post(number), clock.now())
    with database.write() as session:
        (first,) = (each.row for each in claim_store.claim(session, "a", clock.now(), a))
        store.settle_retry(session, first.id, clock.now() + 30 * SECOND, "ratelimited")
        pace_store.rest(session, "flights", clock.now() + 30 * SECOND)
    with database.write() as session:
        store.enqueue(session, post(9, lane=Lane.PAGE), clock.now())
        store.enqueue(session, post(10, channel="oncall"), clock.now())
    clock.advance(5 * SECOND)
    assert [row.channel for row in claimed(database, "b", b, clock)] == ["oncall"], "the other channels go on"
    clock.advance(25 * SECOND)
    assert claimed(database, "b", b, clock)[0].lane == Lane.PAGE


def test_a_wait_of_a_channel_that_nobody_wrote_to_yet_is_no_error(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        pace_store.rest(session, "new", clock.now())


def test_a_channel_reads_in_order_whichever_replica_sends(database: Database, clock: SimulatedClock) -> None:
    """One that is on its way from another replica goes first, for as long as it may be expected to arrive."""
    a, b = Pace(SECOND), Pace(SECOND)
    with database.write() as session:
        for number in range(3):
            store.enqueue(session, post(number), clock.now())
        store.enqueue(session, post(3, channel="oncall"), clock.now())
    first, elsewhere = taken(database, "a", a, clock)
    assert (first.key, elsewhere.key) == ("note:0", "note:3"), "one of each channel"
    assert taken(database, "b", b, clock) == []
    with database.write() as session:
        store.enqueue(session, post(9, lane=Lane.PAGE), clock.now())
    assert [row.key for row in taken(database, "b", b, clock)] == ["note:9"], "a page waits for nobody"
    with database.write() as session:
        for row in (first, elsewhere):
            store.settle_sent(session, row.id, "C1", f"{row.id}.0", clock.now())
    clock.advance(PATIENCE + SECOND)
    assert [row.key for row in taken(database, "b", b, clock)] == ["note:1"]
    assert taken(database, "a", a, clock) == []
    clock.advance(PATIENCE + SECOND)
    assert [row.key for row in taken(database, "a", a, clock)] == ["note:2"], "and it does not wait for ever"


def test_a_clock_that_is_put_back_by_an_hour_silences_no_channel(
    database: Database, clock: SimulatedClock
) -> None:
    pace, later_on = Pace(SECOND), SimulatedClock(clock.now() + timedelta(hours=1))
    with database.write() as session:
        for number in range(6):
            store.enqueue(session, post(number), clock.now())
    while not claimed(database, "a", pace, later_on):
        later_on.advance(SECOND)
    pace.bucket("flights").rest(later_on.now() + SECOND)
    with database.write() as session:
        store.enqueue(session, post(9, lane=Lane.PAGE), clock.now())
    clock.advance(pace_store.LONGEST_REST)
    claimed(database, "a", pace, clock)
    clock.advance(pace_store.LONGEST_REST)
    assert "note:9" in {row.key for row in claimed(database, "a", pace, clock)}


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_replica_whose_clock_is_wrong_holds_up_no_new_message(
    database: Database, clock: SimulatedClock, wrong: timedelta
) -> None:
    with database.write() as session:
        for number in range(2):
            store.enqueue(session, post(number), min(clock.now(), clock.now() + wrong))
    b = Pace(SECOND)
    assert taken(database, "a", Pace(SECOND), SimulatedClock(clock.now() + wrong))
    for _ in range(2):  # at first sight of the other's pace it is believed as far as a burst
        found = taken(database, "b", b, clock)
        clock.advance(10 * SECOND)
    assert found


def taken(database: Database, sender: str, pace: Pace, clock: SimulatedClock) -> list[OutboxRow]:
    """What a sender takes now; it is on its way."""
    with database.write() as session:
        return [each.row for each in claim_store.claim(session, sender, clock.now(), pace)]


@FAST
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3_000)), min_size=1, max_size=40))
def test_whoever_comes_when_the_bucket_is_one(sqlite_database: Database, turns: list[tuple[str, int]]) -> None:
    """Against one bucket in one process, at the same instants: the same are let through."""
    name = f"channel-{hash(tuple(turns))}"
    replicas = {each: Bucket(SECOND, BURST) for each in "abc"}
    alone, now = Bucket(SECOND, BURST), T0
    for who, wait in turns:
        now += timedelta(milliseconds=wait)
        with sqlite_database.write() as session:
            row = pace_store.hold(session, {name: replicas[who]}, now)[name]
            shared = replicas[who].ready_at(now) <= now
            if shared:
                replicas[who].take(now)
                row.paid_until = replicas[who].paid_until
        assert shared == (alone.ready_at(now) <= now)
        if shared:
            alone.take(now)


def test_a_replica_that_is_claiming_holds_up_neither_pages_elsewhere_nor_itself(
    postgres_database: Database, clock: SimulatedClock
) -> None:
    with postgres_database.write() as session:
        for number, channel in enumerate(("flights", "flights", "oncall")):
            store.enqueue(session, post(number, channel, Lane.PAGE), clock.now())
        pace_store.hold(session, {name: Bucket(SECOND) for name in ("flights", "oncall", UPDATES)}, clock.now())
    with postgres_database.write() as slow:
        pace_store.hold(slow, {"flights": Bucket(SECOND)}, clock.now())
        rows = claimed(postgres_database, "b", Pace(SECOND), clock)
        assert [row.channel for row in rows] == ["oncall"], "and it did not wait"
    assert [row.channel for row in claimed(postgres_database, "b", Pace(SECOND), clock)] == ["flights"] * 2


def test_a_replica_whose_clock_is_wrong_silences_no_channel(database: Database, clock: SimulatedClock) -> None:
    ahead = SimulatedClock(clock.now() + timedelta(hours=1))
    with database.write() as session:
        store.enqueue(session, post(0, lane=Lane.PAGE), clock.now())
    assert claimed(database, "a", Pace(SECOND), ahead)
    with database.write() as session:
        pace_store.rest(session, "flights", ahead.now() + timedelta(hours=1))
        store.enqueue(session, post(1, lane=Lane.PAGE), clock.now())
    right, began = Pace(SECOND), clock.now()
    while not claimed(database, "b", right, clock):
        clock.advance(20 * SECOND)
    assert clock.now() - began <= pace_store.LONGEST_REST + 20 * SECOND
