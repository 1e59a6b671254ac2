"""The pure rules of an estimate: spreads, corrections, drift and shocks, on numbers made for each."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.estimate.answer import Measure, spread_of
from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.conform import conformed
from core.evaluation.estimate.correct import Past, Present, corrected
from core.evaluation.estimate.drift import doubted, drifted
from core.evaluation.estimate.shock import MEMORIES, PER_WINDOW, learn_shocks


def told(truth: Floats, value: Floats, sd: float, early: Floats | None = None) -> Past:
    """Windows one after the other whose snapshots said `value`; without labels that were in unless `early`."""
    none = np.full(len(truth), np.nan)
    return Past(
        truth,
        value,
        np.full(len(truth), sd),
        value,
        none if early is None else early,
        np.arange(float(len(truth))),
    )


def now(value: float, sd: float, place: float, early: float = np.nan, coverage: float = 0.0) -> Present:
    return Present(value, sd, value, early, place, coverage)


def test_a_run_of_misses_to_one_side_is_called_drift() -> None:
    usual = np.random.default_rng(0).normal(size=50)
    assert not drifted(usual)
    assert drifted(np.append(usual, [5.0, 6.0, 5.5]))
    assert drifted(np.append(usual, [5.0, 6.0]))
    assert not drifted(np.append(usual, [1.9, 1.9])), "two windows must lie further out than three"
    assert not drifted(np.append(usual, [4.0, -4.0, 4.0]))
    assert drifted(np.append(usual, 9.0)), "one alone, that lies far beyond everything"
    assert not drifted(np.array([5.0, 6.0, 5.5]))
    assert not drifted(np.append(usual, [5.0, 6.0, 5.5]), trifle=8.0)


def week_of_a_fault(after: int, lasts: int = 7) -> tuple[Floats, Past]:
    """Sixty windows as said, `lasts` that fall by .3 and whose snapshots do not see it, and so many right ones."""
    rng = np.random.default_rng(0)
    value = rng.uniform(0.75, 0.85, 60 + lasts + after)
    place = np.arange(len(value))
    truth = value - 0.3 * ((place >= 60) & (place < 60 + lasts)) + rng.normal(0, 0.02, len(value))
    return truth, told(truth, value, 0.02)


def test_a_fault_is_doubted_from_its_first_labels_until_two_windows_are_right_again() -> None:
    truth, past = week_of_a_fault(after=12)
    first = [told(truth[:count], past.value[:count], 0.02) for count in range(55, 79)]
    doubts = [corrected(known, now(0.8, 0.02, len(known.truth))).drifted for known in first]
    assert not any(doubts[:6]), "no label shows it yet"
    assert doubts[6]
    assert not any(doubts[-4:])


def test_windows_of_which_nothing_was_said_tell_nothing_of_how_far_off_answers_are() -> None:
    def width(past: Past) -> float:
        found = corrected(past, now(0.8, 0.02, len(past.truth)))
        spread = spread_of(found.value, found.scale, list(found.spread), Measure.ACCURACY)
        return spread.quantile(0.95) - spread.quantile(0.05)

    _, calm = week_of_a_fault(after=12, lasts=0)
    _, past = week_of_a_fault(after=12)
    assert width(past) < 2.5 * width(calm)
    assert np.abs(corrected(past, now(0.8, 0.02, 79)).errors).max() > 10, "its misses are there"


def test_snapshots_that_seemed_surer_than_anything_do_not_outweigh_the_rest_of_the_past() -> None:
    """In a week of a fault all scores ran into 1, so the snapshots said .997 with next to no deviation."""
    truth, past = week_of_a_fault(after=5)
    fault = (np.arange(len(truth)) >= 60) & (np.arange(len(truth)) < 67)
    value, sd = np.where(fault, 0.997, past.value), np.where(fault, 0.002, past.sd)
    truth = np.where(fault, truth - 0.3, truth)
    saturated = replace(past, truth=truth, value=value, plain=value, sd=sd)
    assert corrected(saturated, now(0.8, 0.02, 72)).value == pytest.approx(0.8, abs=0.04)


def test_a_drift_that_lasts_becomes_usual() -> None:
    errors = np.append(np.random.default_rng(0).normal(size=60), np.full(60, 8.0))
    known, trifle = np.arange(121), np.zeros(121)
    found = [doubted(errors[:n], known[: n + 1], trifle[: n + 1]).now for n in range(60, 121)]
    assert found[1:15] == [True] * 14
    assert not found[-1]
    assert doubted(errors, known, trifle).given[-20:].all()


def test_labels_that_come_late_doubt_late() -> None:
    """Each window is answered when the three before it are unknown: the first four of a fault are given answers."""
    errors = np.append(np.random.default_rng(1).uniform(-1, 1, 60), [12.0] * 7 + [0.0] * 9)
    known = np.append(np.maximum(np.arange(76) - 3, 0), 73)
    assert np.flatnonzero(~doubted(errors, known, np.zeros(77)).given).tolist() == list(range(64, 72))


def test_a_spread_covers_by_its_past_errors() -> None:
    spread = spread_of(0.5, 0.1, [-2.0, -1.0, 0.0, 1.0, 2.0], Measure.ACCURACY)
    assert spread.quantile(0.05) == pytest.approx(0.3)
    assert spread.quantile(0.95) == pytest.approx(0.7)
    assert spread.below(0.5) == pytest.approx(0.5)
    assert 0 < spread.below(0.0) < spread.below(1.0) < 1


def test_a_constant_lean_of_the_past_is_corrected() -> None:
    rng = np.random.default_rng(0)
    value = rng.uniform(0.6, 0.9, 60)
    real = value + 0.05 + rng.normal(0, 0.01, 60)
    found = corrected(told(real, value, 0.05), now(0.7, 0.05, 60.0, coverage=0.5))
    assert found.value == pytest.approx(0.75, abs=0.01)


def test_where_features_begin_to_mislead_the_recent_past_takes_over() -> None:
    """For 60 windows the snapshots are right, then the metric falls by .3 and they do not see it."""
    rng = np.random.default_rng(0)
    value = rng.uniform(0.75, 0.85, 80)
    fallen = np.where(np.arange(80) >= 60, -0.3, 0.0)
    past = told(value + fallen + rng.normal(0, 0.02, 80), value, 0.02)
    assert corrected(past, now(0.8, 0.02, 80.0)).value == pytest.approx(0.5, abs=0.03)


def test_where_only_the_labels_in_tell_they_are_followed() -> None:
    """Snapshots that know nothing, beside early labels that are off by .02 and a constant."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.4, 0.9, 60)
    early = truth + 0.1 + rng.normal(0, 0.02, 60)
    found = corrected(told(truth, np.full(60, 0.65), 0.15, early), now(0.65, 0.15, 60.0, early=0.6, coverage=0.5))
    assert found.value == pytest.approx(0.5, abs=0.05)


