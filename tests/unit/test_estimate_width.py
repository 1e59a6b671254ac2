"""How wide an interval is: by what misses depended on, by how many were held of late, and by what no label told of."""

import numpy as np
import pytest

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.conform import WIDEST, breaks_held, conformed, tracked
from core.evaluation.estimate.correct import Past, Present, corrected
from core.evaluation.estimate.drift import drifted
from core.evaluation.estimate.untold import reach, untold
from core.evaluation.estimate.width import widened

COUNT = 150
VALUE: Floats = np.random.default_rng(0).uniform(0.4, 0.9, COUNT)
FLAT = np.full(COUNT, 0.03)


def test_where_bad_windows_are_missed_by_more_their_scale_is_larger() -> None:
    size = np.where(VALUE < 0.6, 0.06, 0.02)
    errors = size * np.random.default_rng(1).normal(size=COUNT)
    scale, bad = widened(errors, FLAT, VALUE, 0.03, 0.45)
    _, good = widened(errors, FLAT, VALUE, 0.03, 0.85)
    assert 2 < bad / good < 6
    assert np.std((errors / scale)[VALUE < 0.6]) < 1.6 * np.std((errors / scale)[VALUE >= 0.6])


def test_a_deviation_that_tells_nothing_is_levelled_and_one_that_tells_is_believed() -> None:
    rng = np.random.default_rng(2)
    stated, noise = np.exp(rng.normal(0, 0.7, COUNT)), rng.normal(size=COUNT)
    levelled, _ = widened(0.03 * noise, stated, VALUE, 1.0, 0.6)
    believed, _ = widened(stated * noise, stated, VALUE, 1.0, 0.6)
    assert np.std(np.log(levelled)) < 0.6 * np.std(np.log(stated))
    assert np.std(np.log(believed)) > 0.8 * np.std(np.log(stated))


def test_misses_that_depend_on_nothing_and_few_misses_leave_scales_as_they_are() -> None:
    errors = 0.03 * np.random.default_rng(3).normal(size=COUNT)
    scale, own = widened(errors, FLAT, VALUE, 0.03, 0.4)
    assert np.abs(np.log(scale / 0.03)).max() < 0.25
    assert own == pytest.approx(0.03, rel=0.25)
    few, same = widened(errors[:7] * VALUE[:7], FLAT[:7], VALUE[:7], 0.05, 0.4)
    assert np.array_equal(few, FLAT[:7])
    assert same == 0.05


def test_intervals_that_did_not_hold_are_widened_until_nine_in_ten_do() -> None:
    """Errors grow for ever: intervals made of the past alone always come too late."""
    growing = np.random.default_rng(4).normal(size=300) * np.exp(np.arange(300) / 60)
    held = {True: 0, False: 0}
    for place in range(60, 300):
        end = np.quantile(np.abs(growing[:place]), 0.9)
        for adaptive in held:
            held[adaptive] += abs(growing[place]) <= end * (tracked(growing[:place]) if adaptive else 1.0)
    assert held[False] < 0.78 * 240
    assert held[True] > 0.83 * 240


def test_intervals_that_held_are_left_alone_and_none_grows_without_end() -> None:
    calm = np.random.default_rng(5).normal(size=400)
    assert 0.9 < np.mean([tracked(calm[:place]) for place in range(20, 400)]) < 1.1
    assert tracked(calm[:10]) == 1.0
    assert tracked(np.append(calm, [1e6 * 2.0**n for n in range(50)])) == WIDEST


KNOWN: Ints = np.maximum(np.arange(30) - 5, 0).astype(np.int64)


def test_what_no_label_told_of_is_vague_until_labels_did() -> None:
    fresh = np.zeros((30, 2))
    fresh[20:, 1] = 0.5
    past, own = untold(fresh, KNOWN, np.array([0.0, 0.5]), 0.4)
    assert past[:20].max() == 0.0
    assert np.sqrt(past[20]) == pytest.approx(0.5 * 0.5 * 0.4)
    assert past[25] == past[20], "the first such window is not labelled yet"
    assert past[27] < 0.2 * past[20]
    assert own < past[27]


