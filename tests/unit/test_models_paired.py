"""Intervals of paired differences: against direct counts, against resampling, and for coverage."""

import numpy as np
import pytest

from core.models.metrics import auc
from core.models.paired import accuracy_difference, auc_difference


def paired(rows: int, seed: int, gain: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and two correlated models' scores; the first is better by `gain`."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    shared = random.normal(0, 1, rows) + labels
    candidate = shared + gain * labels + random.normal(0, 0.5, rows)
    champion = shared + random.normal(0, 0.5, rows)
    return labels, 1 / (1 + np.exp(0.5 - candidate)), 1 / (1 + np.exp(0.5 - champion))


def test_the_estimate_counts_the_rows_that_only_one_got_right() -> None:
    labels = [1, 1, 1, 1, 0, 0, 0, 0]
    candidate = [0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    champion = [0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1]

    difference = accuracy_difference(labels, candidate, champion, 0.5)

    assert difference.estimate == pytest.approx((2 - 1) / 8)
    # Bonett and Price by hand: (3 - 2) / 10 +- 1.96 * sqrt((.3 + .2 - .1 ** 2) / 10)
    assert (difference.low, difference.high) == pytest.approx((0.1 - 0.43386, 0.1 + 0.43386), abs=1e-4)


def test_models_that_never_disagree_still_leave_doubt() -> None:
    difference = accuracy_difference([1, 0] * 10, [0.9, 0.1] * 10, [0.8, 0.2] * 10, 0.5)

    assert difference.estimate == 0
    assert difference.low < 0 < difference.high


def test_swapping_the_models_mirrors_the_interval() -> None:
    labels, candidate, champion = paired(300, seed=1, gain=0.5)

    for one, other in (
        (
            accuracy_difference(labels, candidate, champion, 0.5),
            accuracy_difference(labels, champion, candidate, 0.5),
        ),
        (auc_difference(labels, candidate, champion), auc_difference(labels, champion, candidate)),
    ):
        assert (one.estimate, one.low, one.high) == pytest.approx((-other.estimate, -other.high, -other.low))


def test_the_interval_of_accuracies_covers_the_truth() -> None:
    """Equal models differ by nothing: 95% intervals over 400 samples of 60 rows should hold 0 about 380 times."""
    covered = sum(
        difference.low <= 0 <= difference.high
        for difference in (accuracy_difference(*paired(60, seed=trial), threshold=0.5) for trial in range(400))
    )

    assert 368 <= covered <= 398


def test_the_interval_of_aucs_is_that_of_resampling() -> None:
    labels, candidate, champion = paired(400, seed=3, gain=0.5)
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(500):
        rows = random.integers(0, len(labels), len(labels))
        drawn.append(auc(labels[rows], candidate[rows]) - auc(labels[rows], champion[rows]))

    difference = auc_difference(labels, candidate, champion)

    assert difference.estimate == pytest.approx(auc(labels, candidate) - auc(labels, champion))
    assert (difference.low, difference.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.006)


def test_aucs_of_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows of each label"):
        auc_difference([1, 0, 0], [0.9, 0.1, 0.2], [0.9, 0.1, 0.2])


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        accuracy_difference([1], [0.9], [0.9], 0.5, confidence)
