"""Slices in a walk: only what was known by then counts, and what is told is told once."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from core.evaluation.backtest.ports import WorseSlice
from core.evaluation.backtest.walk_slices import LISTED, WalkSlices
from core.evaluation.rows import Rows
from tests.weeks_support import PAST, START, WEEK, week

NOW = START + (PAST + 1) * WEEK


def walked(delay: timedelta = timedelta(hours=1), depth: int = 2) -> WalkSlices:
    rng = np.random.default_rng(1)
    slices = WalkSlices(("country", "shop", "age")[:depth], WEEK, START + 4 * WEEK, depth)
    for i in range(PAST):
        slices.learn(START + i * WEEK, late(week(i, rng), delay))
    return slices


def late(rows: Rows, delay: timedelta) -> Rows:
    return Rows(
        rows.task, rows.at, rows.prediction, rows.label, rows.at + pd.Timedelta(delay), rows.features, rows.score
    )


def judged(slices: WalkSlices, rows: Rows, now: datetime = NOW) -> list[WorseSlice]:
    return slices.judge(START + PAST * WEEK, rows.known(now), now)


def test_a_failing_slice_is_told_and_its_neighbours_are_only_kept() -> None:
    found = judged(walked(), week(PAST, np.random.default_rng(5), worse=0.3))
    assert found[0].where == {"country": "b", "shop": "x"}
    assert [each.told for each in found] == [True] + [False] * (len(found) - 1)
    assert found[0].score >= 1 > found[1].score
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len(found) <= LISTED
    assert found[0].gap > 0.1


def test_a_calm_week_lists_its_slices_without_a_record() -> None:
    found = judged(walked(), week(PAST, np.random.default_rng(5)))
    assert 0 < len(found) <= LISTED
    assert not [each for each in found if each.told]
    assert [each.unusual for each in found].count(False) > 0


def test_three_attributes_when_asked_and_what_is_left_out_is_said() -> None:
    deep = walked(depth=3)
    found = judged(deep, week(PAST, np.random.default_rng(5), worse=0.3))
    assert found[0].where == {"country": "b", "shop": "x"}, "a third attribute adds nothing to the cause"
    assert deep.left_out == []


def test_attributes_whose_values_never_have_enough_labels_are_said_not_to_be_judged() -> None:
    slices = walked()
    rows = week(PAST, np.random.default_rng(5), worse=0.3)
    one = rows.where(rows.features["country"].eq("a"))
    few = one.where(one.features.groupby("shop").cumcount().lt(20))
    assert not slices.left_out, "nothing was judged yet"
    judged(slices, few)
    assert slices.left_out == [
        "None of their values had 30 labels by a window's evaluation: shop. Longer windows, or a later evaluation, "
        "would let them be judged."
    ]
    judged(slices, rows)
    assert slices.left_out == []


def test_labels_that_are_not_in_yet_change_nothing() -> None:
    rows = late(week(PAST, np.random.default_rng(5), worse=0.3), timedelta(days=90))
    waiting = walked()
    assert judged(waiting, rows) == []
    assert "by a window's evaluation: country, shop." in waiting.left_out[0]
    waiting = walked(timedelta(days=9))
    assert judged(waiting, rows) == []
    (said,) = waiting.left_out
    assert "nine in ten are in 8 days " in said
    assert "(--evaluate-after)" in said
    never = judged(walked(timedelta(days=900)), week(PAST, np.random.default_rng(5), worse=0.3))
    assert not [each for each in never if each.told], "no label of the past was in: nothing is usual"


def test_labels_that_come_later_are_counted_when_they_come() -> None:
    slices = walked(timedelta(weeks=3))
    first = judged(slices, week(PAST, np.random.default_rng(5), worse=0.3))
    assert first[0].told, "most of the past is in"
    slices.learn(START + PAST * WEEK, late(week(PAST, np.random.default_rng(5)), timedelta(weeks=3)))
    later = START + (PAST + 5) * WEEK
    again = slices.judge(START + (PAST + 4) * WEEK, week(PAST + 4, np.random.default_rng(6)).known(later), later)
    assert not [each for each in again if each.told]


def test_windows_without_predictions_teach_nothing() -> None:
    rng = np.random.default_rng(1)
    slices = WalkSlices(("country", "shop"), WEEK, START, 2)
    empty = late(week(0, rng), timedelta(hours=1))
    assert slices.judge(START, empty.where(empty.at.isna()), START + WEEK) == []
    for i in range(1, PAST):
        slices.learn(START + i * WEEK, late(week(i, rng), timedelta(hours=1)))
    found = judged(slices, week(PAST, np.random.default_rng(5), worse=0.3))
    assert found[0].where == {"country": "b", "shop": "x"}
