"""How fast messages may go out: buckets, rests that Slack asked for, and whose bucket is whose."""

from datetime import UTC, datetime, timedelta

from core.outbox.pace import PAGER, UPDATE_BURST, UPDATES, Bucket, Pace, later

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_bucket_lets_its_burst_through_and_then_one_each_spacing() -> None:
    bucket, now = Bucket(SECOND, burst=3), NOW
    for _ in range(3):
        assert bucket.ready_at(now) == now
        bucket.take(now)
    assert bucket.ready_at(now) == now + SECOND
    assert bucket.ready_at(now, keep=1) == now + 2 * SECOND
    assert bucket.ready_at(now + 3 * SECOND) == now + 3 * SECOND
    bucket.rest(now + 30 * SECOND)
    assert bucket.ready_at(now, paid=True) == now + 30 * SECOND


def test_after_a_rest_a_bucket_lets_one_at_a_time_through_and_a_page_beside_it() -> None:
    bucket, rested = Bucket(SECOND, burst=5), NOW + 30 * SECOND
    bucket.rest(rested)
    assert bucket.ready_at(rested, keep=1) == rested
    bucket.take(rested)
    assert bucket.ready_at(rested, keep=1) == rested + SECOND
    assert bucket.ready_at(rested) == rested, "a page"
    assert bucket.ready_at(rested + 10 * SECOND, keep=1) == rested + 10 * SECOND
    for _ in range(4):
        bucket.take(rested + 10 * SECOND)
    assert bucket.ready_at(rested + 10 * SECOND, keep=1) == rested + 11 * SECOND, "a burst is saved up again"


def test_a_bucket_of_one_keeps_nothing_for_pages() -> None:
    bucket = Bucket(SECOND)
    assert bucket.ready_at(NOW, keep=1) == NOW
    bucket.take(NOW)
    assert bucket.ready_at(NOW, keep=1) == NOW + SECOND


def test_a_shorter_rest_does_not_end_a_longer_one() -> None:
    bucket = Bucket(SECOND)
    bucket.rest(NOW + 30 * SECOND)
    bucket.rest(NOW + 5 * SECOND)
    assert bucket.ready_at(NOW) == NOW + 30 * SECOND


def test_updates_of_all_channels_share_a_slower_bucket_and_pagers_have_none() -> None:
    pace = Pace(SECOND, burst=3)
    assert pace.bucket("flights") is pace.bucket("flights") is not pace.bucket("oncall")
    assert (pace.bucket(UPDATES).spacing, pace.bucket(UPDATES).burst) == (1.2 * SECOND, UPDATE_BURST)
    pager = pace.bucket(f"{PAGER}phones")
    for _ in range(99):
        pager.take(NOW)
    assert pager.ready_at(NOW) == NOW
    pager.rest(NOW + SECOND)
    assert pager.ready_at(NOW) == NOW + SECOND


def test_the_later_of_two_instants_that_may_be_unknown() -> None:
    assert later(NOW, NOW + SECOND) == later(NOW + SECOND, NOW) == NOW + SECOND
    assert later(None, NOW) == later(NOW, None) == NOW
    assert later(None, None) is None
