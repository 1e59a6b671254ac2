"""Labels that take many windows: what the first of them say of a change, and of kinds of rows that none has told of."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate.answer import Estimate, Measure, Unknown
from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.early import changed
from core.evaluation.rows import Rows
from tests.estimate_support import Stream, day_of, simulated, walked

NOTHING = timedelta()


def come(fell: int = 0, by: float = 0.1, rows: int = 400) -> Floats:
    """Sixty windows' times in which `rows` labels came, whose metric lay `by` below what was expected in the last
    `fell`."""
    miss = np.random.default_rng(2).normal(0, 0.4 / np.sqrt(rows), 60)
    miss[60 - fell :] -= by
    return np.column_stack([miss, 0.8 + miss, np.full(60, float(rows))])


def test_labels_that_fall_short_of_what_was_expected_of_them_are_a_change() -> None:
    assert not changed(come(), 10, 0.02)
    assert changed(come(fell=3), 10, 0.02)
    assert not changed(come(fell=3, rows=20), 10, 0.02), "of so few labels it is chance"
    assert not changed(come(fell=3)[-15:], 10, 0.02), "nobody knows what is usual"
    assert not changed(come(fell=3), 10, 0.08), "within what the answer says of itself"


def test_a_change_is_news_until_the_windows_that_it_came_with_are_over() -> None:
    assert changed(come(fell=9), 10, 0.02)
    assert not changed(come(fell=12), 10, 0.02)


def slow(days: int = 85) -> Rows:
    """Labels take a week or more, the good ones no less than the bad."""
    return simulated(Stream(days=days, shock=0.2, delay_hours=24 * 9, slower=1.0))


def turned(rows: Rows, day: int) -> Rows:
    """From this day on most labels are the opposite of what they would have been."""
    hit = rows.at.ge(day_of(day).start) & (np.random.default_rng(1).random(len(rows)) < 0.7)
    return replace(rows, label=rows.label.where(~hit, 1 - rows.label))


def test_a_change_is_doubted_before_any_of_its_windows_is_over() -> None:
    """On day 73 not one window from day 60 on has all its labels, but some of each of the first have come."""
    rows = turned(slow(), 60)
    answer = walked(rows, Measure.ACCURACY, range(73, 74), NOTHING)[0][0]
    assert isinstance(answer, Unknown)
    assert answer.cause == "concept-drift"
    assert "not over yet" in answer.reason
    assert isinstance(walked(slow(), Measure.ACCURACY, range(73, 74), NOTHING)[0][0], Estimate)


@pytest.mark.parametrize(("share", "told"), [(9, False), (1, True)])
def test_kinds_of_rows_that_no_label_told_of_are_no_base_for_an_estimate(share: int, told: bool) -> None:
    """From day 70 on so many in ten come from a new site; the days after saw them, and not one label of theirs."""
    rows = slow()
    new = rows.at.ge(day_of(70).start) & pd.Series(range(len(rows)), index=rows.at.index).mod(10, 0.02).lt(share)
    mixed = replace(rows, features=rows.features.assign(site=rows.features["site"].mask(new, "elsewhere")))
    answer = walked(mixed, Measure.ACCURACY, range(72, 73), NOTHING)[0][0]
    assert isinstance(answer, Estimate) is told
    if isinstance(answer, Unknown):
        assert answer.cause == "novel-features"
        assert "no label has told of" in answer.reason
