"""What happened in one stretch of the past and ended does not vouch for its return; chance and what recurs do."""

import numpy as np

from core.evaluation.checks.constants import UNLIKELY, all_same, all_same_noise, unlikely_same
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.extremes import Past, known_of
from core.evaluation.checks.others import others_of
from core.evaluation.checks.settled import is_steady
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.stretches import APART, lasting, one_each
from core.evaluation.checks.told import Seen
from core.evaluation.checks.track import Track
from core.evaluation.checks.wording_values import constant
from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind


def missing(shares: list[float]) -> Track:
    track = Track(measure_of("missing"), 1)
    for at, share in enumerate(shares):
        track.add(at, Signal(np.array([share]), 100), None)
    track.look_back(14)
    return track


def empty(track: Track) -> float:
    novelty = track.novelty(Signal(np.array([1.0]), 100), track.past.size)
    assert novelty is not None
    return novelty.excess


def test_a_column_that_was_empty_years_ago_and_full_since_is_news_when_it_is_empty() -> None:
    assert empty(missing([1.0] * 20 + [0.0] * 40)) > 0.8


def test_a_column_that_was_empty_twice_or_just_now_is_no_news_when_it_is_empty() -> None:
    assert empty(missing([1.0] * 5 + [0.0] * 30 + [1.0] * 5 + [0.0] * 30)) == 0
    assert empty(missing([0.0] * 40 + [1.0] * 5 + [0.0] * (APART - 2))) == 0


def test_a_share_that_comes_back_slowly_is_vouched_for_by_the_windows_just_before() -> None:
    track = missing([0.3] * 20 + [0.02] * 40 + [0.1, 0.18, 0.25])
    novelty = track.novelty(Signal(np.array([0.29]), 100), track.past.size)
    assert novelty is not None
    assert novelty.excess == 0


def test_what_vouches_is_told_from_both_sides_of_a_window() -> None:
    gaps = np.array([0.0] * 5 + [1.0] * 30)
    windows = np.arange(35)
    assert lasting(gaps, windows, 35, 0.03).sum() == 30
    assert lasting(gaps, windows, 3, 0.03).all()
    assert lasting(gaps, windows, 10, 0.03).all()


def test_one_incident_hides_no_second_one_however_long_it_was() -> None:
    excesses = np.array([0.0] * 30 + [0.4, 1.0, 1.0, 0.6] + [0.0] * 30)
    counted = Past(np.zeros(64), excesses, np.ones(64, dtype=bool), np.zeros(64, dtype=bool))
    assert known_of(counted, 0.02, calm_says=True, lapses=True).top == 0
    assert known_of(counted, 0.02, calm_says=True).top == 1.0
    assert one_each(excesses, 0.02).tolist() == [0.0] * 30 + [1.0] + [0.0] * 33


def varied(shares: list[float], rows: int) -> np.ndarray:
    return np.array([[0.0, share, rows] for share in shares])


def test_all_windows_together_say_how_often_one_value_fills_a_window() -> None:
    """One window in sixty had nearly all rows alike: rows come in groups, not one by one."""
    by_chance = varied([0.56, 0.5, 0.6, 0.58] * 15, 48)
    assert unlikely_same(np.array([48.0]), by_chance)[0] > 2 * UNLIKELY
    grouped = varied([0.2, 0.9, 0.4, 0.95] * 15, 48)
    assert unlikely_same(np.array([48.0]), grouped)[0] < UNLIKELY
    assert unlikely_same(np.array([48.0]), varied([0.95] * 60, 48))[0] < UNLIKELY


def test_a_share_of_the_commonest_that_was_high_once_explains_no_constant() -> None:
    past = varied([0.56, 0.5, 0.6, 0.58] * 15 + [0.83, 0.81], 48)
    now = np.array([1.0, 1.0, 48])
    each = np.full(len(past), 48.0)
    assert all_same(now, past).min() == 1
    assert all_same_noise(now, past, 48.0, each).max() == 0


def test_three_rows_that_were_the_same_do_not_vouch_for_fifty() -> None:
    past = np.array([[0.0, 0.56, 48]] * 58 + [[1.0, 1.0, 3], [1.0, 1.0, 3]])
    assert all_same(np.array([1.0, 1.0, 48]), past).min() == 1
    assert all_same(np.array([1.0, 1.0, 48]), np.vstack([past, [[1.0, 1.0, 40]]])).min() == 0


