"""The offline-online gap: does a version do live what it did on held-out rows, right after its deployment?"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

TRIFLE = 0.02
"""A gap of two points matters to nobody, however certain it is."""


@dataclass(frozen=True)
class Proven:
    """A share metric (accuracy, AUC) in [0, 1] over `labels` rows: held out before, or live after a deployment."""

    value: float
    labels: int


@dataclass(frozen=True)
class Gap:
    """`points` is offline minus online, positive when the version does worse live; `low` its lower bound.

    `found` that it is a finding, `reason` the sentence that people read.
    """

    points: float
    low: float
    found: bool
    reason: str


def offline_online_gap(
    version: str, offline: Proven, online: Proven, usual: Proven | None, minimum: int, confidence: float = 0.99
) -> Gap | None:
    """Whether a version does worse live than its held-out rows promised; None below `minimum` labels on either side.

    `usual` is what the version before it did live over the days before the deployment: if that fell short of the
    promise by as much, the world moved, and not the deployment. The bound is one-sided and normal, with the variance
    of a proportion for each side, which for an AUC is close enough at hundreds of labels.
    """
    if min(offline.labels, online.labels) < max(1, minimum):
        return None
    points = offline.value - online.value
    spread = sqrt(_variance(offline) + _variance(online))
    low = points - NormalDist().inv_cdf(confidence) * spread
    found = low > TRIFLE and not _moved(offline, online, usual, spread)
    live = f"v{version} reached {online.value:.1%} live on {online.labels:,} labels"
    figures = f"{live} and {offline.value:.1%} on held-out rows"
    if found:
        reason = (
            f"{figures}: {points * 100:.1f} points less right after its deployment. That is mostly a feature that is "
            "computed another way when serving, or held-out rows that leak."
        )
    elif low > TRIFLE:
        reason = f"{figures}, but so did the version before it: the world has moved since, not the deployment."
    else:
        reason = f"{figures}: no gap that matters."
    return Gap(points, low, found, reason)


def _moved(offline: Proven, online: Proven, usual: Proven | None, spread: float) -> bool:
    """Whether the version before fell short of this one's promise just as much, within twice the noise."""
    return (
        usual is not None
        and usual.labels > 0
        and usual.value <= online.value + min(2 * spread, TRIFLE) < offline.value
    )


def _variance(proven: Proven) -> float:
    share = min(max(proven.value, 0.5 / proven.labels), 1 - 0.5 / proven.labels)
    return share * (1 - share) / proven.labels