def test_an_interval_grows_with_the_latest_errors_and_is_wider_for_a_short_past() -> None:
    rng = np.random.default_rng(1)
    usual = rng.normal(size=60)
    wide = np.quantile(conformed(usual, usual), 0.95)
    grown = conformed(np.append(usual[:-8], 4 * usual[-8:]), usual)
    assert np.quantile(grown, 0.95) > 1.3 * wide
    short = np.mean([np.quantile(conformed(e := rng.normal(size=5), e), 0.95) for _ in range(200)])
    long = np.mean([np.quantile(conformed(e := rng.normal(size=60), e), 0.95) for _ in range(200)])
    assert short > 1.05 * long


def test_where_most_errors_are_none_the_others_are_still_expected() -> None:
    errors = np.where(np.arange(60) % 5 == 0, 2.0, 0.0) * np.where(np.arange(60) % 2, 1, -1)
    ends = np.quantile(conformed(errors, errors), [0.04, 0.96])
    assert ends[0] < -1
    assert ends[1] > 1


def test_a_past_without_errors_still_has_a_spread() -> None:
    nothing = np.zeros(0)
    assert np.std(conformed(nothing, nothing)) > 0.5


def test_labels_that_take_weeks_cost_past_answers_as_many_windows() -> None:
    """A walk that nobody can foresee: errors of answers that knew the last window would be too small."""
    walk = 0.7 + 0.02 * np.cumsum(np.random.default_rng(3).normal(size=90))
    flat = np.full(90, 0.7)
    soon = corrected(told(walk, flat, 0.07), now(0.7, 0.07, 90.0))
    late = corrected(told(walk, flat, 0.07), now(0.7, 0.07, 98.0))
    assert np.std(late.errors) > 1.3 * np.std(soon.errors)


def test_the_strength_and_memory_of_shocks_are_learned() -> None:
    """Gaps that share a walk of half a window's memory, in cells of weight 20."""
    rng = np.random.default_rng(4)
    cells, keep = 24 * 200, np.exp(-1 / PER_WINDOW / 0.5)
    shock = np.zeros(cells)
    for place in range(1, cells):
        shock[place] = keep * shock[place - 1] + rng.normal(0, 0.7 * np.sqrt(1 - keep**2))
    gap = 20 * shock + rng.normal(0, np.sqrt(20), cells)
    found = learn_shocks((np.arange(cells) + 0.5) / PER_WINDOW, gap, np.full(cells, 20.0))
    assert found.variance == pytest.approx(0.49, rel=0.3)
    memory = np.average(MEMORIES, weights=np.maximum(found.variances, 1e-9))
    assert 0.25 < memory < 1.2


def test_parts_of_a_window_in_which_shocks_are_stronger_are_learned() -> None:
    rng = np.random.default_rng(3)
    cells = PER_WINDOW * 80
    time = (np.arange(cells) + 0.5) / PER_WINDOW
    late = time % 1 >= 0.5
    shared = np.repeat(rng.normal(0, 0.6, 80), PER_WINDOW)
    chance, weight = rng.normal(0, np.sqrt(30), cells), np.full(cells, 30.0)
    found = learn_shocks(time, 30 * shared * np.where(late, 1.3, 0.5) + chance, weight)
    assert found.strength(time[late]).mean() > 1.5 * found.strength(time[~late]).mean()
    assert found.covariance(time[late][4:6])[0, 1] > 2 * found.covariance(time[~late][4:6])[0, 1]
    assert np.ptp(learn_shocks(time, 30 * shared + chance, weight).strengths) < 0.2