def test_one_value_and_several_are_told_apart() -> None:
    """A frozen column cannot be right; rain after a dry season can."""
    several = constant(Seen("mode", None, np.array([0.0, 0.5, 40]), np.array([1.0, 1.0, 40])))
    assert "more than one value" in several.text
    assert several.kind is Kind.DRIFT
    frozen = constant(Seen("mode", None, np.array([1.0, 1.0, 40]), np.zeros(3)))
    assert "one single value" in frozen.text
    assert frozen.kind is Kind.HARD


def counts(values: list[float]) -> ColumnSummary:
    """Fifty values, those that are not given zero."""
    every = np.concatenate([values, np.zeros(50 - len(values))])
    return ColumnSummary(
        ValueKind.NUMBER,
        "float64",
        50,
        0,
        len(set(every)),
        mean=float(every.mean()),
        std=float(every.std()),
        low=float(every.min()),
        high=float(every.max()),
        quantiles=tuple(np.quantile(every, QUANTILES)),
        mode=int((every == 0).sum()),
    )


def signal_of(values: list[float]) -> Signal:
    found = others_of(counts(values))
    assert found is not None
    return Signal(np.array(found[1:]), found[0])


def test_ten_times_as_much_of_three_values_in_fifty_is_seen_and_of_one_is_not() -> None:
    track = Track(measure_of("others"), 2)
    for at in range(60):
        track.add(at, signal_of([1.0, 2.0, 1.0] if at % 2 else [1.0, 1.0, 1.0, 3.0]), None)
    track.look_back(14)
    assert track.novelty(signal_of([10.0, 20.0, 10.0])).excess > 0.8
    assert track.novelty(signal_of([10.0])).excess == 0
    assert track.novelty(signal_of([2.0, 2.0])).excess == 0


def test_nothing_is_said_of_the_others_where_they_are_most_or_on_both_sides_or_none() -> None:
    assert others_of(counts([float(i) for i in range(1, 40)])) is None
    assert others_of(counts([1.0, -1.0])) is None
    assert others_of(counts([])) is None


def constants(windows: list[tuple[float, float]], rows: int = 80) -> Track:
    track = Track(measure_of("constant"), 3)
    for at, (same, share) in enumerate(windows):
        track.add(at, Signal(np.array([same, share, rows]), rows), None)
    return track


def one_value(track: Track, rows: int = 80) -> float:
    novelty = track.novelty(Signal(np.array([1.0, 1.0, rows]), rows), track.past.size)
    assert novelty is not None
    return novelty.excess


def test_a_column_that_began_with_one_value_is_news_when_it_holds_one_again() -> None:
    assert one_value(constants([(1.0, 1.0)] * 31 + [(0.0, 0.4)] * 60)) == 1
    assert one_value(constants([(1.0, 1.0)] * 31 + [(0.0, 0.4)] * 30 + [(1.0, 1.0)] * 3 + [(0.0, 0.4)] * 30)) == 0


def test_a_column_that_began_with_nearly_one_value_is_news_when_it_holds_one() -> None:
    assert one_value(constants([(0.0, 0.97)] * 31 + [(0.0, 0.05)] * 61)) == 1


def test_a_column_that_held_one_value_for_long_may_vary_as_it_once_did() -> None:
    track = constants([(0.0, 0.4)] * 31 + [(1.0, 1.0)] * 60)
    novelty = track.novelty(Signal(np.array([0.0, 0.4, 80]), 80), track.past.size)
    assert novelty is not None
    assert novelty.excess == 0


def test_how_many_rare_others_there_are_is_chance_however_rare_they_are() -> None:
    rng = np.random.default_rng(1)
    for mean in (0.2, 3.0):
        track = Track(measure_of("mode"), 1)
        for at, others in enumerate(rng.poisson(mean, 60)):
            track.add(at, Signal(np.array([1 - others / 80]), 80), None)
        assert not is_steady(track)
    never = Track(measure_of("mode"), 1)
    for at in range(60):
        never.add(at, Signal(np.array([1.0]), 80), None)
    assert is_steady(never)
