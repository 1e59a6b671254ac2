"""Metrics and labels against figures known from elsewhere."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.labels.describe import coverage, describe
from core.evaluation.metric import accuracy, auc, wilson
from core.evaluation.prediction_log import Delays


def test_wilson_as_published() -> None:
    # Newcombe (1998), table I: 81 of 263 gives .2553 to .3662; 0 of 20 gives 0 to .1611.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(("right", "labels"), [(1, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_proportion(right: int, labels: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(right, labels)


def test_accuracy_needs_a_label() -> None:
    assert accuracy(0, 0) is None
    measured = accuracy(7, 10)
    assert measured is not None
    assert (measured.value, measured.labels) == (0.7, 10)


def test_auc_of_bins_is_close_to_the_exact_one() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 3000)
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 0.9999)
    histogram: dict[int, tuple[int, int]] = {}
    for label, at in zip(labels, (scores * 1000).astype(int), strict=True):
        n, p = histogram.get(int(at), (0, 0))
        histogram[int(at)] = (n + (label == 0), p + (label == 1))
    measured = auc(histogram)
    assert measured is not None
    assert measured.value == pytest.approx(roc_auc_score(labels, scores), abs=0.001)
    assert measured.low < measured.value < measured.high
    assert measured.high - measured.low < 0.05


def test_auc_of_ties_is_a_half_and_of_one_class_unknown() -> None:
    tied = auc({3: (5, 5)})
    assert tied is not None
    assert tied.value == 0.5
    assert auc({3: (5, 0)}) is None
    assert auc({}) is None


def test_perfect_separation_stays_within_bounds() -> None:
    measured = auc({0: (4, 0), 9: (0, 4)})
    assert measured is not None
    assert (measured.value, measured.high) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("delays", "text"),
    [
        (Delays(0, 0, None, None, None), "Nothing was predicted."),
        (Delays(1200, 0, None, None, None), "0 of 1,200 labels are in (0%)."),
        (
            Delays(1200, 1199, 6.25, 50.0, 80.0),
            "(over 99%); half of them within 6.2 h, nine in ten within 2.1 days.",
        ),
        (Delays(1200, 3, 0.5, 0.75, 0.75), "(under 1%); half of them within 30 min, nine in ten within 45 min."),
    ],
)
def test_labels_in_words(delays: Delays, text: str) -> None:
    assert describe(delays).endswith(text)


def test_coverage() -> None:
    assert coverage(Delays(8, 2, 1.0, 1.0, 1.0)) == 0.25
    assert coverage(Delays(0, 0, None, None, None)) is None
