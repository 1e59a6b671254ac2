"""A page about a learned objective needs more than chance."""

import numpy as np
import pandas as pd
import pytest

from bench.pages import year
from core.config.metric import Metric
from core.evaluation.backtest.chance import Chance, halves_apart, learn_chance
from core.evaluation.rows import Rows, Task

ACCURACY = Metric.ACCURACY


def rows(right: float, count: int, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    at = pd.Series(pd.date_range("2024-01-01", periods=count, freq="min", tz="UTC"))
    label = pd.Series(rng.integers(0, 2, count).astype(float))
    called = label.where(pd.Series(rng.random(count) < right), 1 - label)
    return Rows(Task.BINARY, at, called, label, at, pd.DataFrame(index=at.index))


def test_halves_of_windows_tell_what_chance_does() -> None:
    found = [halves_apart(ACCURACY, rows(0.8, 200, seed)) for seed in range(400)]
    assert np.mean([each for each in found if each is not None]) == pytest.approx(0.16, rel=0.15)
    assert halves_apart(ACCURACY, rows(0.8, 9, 0)) is None


def test_hardly_anybody_is_called_in_twenty_years_in_which_nothing_is_wrong() -> None:
    rng = np.random.default_rng(2)
    alone, with_chance, _ = (
        sum(each or 0 for each in many) for many in zip(*(year(rng, 30, 0.8) for _ in range(20)), strict=True)
    )
    assert alone > 60, "by the objective alone it would be every two months and more often"
    assert with_chance <= 1


@pytest.mark.parametrize(("each", "fall", "days"), [(300, 0.1, 3), (1000, 0.1, 1), (100, 0.2, 3), (30, 0.3, 7)])
def test_a_real_fall_is_still_told_within_days(each: int, fall: float, days: int) -> None:
    rng = np.random.default_rng(3)
    firsts = [year(rng, each, 0.8 - fall)[2] for _ in range(30)]
    assert np.median([365 if first is None else first + 1 for first in firsts]) <= days


def test_windows_in_a_row_speak_together_and_a_good_one_ends_the_row() -> None:
    chance = Chance(0.8, 0.16, higher_is_better=True)
    assert not chance.convincing(0.7, 100, looks_bad=True)
    assert not chance.convincing(0.7, 100, looks_bad=True)
    assert chance.convincing(0.66, 100, looks_bad=True)
    assert not chance.convincing(0.8, 100, looks_bad=False)
    assert not chance.convincing(0.7, 100, looks_bad=True)
    assert not chance.convincing(None, 100, looks_bad=True)


def test_errors_rise_where_others_fall_and_without_a_past_nothing_is_learned() -> None:
    assert Chance(2.0, 1.0, higher_is_better=False).convincing(2.6, 100, looks_bad=True)
    assert learn_chance(ACCURACY, [], []) is None
    assert learn_chance(ACCURACY, [0.8], []) is None