def test_what_always_lacked_a_value_is_nothing_new() -> None:
    fresh = np.full((30, 1), 0.4)
    _, own = untold(fresh, KNOWN, np.array([0.4]), 0.4)
    assert own < 0.01 * (0.4 * 0.5 * 0.4) ** 2
    none, nothing = untold(np.zeros((30, 0)), KNOWN, np.zeros(0), 0.4)
    assert not none.any()
    assert nothing == 0.0


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [(Measure.ACCURACY, 0.8, 0.4), (Measure.MAE, 7.0, 7.0), (Measure.R2, 0.4, 0.6), (Measure.AUC, 1.0, 0.0)],
)
def test_single_rows_lie_as_far_apart_as_the_metric_lets_them(
    measure: Measure, value: float, expected: float
) -> None:
    assert reach(measure, value) == pytest.approx(expected)


def test_a_window_full_of_new_texts_is_told_with_a_wide_interval_that_says_why() -> None:
    rng, none = np.random.default_rng(6), np.full(60, np.nan)
    truth = 0.8 + 0.02 * rng.normal(size=60)
    past = Past(
        truth,
        np.full(60, 0.8),
        np.full(60, 0.02),
        np.full(60, 0.8),
        none,
        np.arange(60.0),
        fresh=np.zeros((60, 1)),
    )
    usual, new = (
        corrected(past, Present(0.8, 0.02, 0.8, np.nan, 60.0, 0.0, fresh=np.array([share]), reach=0.4))
        for share in (0.0, 0.5)
    )
    assert new.scale > 3 * usual.scale
    assert new.unlike
    assert not usual.unlike


def test_a_fall_that_nothing_announced_is_drift_however_wide_intervals_are_at_low_values() -> None:
    """Windows that are low are missed by more, and still: the last three fell beyond what anybody expected."""
    rng = np.random.default_rng(7)
    value = rng.uniform(0.6, 0.9, 80)
    truth = value + np.where(value < 0.7, 0.04, 0.01) * rng.normal(size=80)
    truth[-3:] = value[-3:] - 0.3
    past = Past(truth, value, np.full(80, 0.02), value, np.full(80, np.nan), np.arange(80.0))
    found = corrected(past, Present(0.75, 0.02, 0.75, np.nan, 80.0, 0.0))
    assert drifted(found.errors)
    assert not drifted(found.errors[:-3])
    assert found.errors[-3:].max() < -8, "by what was expected of them, not by what they taught"


def test_a_break_in_the_past_leads_no_end_of_an_interval_further_than_it_led() -> None:
    """Twelve windows that nobody could know fell by .25; since then answers are half as sure, and right."""
    rng = np.random.default_rng(6)
    fell = np.where((np.arange(COUNT) >= 90) & (np.arange(COUNT) < 102), -0.25, 0.0)
    misses = fell + rng.normal(0, 0.03, COUNT)
    spread = 0.06 * conformed(breaks_held(misses, FLAT, 0.06), misses)
    assert misses.min() - 0.01 < spread.min() < -0.2
    assert np.array_equal(breaks_held(misses, FLAT, 0.02), misses / FLAT), "a surer one is no further off"


def test_a_miss_counts_against_the_interval_that_its_answer_had() -> None:
    """Where labels take eight windows none of eight misses in a row was known to the answers that missed."""
    errors = np.append(np.random.default_rng(7).normal(size=60), np.full(8, 3.0))
    known: Ints = np.maximum(np.arange(68) - 8, 0)
    assert tracked(errors, known) > 1.05 * tracked(errors)
    assert tracked(errors, np.zeros_like(known)) == 1.0, "answers that knew nothing had no interval"
