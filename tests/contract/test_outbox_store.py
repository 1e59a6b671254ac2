"""The outbox keeps its promises on both databases."""

from datetime import timedelta

from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import claim_store, store
from core.outbox.pace import Pace
from core.outbox.store import LEASE, Lane
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.outbox_support import claim, group, reply


def test_a_newer_state_folds_into_the_row_that_has_not_gone_out(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1, revision=1), clock.now())
        store.enqueue(session, group(1, revision=4, lane=Lane.PAGE), clock.now())
    with database.write() as session:
        (row,) = claim(session, "a", clock.now())
    assert (row.revision, row.lane) == (4, Lane.PAGE)


def test_a_reply_waits_for_its_parent_and_for_earlier_replies(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for post in (group(1), reply(1, 1), reply(2, 1)):
            store.enqueue(session, post, clock.now())
    with database.write() as session:
        (parent,) = claim(session, "a", clock.now())
        store.settle_sent(session, parent.id, "C1", "1.0", clock.now())
    with database.write() as session:
        (first,) = claim(session, "a", clock.now())
        store.settle_retry(session, first.id, clock.now() + timedelta(seconds=30), "ratelimited")
    with database.write() as session:
        assert not claim(session, "a", clock.now()), "the second reply must not overtake the first"
        assert claim_store.next_due(session) == clock.now() + timedelta(seconds=30)
    with database.write() as session:
        (again,) = claim(session, "a", clock.now() + timedelta(seconds=30))
    assert (again.subject, again.attempts) == ("1", 2)


def test_two_senders_never_claim_the_same_row(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for number in range(5):
            store.enqueue(session, group(number, channel=f"channel-{number}"), clock.now())
    with database.write() as session:
        taken = claim_store.claim(session, "a", clock.now(), Pace(timedelta(0)), limit=3)
        first = {claim.row.id for claim in taken}
    with database.write() as session:
        second = {row.id for row in claim(session, "b", clock.now())}
    assert len(first) == 3
    assert len(second) == 2
    assert not first & second


def test_what_a_dead_sender_had_claimed_is_uncertain(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        claim(session, "a", clock.now())
    with database.write() as session:
        assert store.recover(session, "b", clock.now()) == 0
        assert store.recover(session, "a", clock.now()) == 1
    with database.write() as session:
        (found,) = claim_store.claim(session, "a", clock.now(), Pace(timedelta(0)))
    assert found.uncertain
    assert (found.row.status, found.row.attempts) == (OutboxStatus.SENDING, 2)


def test_what_a_sender_left_behind_is_seen_until_it_is_taken_back(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
        assert not store.left_behind(session, "a"), "it only waits"
        (row,) = claim(session, "a", clock.now())
    with database.write() as session:
        assert store.left_behind(session, "a")
        assert not store.left_behind(session, "a", [row.id]), "it is on its way"
        assert not store.left_behind(session, "b")
        store.recover(session, "a", clock.now())
        assert not store.left_behind(session, "a")


def test_another_sender_takes_over_what_a_dead_one_had_claimed(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        claim(session, "a", clock.now())
    clock.advance(LEASE - timedelta(seconds=1))
    with database.write() as session:
        assert claim(session, "b", clock.now()) == [], "it may still be sending"
    clock.advance(timedelta(seconds=1))
    with database.write() as session:
        assert claim(session, "a", clock.now()) == [], "a sender knows what it is sending itself"
    with database.write() as session:
        (found,) = claim_store.claim(session, "b", clock.now(), Pace(timedelta(0)))
    assert found.uncertain, "it is looked up before it is sent again"
    assert (found.row.claimed_by, found.row.claimed_at) == ("b", clock.now())


def test_an_update_of_a_sent_message_is_a_row_of_its_own(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        (row,) = claim(session, "a", clock.now())
        store.settle_sent(session, row.id, "C1", "17.5", clock.now())
    with database.write() as session:
        update = store.enqueue(session, group(1, revision=2), clock.now())
        sent = store.posted(session, "alert-group:1")
    assert sent is not None
    assert sent.slack_ts == "17.5"
    assert update.id != sent.id


def test_pages_go_before_everything_else(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1, channel="a"), clock.now())
        store.enqueue(session, group(2, channel="b"), clock.now())
        store.enqueue(session, group(3, lane=Lane.PAGE, channel="c"), clock.now())
        store.enqueue(session, group(4, channel="c"), clock.now())
    with database.write() as session:
        assert [row.subject for row in claim(session, "a", clock.now())] == ["3", "1", "2"]


def test_new_messages_wait_for_their_channel_and_updates_do_not(database: Database, clock: SimulatedClock) -> None:
    second = timedelta(seconds=1)
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
    with database.write() as session:
        (sent,) = claim(session, "a", clock.now())
        store.settle_sent(session, sent.id, "C1", "17.5", clock.now())
    pace = Pace(second, burst=1)
    pace.bucket("flights").take(clock.now())
    with database.write() as session:
        for number in (2, 3, 1):
            store.enqueue(session, group(number), clock.now())
    with database.write() as session:
        assert [row.subject for row in claim(session, "a", clock.now(), pace)] == ["1"]
    with database.read() as session:
        waiting = {row.subject: row.due_at for row in session.query(OutboxRow).filter_by(status="pending")}
    assert waiting == {"2": clock.now() + second, "3": clock.now() + 2 * second}


def test_a_page_goes_out_even_if_its_parent_was_refused(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
        store.enqueue(session, reply(1, 1), clock.now())
    with database.write() as session:
        (parent,) = claim(session, "a", clock.now())
        store.settle_dead(session, parent.id, "channel_not_found")
    with database.write() as session:
        assert [row.key for row in claim(session, "a", clock.now())] == ["note:1"]


def test_what_only_waits_for_another_message_is_not_due_by_itself(
    database: Database, clock: SimulatedClock
) -> None:
    later = clock.now() + timedelta(minutes=1)
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
        store.enqueue(session, reply(1, 1), clock.now())
    with database.write() as session:
        (parent,) = claim(session, "a", clock.now())
        store.settle_retry(session, parent.id, later, "ratelimited")
        assert claim_store.next_due(session) == later


def test_first_posts_go_before_replies_and_replies_before_updates(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        store.enqueue(session, group(1), clock.now())
        (sent,) = claim(session, "a", clock.now())
        store.settle_sent(session, sent.id, "C1", "17.5", clock.now())
        for post in (group(1, revision=2), reply(1, 1), group(2, channel="b"), reply(2, 1, lane=Lane.PAGE)):
            store.enqueue(session, post, clock.now())
    with database.write() as session:
        keys = [row.key for row in claim(session, "a", clock.now())]
    assert keys == ["note:2", "alert-group:2", "note:1", "alert-group:1"]


def test_a_page_takes_its_threads_parent_with_it(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        store.enqueue(session, group(1, channel="busy"), clock.now())
        store.enqueue(session, group(2, channel="quiet"), clock.now())
        store.enqueue(session, reply(1, 2, channel="quiet", lane=Lane.PAGE), clock.now())
    with database.write() as session:
        assert [row.key for row in claim(session, "a", clock.now())] == ["alert-group:2", "alert-group:1"]


def test_what_calls_nobody_is_no_reason_for_its_threads_parent_to_hurry(
    database: Database, clock: SimulatedClock
) -> None:
    with database.write() as session:
        parent = store.enqueue(session, group(1), clock.now())
        store.enqueue(session, reply(1, 1), clock.now())
        session.refresh(parent)
        assert parent.lane == Lane.FIRST


def test_a_page_finds_room_in_a_channel_that_is_written_to_all_the_time(
    database: Database, clock: SimulatedClock
) -> None:
    pace = Pace(timedelta(seconds=1))
    with database.write() as session:
        for number in range(9):
            store.enqueue(session, reply(number, number), clock.now())
        assert len(claim(session, "a", clock.now(), pace)) == pace.burst - 1, "the last one is left for pages"
        store.enqueue(session, reply(99, 99, lane=Lane.PAGE), clock.now())
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:99"]


def test_hundreds_that_wait_for_one_channel_hide_no_other(database: Database, clock: SimulatedClock) -> None:
    pace = Pace(timedelta(seconds=1))
    with database.write() as session:
        for number in range(700):
            store.enqueue(session, reply(number, number), clock.now())
        store.enqueue(session, reply(9999, 9999, channel="other"), clock.now())
        channels = {row.channel for row in claim(session, "a", clock.now(), pace)}
    assert channels == {"flights", "other"}


def test_what_waits_for_its_channels_turn_is_not_looked_at_again_and_again(
    database: Database, clock: SimulatedClock
) -> None:
    pace = Pace(timedelta(seconds=1))
    with database.write() as session:
        for number in range(700):
            store.enqueue(session, reply(number, number), clock.now())
        claim(session, "a", clock.now(), pace)
        put_off = session.query(OutboxRow).filter(OutboxRow.due_at > clock.now()).count()
    assert put_off <= 200, "the rest waits behind them without being touched"
    with database.write() as session:
        store.enqueue(session, reply(9998, 9998, lane=Lane.PAGE), clock.now())
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:9998"]
    clock.advance(timedelta(seconds=2))
    with database.write() as session:
        assert [row.key for row in claim(session, "a", clock.now(), pace)] == ["note:2"], "in the order of writing"
