"""Metrics of a binary classifier from counts, each with an interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
"""The coverage that every interval here aims at."""


@dataclass(frozen=True)
class Measured:
    """A metric in [0, 1] over `labels` labelled predictions, with its interval `[low, high]`."""

    value: float
    low: float
    high: float
    labels: int


def deviation(measured: Measured) -> float:
    """What chance does to a metric over so many labels, as a standard deviation, by the width of its interval."""
    return (measured.high - measured.low) / (2 * NormalDist().inv_cdf((1 + CONFIDENCE) / 2))


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of a proportion, within [0, 1].

    Unlike the textbook interval it neither leaves [0, 1] nor collapses when all trials agree, and it is usable
    from a handful of trials on. ValueError without trials, or when there are more successes than trials.
    Source: Wilson (1927); Brown, Cai, DasGupta (2001), "Interval estimation for a binomial proportion".
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def accuracy(right: int, labels: int) -> Measured | None:
    """The share of predictions that were right, with Wilson's interval; None when no label is known."""
    if labels == 0:
        return None
    low, high = wilson(right, labels)
    return Measured(right / labels, low, high, labels)


def auc(histogram: Mapping[int, tuple[int, int]]) -> Measured | None:
    """The area under the ROC curve: how often a positive scores above a negative, ties counting half.

    `histogram` maps a score's bin to its number of (negatives, positives). Scores within a bin are ties, so the
    error is at most half the share of pairs that fall into one bin (with 1,000 bins and spread-out scores below
    .001). None while one of the classes has no label. The interval is Hanley and McNeil's (1982), which assumes
    about ten labels of each class; with fewer it is wide, and cut to [0, 1].
    """
    negatives = sum(n for n, _ in histogram.values())
    positives = sum(p for _, p in histogram.values())
    if not negatives or not positives:
        return None
    below, won = 0, 0.0
    for _, (n, p) in sorted(histogram.items()):
        won += p * (below + n / 2)
        below += n
    value = won / (negatives * positives)
    spread = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * _hanley_mcneil(value, positives, negatives)
    return Measured(value, max(0.0, value - spread), min(1.0, value + spread), negatives + positives)


def _hanley_mcneil(value: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC."""
    two_positives = value / (2 - value)
    two_negatives = 2 * value * value / (1 + value)
    variance = (
        value * (1 - value)
        + (positives - 1) * (two_positives - value * value)
        + (negatives - 1) * (two_negatives - value * value)
    ) / (positives * negatives)
    return sqrt(max(0.0, variance))
