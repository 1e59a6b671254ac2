"""How far a share is let go that goes up and down by itself."""

import numpy as np
import pytest

from core.evaluation.checks.wander import ENOUGH, NEARLY_ALL, reach

ROWS, DAYS = 300, 120


def shares(levels: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Shares of ROWS rows by chance, around these log odds."""
    rows = np.full(len(levels), float(ROWS))
    return np.random.default_rng(seed).binomial(ROWS, 1 / (1 + np.exp(-levels))) / ROWS, rows


def test_what_only_chance_moves_is_let_go_nowhere() -> None:
    for seed in range(20):
        low, high = reach(*shares(np.full(DAYS, -2.5), seed))
        assert low == high == pytest.approx(0.076, abs=0.015)


def test_heavier_tails_are_let_go_farther() -> None:
    rng = np.random.default_rng(2)
    _, light = reach(*shares(-2.5 + 0.4 * rng.normal(size=DAYS)))
    _, heavy = reach(*shares(-2.5 + 0.4 * rng.standard_t(3, DAYS)))
    assert 0.2 < light < 0.5 < heavy


def test_nearly_all_is_never_explained_away() -> None:
    low, high = reach(*shares(-1 + 2 * np.random.default_rng(3).standard_t(2, DAYS)))
    assert (low, high) == pytest.approx((1 / (1 + np.exp(NEARLY_ALL)), 1 / (1 + np.exp(-NEARLY_ALL))))


def test_a_column_that_is_complete_on_most_days_has_incidents_only() -> None:
    past = np.zeros(DAYS)
    past[::6] = 0.3
    low, high = reach(past, np.full(DAYS, float(ROWS)))
    assert low == high < 0.01


def test_a_short_past_says_nothing() -> None:
    assert reach(*shares(np.random.default_rng(4).standard_t(3, ENOUGH - 1))) == (0.0, 0.0)
