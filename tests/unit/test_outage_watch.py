"""Goldilocks notices that it stands still: a blink is no outage, nor a pause of its own process; flapping is one."""

from datetime import UTC, datetime, timedelta

from bot.outage.watch import IN_TURN, LOOK_S, OVER_AFTER, PAUSE, RING_AFTER, TELL_AFTER, Outage, Watch, Work

START = datetime(2026, 1, 2, tzinfo=UTC)


class Looking:
    """A watch with everything done at each look, but for what `stands`."""

    def __init__(self, turn: int = 0) -> None:
        self.watch, self.looks = Watch(turn), 0
        self.done = dict.fromkeys(Work, 0.0)
        self.go(3)

    def go(self, looks: int, *stands: Work) -> Outage | None:
        for _ in range(looks):
            self.looks += 1
            self.done |= {work: float(self.looks) for work in Work if work not in stands}
            found = self.watch.look(self.done, START + timedelta(seconds=LOOK_S * self.looks))
        return found


def test_what_stands_still_for_a_minute_is_told_and_after_three_it_rings() -> None:
    at = Looking()
    assert at.go(TELL_AFTER - 1, *Work) is None
    outage = at.go(1, *Work)
    assert outage == Outage(Work.STARTING, START + timedelta(seconds=LOOK_S * 4))
    rung = at.go(RING_AFTER - TELL_AFTER, *Work)
    assert rung == Outage(outage.work, outage.since, rings=True)


def test_what_explains_the_rest_is_named() -> None:
    for work in Work:
        found = Looking().go(TELL_AFTER, work)
        assert found is not None
        assert found.work is work


def test_work_of_every_ten_seconds_stands_still_at_no_look() -> None:
    at = Looking()
    for _ in range(100):
        assert at.go(1, Work.WRITING) is None
        assert not at.watch.stands(Work.WRITING)
        assert at.go(1) is None


def test_a_blink_is_nothing_and_a_process_that_was_stopped_has_seen_nothing() -> None:
    at = Looking()
    for _ in range(5):
        assert at.go(TELL_AFTER - 1, *Work) is None
        assert at.go(1) is None
    found = at.watch.look(at.done, START + timedelta(hours=1))
    assert found is None, "one look, however late, is one look"


def test_an_outage_that_comes_and_goes_is_one_and_over_only_after_a_minute_of_work() -> None:
    at = Looking()
    outage = at.go(TELL_AFTER, *Work)
    for _ in range(5):
        assert at.go(OVER_AFTER - 1 - PAUSE) == outage
        assert at.go(TELL_AFTER - 1, *Work) == outage
    assert at.go(OVER_AFTER) is None
    again = at.go(TELL_AFTER, *Work)
    assert again is not None
    assert outage is not None
    assert again.since > outage.since


def test_replicas_speak_in_turn() -> None:
    first, second = Looking(0), Looking(1)
    assert first.go(TELL_AFTER, *Work) is not None
    assert second.go(TELL_AFTER + IN_TURN - 1, *Work) is None
    assert second.go(1, *Work) is not None
