"""What a slice's own counts say, while few slices of few windows show no tail of what healthy ones do."""

import numpy as np
import pytest

from core.evaluation.slicing.exact import FEWEST, chances

WEEKS = 8


def past(rows: float, misses: float, weeks: int = WEEKS) -> np.ndarray:
    """Weeks of two slices that are each other's rest, one like the other."""
    return np.tile(np.array([[rows, rows], [misses, misses]]), (weeks, 1, 1))


def chance(now: tuple[float, float], elsewhere: tuple[float, float], before: np.ndarray) -> float:
    counts = np.array([now, elsewhere]).T
    return float(chances(counts, before, counts.sum(1), before.sum(2))[0])


def test_no_chance_misses_all_where_half_were_found() -> None:
    assert chance((18, 18), (18, 9), past(18, 9)) < 0.002
    assert chance((18, 9), (18, 9), past(18, 9)) > 0.5


def test_where_everything_fails_no_slice_does() -> None:
    assert chance((18, 18), (18, 18), past(18, 9)) > 0.2


def test_a_past_that_goes_up_and_down_lets_more_be_expected() -> None:
    restless = past(18, 9)
    restless[::2, 1, 0], restless[1::2, 1, 0] = 3, 15
    assert chance((18, 18), (18, 9), restless) > 10 * chance((18, 18), (18, 9), past(18, 9))


def test_a_slice_of_fewer_windows_is_not_judged_by_its_counts() -> None:
    few = past(18, 9)
    few[: WEEKS - FEWEST + 1, :, 0] = 0
    assert chance((18, 18), (18, 9), few) == float("inf")
    assert chance((18, 18), (18, 9), past(18, 9, FEWEST)) < 0.01


@pytest.mark.parametrize("misses", [0, 18])
def test_a_slice_that_always_did_as_now_is_as_usual(misses: float) -> None:
    found = chance((18, misses), (18, misses), past(18, misses))
    assert np.isfinite(found)
    assert found > 0.5
