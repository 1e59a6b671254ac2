"""What one claim takes at the most: of a channel, of all channels, and of what was asked for."""

from datetime import timedelta

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import claim_store, store
from core.outbox.pace import CHANNEL_CAP, TOTAL_CAP, Pace
from core.outbox.store import Lane
from tests.outbox_support import claim, group, reply


def test_a_channel_with_enough_under_way_is_passed_over_except_for_pages(
    database: Database, clock: SimulatedClock
) -> None:
    pace = Pace(timedelta(0), flying={"flights": CHANNEL_CAP})
    with database.write() as session:
        for number in range(3):
            store.enqueue(session, reply(number, number), clock.now())
        store.enqueue(session, reply(7, 7, channel="other"), clock.now())
        store.enqueue(session, reply(8, 8, lane=Lane.PAGE), clock.now())
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:8", "note:7"]


def test_a_channel_gets_what_it_has_room_for(database: Database, clock: SimulatedClock) -> None:
    pace = Pace(timedelta(0), flying={"flights": CHANNEL_CAP - 2})
    with database.write() as session:
        for number in range(3):
            store.enqueue(session, reply(number, number), clock.now())
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:0", "note:1"]


def test_all_channels_together_get_what_there_is_room_for_and_pages_more(
    database: Database, clock: SimulatedClock
) -> None:
    flying = {f"busy-{number}": 2 for number in range(TOTAL_CAP // 2 - 1)}
    with database.write() as session:
        for number in range(4):
            store.enqueue(session, reply(number, number, channel=f"channel-{number}"), clock.now())
        pace = Pace(timedelta(0), flying=flying)
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:0", "note:1"]
        for number in (7, 8):
            store.enqueue(session, reply(number, number, lane=Lane.PAGE), clock.now())
        pace = Pace(timedelta(0), flying=flying | {"more": 2})
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:7", "note:8"]


def test_no_more_is_taken_than_was_asked_for_however_much_of_it_has_to_wait(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        for number in range(4):
            store.enqueue(session, reply(number, number), clock.now())
        for number in range(4, 12):
            store.enqueue(session, reply(number, number, channel=f"channel-{number}"), clock.now())
        claims = claim_store.claim(session, "a", clock.now(), Pace(timedelta(seconds=1)), limit=4)
        assert [each.row.key for each in claims] == ["note:0", "note:1", "note:4", "note:5"]


def test_what_may_have_arrived_is_looked_up_without_using_up_the_pace(
    database: Database, clock: SimulatedClock
) -> None:
    pace = Pace(timedelta(seconds=1))
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
        claim(session, "a", clock.now(), pace)
        paid = pace.bucket("flights").paid_until
        store.recover(session, "a", clock.now())
        (found,) = claim_store.claim(session, "a", clock.now(), pace)
    assert found.uncertain
    assert pace.bucket("flights").paid_until == paid, "it was paid for when it went out first"


def test_a_call_in_a_thread_holds_up_no_new_message_of_its_channel(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        store.enqueue(session, reply(1, 1, lane=Lane.PAGE), clock.now())
        store.enqueue(session, group(2), clock.now())
        assert [row.key for row in claim(session, "a", clock.now())] == ["note:1", "alert-group:2"]
