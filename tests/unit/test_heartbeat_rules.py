"""When a heartbeat is missed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.config.senders import Heartbeat
from core.heartbeats.rules import LATE, Judgement, Pulse, due_at, judge, missed_by

START = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)
HOURLY = Heartbeat(id="export", every="1h", grace="5m", rotation="flights")
SECOND = timedelta(seconds=1)


def heard(missed: int = 0, excused: bool = False) -> Pulse:
    return Pulse(START, START, excused, missed)


def test_it_waits_for_a_period_and_its_grace() -> None:
    due = due_at(HOURLY, heard())
    assert due == START + timedelta(minutes=65)
    assert judge(HOURLY, heard(), due - SECOND) is Judgement.WAIT
    assert judge(HOURLY, heard(), due) is Judgement.MISSED
    assert judge(HOURLY, heard(), due + LATE) is Judgement.MISSED


def test_what_nobody_watched_is_excused_once() -> None:
    late = due_at(HOURLY, heard()) + LATE + SECOND
    assert judge(HOURLY, heard(), late) is Judgement.EXCUSE
    assert judge(HOURLY, heard(excused=True), late) is Judgement.MISSED
    assert judge(HOURLY, heard(missed=1), late + timedelta(hours=1)) is Judgement.MISSED


minutes = st.integers(1, 10_000).map(lambda n: timedelta(minutes=n))


@given(minutes, st.integers(0, 600).map(lambda n: timedelta(minutes=n)), st.integers(0, 5), minutes)
def test_every_missed_period_counts_once(
    every: timedelta, grace: timedelta, missed: int, later: timedelta
) -> None:
    """Whoever notes how many are missed has nothing due until the next period is over, and then exactly one more."""
    expected = Heartbeat(id="export", every=every, grace=grace, rotation="flights")
    pulse = heard(missed)
    now = max(due_at(expected, pulse), START + later)
    after = heard(missed_by(expected, pulse, now))
    assert after.missed > missed
    assert judge(expected, after, now) is Judgement.WAIT
    assert missed_by(expected, after, due_at(expected, after)) == after.missed + 1
