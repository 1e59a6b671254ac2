"""What chance makes of few rows, and what it does not."""

import numpy as np
import pytest

from core.evaluation.checks.chance import beyond_all, ranks_chance, steady, unlikely
from core.evaluation.checks.distance import MEASURES, measure_of
from core.evaluation.checks.signals import Signal, signals
from core.evaluation.checks.told import Seen
from core.evaluation.checks.track import Track, by_chance
from core.evaluation.checks.wording_values import distribution, level
from core.evaluation.summaries.summary import QUANTILES
from tests.unit.made_windows import window


def known(check: str, values: np.ndarray, rows: int) -> Track:
    """A signal's past, in which nothing was found."""
    track = Track(measure_of(check), values.shape[1])
    for at, each in enumerate(values):
        track.add(at, Signal(each, rows), None)
    track.look_back(14)
    return track


def test_a_relation_of_thirty_rows_has_to_change_by_more_than_chance_though_it_never_moved() -> None:
    track = known("together", np.full((60, 1), 0.01), 30)
    assert track.novelty(Signal(np.array([0.3]), 30)).excess == 0
    large = known("together", np.full((60, 1), 0.01), 3000)
    assert large.novelty(Signal(np.array([0.3]), 3000)).excess > 0.2


def test_a_close_relation_of_thirty_rows_is_seen_to_break() -> None:
    track = known("together", np.full((60, 1), 0.98), 30)
    assert track.novelty(Signal(np.array([0.5]), 30)).excess > 0.3


def test_three_of_thirty_that_never_were_missing_are_no_chance_and_one_is() -> None:
    track = known("missing", np.zeros((60, 1)), 30)
    assert track.novelty(Signal(np.array([3 / 30]), 30)).excess > 0
    assert track.novelty(Signal(np.array([1 / 30]), 30)).excess == 0


def test_a_share_of_few_rows_that_is_now_and_then_so_far_is_chance() -> None:
    """One in eight rows of twelve holds the commonest value twice as often, now and then."""
    past = np.random.default_rng(3).binomial(12, 0.3, (60, 1)) / 12
    assert known("mode", past, 12).novelty(Signal(np.array([9 / 12]), 12)).excess == 0


def test_where_every_window_has_the_same_rows_one_less_is_no_chance() -> None:
    parts, now = np.full((60, 5), 0.2), np.array([0.0, 0.25, 0.25, 0.25, 0.25])
    assert steady(MEASURES["categories"].chance, parts, np.full(60, 20.0))  # type: ignore[arg-type]
    assert not by_chance(MEASURES["categories"], Signal(now, 20), parts, np.full(60, 20.0))
    shuffled = np.random.default_rng(4).multinomial(20, [0.2] * 5, 60) / 20
    assert by_chance(MEASURES["categories"], Signal(now, 20), shuffled, np.full(60, 20.0))


def test_a_tail_however_long_is_a_tail() -> None:
    """The largest of ten counts is a hundred times the usual one now and then; that all are ten times as large is
    never chance."""
    rng = np.random.default_rng(5)
    past = np.quantile(rng.zipf(1.8, (60, 10)).astype(float), QUANTILES, axis=1).T
    far, rows = past[0].copy(), np.full(60, 10.0)
    far[-3:] *= 1000
    apart, made = ranks_chance(far, past, 10.0, rows)
    assert np.median(apart - made) < 0
    assert not by_chance(measure_of("level"), Signal(np.full(21, 100.0), 10), past, rows)


@pytest.mark.parametrize(("check", "width"), [("mode", 1), ("edges", 3)])
@pytest.mark.parametrize(("rows", "chance", "news"), [(4, 2, 3), (30, 3, 5), (200, 3, 20)])
def test_two_rows_that_happen_to_be_alike_are_chance_where_all_differ(
    check: str, width: int, rows: int, chance: int, news: int
) -> None:
    """The commonest value of rows that all differ is one row, always: that says nothing of how often two are alike."""

    def alike(count: int) -> np.ndarray:
        return np.array([count / rows, 1 / rows, 1.0][:width])

    track = known(check, np.tile(alike(1), (60, 1)), rows)
    assert track.novelty(Signal(alike(chance), rows)).excess == 0
    assert track.novelty(Signal(alike(news), rows)).excess > 0


def test_what_is_unlikely_is_told_by_all_past_rows_together() -> None:
    past, rows = np.full((60, 1), 1 / 30), np.full(60, 30.0)
    assert not unlikely(np.array([4 / 30]), past, 30.0, rows)
    assert unlikely(np.array([12 / 30]), past, 30.0, rows)


@pytest.mark.parametrize(("others", "rows"), [(2, 8), (5, 20), (30, 60)])
def test_a_column_that_is_nearly_always_the_same_tells_by_its_few_others(others: int, rows: int) -> None:
    rng = np.random.default_rng(others)
    values = {"origin": np.repeat("EWR", 60), "wind": rng.normal(8, 2, 60)}
    values["gust"] = np.r_[np.zeros(60 - others), 10.0 + np.arange(others)]
    found = signals(window(0, values))
    assert found["together", ("wind", "gust")].rows == rows


def test_a_level_whose_middle_stays_is_told_by_its_end() -> None:
    usual, now = np.zeros(21), np.r_[np.zeros(15), np.ones(6)]
    told = level(Seen("marks", None, now, usual))
    assert told.text == "25% of marks are at least 1, usually at least 0."
    assert told.direction == "up"


def test_a_mix_that_changed_says_how_many_rows_that_are() -> None:
    told = distribution(Seen("pollster", None, np.array([0.1, 0.9, 0.0]), np.array([0.6, 0.3, 0.1])))
    assert told.text.startswith("pollster has another mix of values than usual: 60% of rows")


def test_a_tail_of_ten_times_its_values_is_no_chance_though_its_ranks_are() -> None:
    rng = np.random.default_rng(3)
    places = np.array(QUANTILES)
    values = [rng.choice([0, 1, 2], 60, p=[0.7, 0.25, 0.05]) for _ in range(30)]
    past, rows = np.array([np.quantile(each, places) for each in values]), np.full(30, 60.0)
    assert beyond_all(np.quantile(values[0] * 10, places), past, 60.0, rows)
    assert not beyond_all(np.quantile(values[0], places), past, 60.0, rows)
    one = np.sort(values[0])
    one[-2:] = 50
    assert not beyond_all(np.quantile(one, places), past, 60.0, rows), "two rows far out may be chance"
    assert not beyond_all(np.quantile(values[0] * 10, places), past[:9], 60.0, rows[:9])
