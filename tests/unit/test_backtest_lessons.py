"""What a walk teaches is said in sentences, and only by windows whose labels are in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.config.metric import Metric
from core.evaluation.backtest.lessons import lessons
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import PERFORMANCE, Realized, Severity, Told, WalkedWindow

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
GOAL = Objective(Metric.ACCURACY, 0.7, True, "")
NULLS = Told("soft", ("a",), Severity.NOTIFY, 1.5, "", "nulls", "up", 1.0)
METRIC = Told(PERFORMANCE, (), Severity.PAGE, 1.8, "", PERFORMANCE, "below", 0.1)


def walked(day: int, labels_in: bool = True) -> WalkedWindow:
    """Every third day is feared, every fifteenth drops, and every tenth has nulls that mean nothing."""
    drops, feared = day % 15 == 7, day % 3 == 0
    start = START + day * DAY
    return WalkedWindow(
        start,
        start + DAY,
        start + DAY,
        100,
        (*([METRIC] if drops else []), *([NULLS] if day % 10 == 4 else [])),
        None,
        Realized(0.5 if drops else 0.8, 60),
        0.9 if drops else 0.6 if feared else 0.1,
        labels_in=labels_in,
    )


def test_records_come_with_intervals_and_the_replay_of_tuned_thresholds() -> None:
    pages, nulls, tuned = lessons([walked(day) for day in range(90)], GOAL)
    assert pages == (
        "Pages, those that went on counted each time: 12 of 36 (20% to 50%) were worth it: their window or the next "
        "one missed. Of the windows that missed, 6 of 6 (61% to 100%) would have called by themselves."
    )
    assert nulls == (
        "Check “nulls”: 0 of 9 (0% to 30%) windows in which it spoke came with a miss, or the next one did."
    )
    assert tuned == (
        "Tuned on these windows: over 90 windows it would have sent 15 messages instead of 39, missing none of the 6 "
        "real drops."
    )


def test_a_page_that_few_rows_held_back_is_none() -> None:
    """The page of the report and its lessons count alike: 0.6 looked bad, and chance made as much of it."""
    held = [walked(day) for day in range(90)]
    held = [replace(each, by_chance=each.risk == 0.6) for each in held]
    assert "6 of 6 (61% to 100%) were worth it" in lessons(held, GOAL)[0]


def test_windows_without_their_labels_teach_nothing() -> None:
    assert lessons([walked(day, labels_in=False) for day in range(90)], GOAL) == []
    assert lessons([walked(day) for day in range(90)], None) == []


def test_too_few_drops_are_said() -> None:
    assert "5 are needed" in lessons([walked(day) for day in range(30)], GOAL)[-1]
