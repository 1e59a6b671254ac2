"""Values that never came together: which pairs are watched, and how many rows lie where nothing was told."""

import numpy as np

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.pairs import MOST_COLUMNS, MOST_PAIRS, Pairs
from core.evaluation.estimate.pairs import watched as watched_at

ROWS = 6_000


def together(rho: float, rows: int = ROWS, others: int = 2, seed: int = 0) -> Floats:
    """Two normal columns of this correlation, and others that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    first, noise = rng.normal(size=(2, rows))
    own = np.column_stack([first, rho * first + np.sqrt(1 - rho**2) * noise])
    return np.column_stack([own, rng.normal(size=(rows, others))])


def watched(rows: Floats, texts: list[int]) -> Pairs:
    """One row after the other."""
    return watched_at(rows, np.arange(float(len(rows))), texts)


def test_two_columns_that_part_are_seen_although_each_stays_as_it_was() -> None:
    pairs = watched(together(0.9), [])
    assert pairs.columns.tolist() == [[0, 1]]
    assert pairs.share(together(0.9, 500, seed=1)).max() < 0.02
    assert pairs.share(together(-0.9, 500, seed=2)).max() > 0.3


def test_independent_columns_can_come_together_in_any_way() -> None:
    assert not len(watched(together(0.0), []).columns)
    assert not len(watched(together(0.3), []).columns)


def test_the_order_of_rows_changes_nothing() -> None:
    rows, day, window = together(0.7), np.repeat(np.arange(60.0), 100), together(-0.5, 300, seed=3)
    pairs = watched_at(rows, day, [])
    assert np.array_equal(pairs.share(window), pairs.share(window[::-1]))
    turned = watched_at(rows.reshape(60, 100, -1)[:, ::-1].reshape(rows.shape), day, [])
    assert np.array_equal(pairs.untold, turned.untold)


def test_what_only_windows_share_is_no_pair() -> None:
    """Sixty days that each had one weather: warm ones were never wet, which sixty days cannot teach."""
    rng = np.random.default_rng(1)
    day = np.repeat(np.arange(60), 200)
    warm = rng.normal(size=60)
    rows = np.column_stack([warm[day], -warm[day], rng.normal(size=len(day))])
    assert not len(watched(rows, []).columns)


def test_a_text_and_a_number_that_never_came_together_are_a_pair() -> None:
    rng = np.random.default_rng(2)
    text = rng.choice([0.0, 1.0, 2.0], ROWS, p=[0.5, 0.3, 0.2])
    pairs = watched(np.column_stack([text, 10 * text + rng.normal(size=ROWS)]), [0])
    assert pairs.columns.tolist() == [[0, 1]]
    assert pairs.share(np.array([[0.0, 20.0], [0.0, 0.0], [2.0, 20.0], [2.0, 0.0]])).tolist() == [0.5]


def test_what_a_row_lacks_lies_nowhere_and_no_rows_tell_nothing() -> None:
    pairs = watched(together(0.9), [])
    odd = together(-0.9, 200)
    odd[:, 0] = np.nan
    assert pairs.share(odd).tolist() == [0.0]
    assert np.isnan(pairs.share(odd[:0])).all()


def test_few_rows_columns_of_one_value_and_of_none_are_no_pair() -> None:
    assert not len(watched(together(0.9, 100), []).columns)
    assert not len(watched(together(0.9, 0), []).columns)
    assert not len(watched(np.zeros((500, 1)), []).columns)
    blank = np.column_stack([together(0.9), np.full(ROWS, np.nan), np.ones(ROWS)])
    assert watched(blank, []).columns.tolist() == [[0, 1]]


def test_of_a_wide_log_the_last_columns_are_watched_and_of_many_pairs_so_many() -> None:
    rng = np.random.default_rng(4)
    common = rng.normal(size=(3_000, 1))
    wide = common + 0.2 * rng.normal(size=(3_000, MOST_COLUMNS + 20))
    pairs = watched(wide, [])
    assert len(pairs.columns) == MOST_PAIRS
    assert pairs.columns.min() >= 20
    assert pairs.share(wide[:200]).shape == (MOST_PAIRS,)
