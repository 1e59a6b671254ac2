"""Failing slices on made streams whose truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.counted import count
from core.evaluation.slicing.cuts import OTHER, learn_cuts
from core.evaluation.slicing.find import MINIMUM_PAST, SliceFinder
from core.evaluation.slicing.scale import learn_scale
from core.evaluation.slicing.tally import tally as tallied
from tests.rows_support import shuffled
from tests.weeks_support import PAST, START, WEEK, week


@pytest.fixture
def finder() -> SliceFinder:
    rng = np.random.default_rng(1)
    made = SliceFinder(("country", "shop", "age"), WEEK)
    past = [week(i, rng) for i in range(PAST)]
    made.learn(past[0])
    for i, rows in enumerate(past):
        made.remember(START + i * WEEK, rows)
    return made


def test_a_slice_that_fails_is_first_and_told(finder: SliceFinder) -> None:
    found = finder.judge(START + PAST * WEEK, week(PAST, np.random.default_rng(5), worse=0.3))
    assert found[0].where == (("country", "b"), ("shop", "x"))
    assert found[0].worse
    assert found[0].usual == pytest.approx(0.85, abs=0.06)
    assert found[0].value == pytest.approx(0.55, abs=0.12)
    assert found[0].low < found[0].value < found[0].high
    assert "country b, shop x" in found[0].reason
    assert [f.where for f in found if f.worse] == [found[0].where], "what overlaps with it is explained by it"


def test_clean_weeks_tell_of_nothing(finder: SliceFinder) -> None:
    told = [
        f.where
        for seed in range(40)
        for f in finder.judge(START + PAST * WEEK, week(PAST, np.random.default_rng(100 + seed)))
        if f.worse
    ]
    assert len(told) <= 2, "one in forty weeks is asked for"


def test_one_bad_day_of_the_whole_is_no_slices_fault(finder: SliceFinder) -> None:
    rows = week(PAST, np.random.default_rng(7))
    storm = rows.at.dt.day_of_week == 2
    wrong = storm & (np.random.default_rng(8).uniform(size=len(rows)) < 0.5)
    stormy = replace(rows, prediction=rows.prediction.where(~wrong, 1 - rows.label))
    assert not [f for f in finder.judge(START + PAST * WEEK, stormy) if f.worse]


def test_the_order_of_rows_does_not_matter(finder: SliceFinder) -> None:
    rows = week(PAST, np.random.default_rng(3), worse=0.2)
    turned = shuffled(rows, np.random.default_rng(0).permutation(len(rows)))
    first, second = (finder.judge(START + PAST * WEEK, each) for each in (rows, turned))
    assert [f.where for f in first] == [f.where for f in second]
    assert first[0].score == pytest.approx(second[0].score)


def test_with_too_little_past_nothing_is_called_worse() -> None:
    rng = np.random.default_rng(2)
    finder = SliceFinder(("country", "shop"), WEEK)
    finder.learn(week(0, rng))
    for i in range(MINIMUM_PAST - 1):
        finder.remember(START + i * WEEK, week(i, rng))
    found = finder.judge(START + 9 * WEEK, week(9, rng, worse=0.5))
    assert found[0].where == (("country", "b"), ("shop", "x"))
    assert not found[0].worse
    assert found[0].chance is None
    assert "too little past" in found[0].reason


def test_windows_without_labels_or_rows_have_no_slices(finder: SliceFinder) -> None:
    rows = week(PAST, np.random.default_rng(4))
    unknown = rows.known(START)
    assert finder.judge(START + PAST * WEEK, unknown) == []
    assert finder.judge(START + PAST * WEEK, rows.between(START, START)) == []


def test_a_slice_of_exactly_the_same_rows_is_named_once(finder: SliceFinder) -> None:
    rows = week(PAST, np.random.default_rng(6), worse=0.4)
    only = rows.where((rows.features["country"] != "b") | (rows.features["shop"] == "x"))
    found = finder.judge(START + PAST * WEEK, only)
    names = {(("country", "b"),), (("country", "b"), ("shop", "x"))}
    assert {found[0].where, *found[0].same} == names
    assert not names & {f.where for f in found[1:]}


def test_a_regression_misses_when_its_error_is_unusually_large() -> None:
    rng = np.random.default_rng(9)

    def numbers(number: int, noise: float) -> Rows:
        rows = week(number, rng)
        hit = (rows.features["country"] == "c") & (rows.features["shop"] == "z")
        label = pd.Series(rng.normal(100, 20, len(rows)))
        error = rng.normal(0, 1, len(rows)) * np.where(hit, noise, 1.0)
        return replace(rows, task=Task.REGRESSION, label=label, prediction=label + error, score=None)

    finder = SliceFinder(("country", "shop"), WEEK)
    finder.learn(numbers(0, 1.0))
    for i in range(PAST):
        finder.remember(START + i * WEEK, numbers(i, 1.0))
    found = finder.judge(START + PAST * WEEK, numbers(PAST, 4.0))
    assert found[0].where == (("country", "c"), ("shop", "z"))
    assert found[0].worse


def test_three_attributes_on_demand_and_no_more() -> None:
    rng = np.random.default_rng(3)
    rows = week(0, rng)
    scale = learn_scale(rows, learn_cuts(rows.features, ("country", "shop", "age")))
    assert {len(key) for key in count(rows, scale, 3).keys} == {1, 2, 3}
    with pytest.raises(ValueError, match="one to three"):
        SliceFinder(("country",), WEEK, depth=4)


def test_every_row_counts_once_in_the_slices_of_one_attribute() -> None:
    rows = week(0, np.random.default_rng(3))
    scale = learn_scale(rows, learn_cuts(rows.features, ("country", "shop", "age")))
    tally = tallied(count(rows, scale, 1), scale)
    for name in ("country", "shop", "age"):
        of = [i for i, key in enumerate(tally.keys) if key[0][0] == name]
        assert tally.rows[:, of].sum() == len(rows)
        assert tally.misses[:, of].sum() == pytest.approx(tally.expected[:, of].sum(), rel=0.02)


def test_missing_rare_and_new_values_have_their_places() -> None:
    past = pd.DataFrame({"v": [None, *[f"n{i % 300:03}" for i in range(5000)]]}, dtype=object)
    cut = learn_cuts(past, ("v", "absent"))
    assert [c.attribute for c in cut] == ["v"]
    codes, values = cut[0].of(pd.Series([None, "n000", "n000", "never seen"], dtype=object))
    assert values[codes[0]] is None
    assert codes[1] == codes[2]
    assert values[codes[3]] == OTHER


def test_numbers_with_few_values_stay_numbers_and_others_become_bands() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"hour": rng.integers(0, 24, 900).astype(float), "price": rng.normal(size=900)})
    hour, price = learn_cuts(frame, ("hour", "price"))
    assert all(isinstance(value, int) for value in hour.of(frame["hour"])[1])
    codes, names = price.of(pd.Series([np.inf, -np.inf, np.nan, 0.0]))
    assert names[codes[2]] is None
    assert str(names[codes[0]]).endswith("and more")
    assert str(names[codes[1]]).startswith("below")


def test_nine_in_ten_calm_slices_lie_within_what_is_usual_for_them(finder: SliceFinder) -> None:
    inside = []
    for i in range(8):
        for each in finder.judge(START + (PAST + i) * WEEK, week(PAST + i, np.random.default_rng(70 + i))):
            assert each.usual_low is not None
            assert each.usual_high is not None
            assert each.usual_low <= each.usual <= each.usual_high
            inside.append(each.usual_low <= each.value <= each.usual_high)
    assert 0.82 < np.mean(inside) < 0.99
