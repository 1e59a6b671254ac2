"""The offline-online gap: does a version do live what it did on held-out rows, right after its deployment?"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from core.config.metric import Metric, points
from core.evaluation.metric import Measured, deviation

TRIFLE = 2.0
"""A gap of two points (`points`) matters to nobody, however certain it is."""
CONFIDENCE = 0.99
"""Of the one-sided bound that a gap is found by."""
USUALLY = "a feature that is computed another way when serving, or held-out rows that leak"


@dataclass(frozen=True)
class Gap:
    """How much worse than promised a version does live, in the unit of the metric: `worse`, its lower bound `low`, and
    what would be a `trifle`.

    `found` that it is a finding, `reason` the sentence that people read. `moved`: the versions before fell short of the
    promise as much.
    """

    worse: float
    low: float
    trifle: float
    found: bool
    reason: str
    moved: bool = False

    @property
    def over(self) -> bool:
        """Whether one that was found is none any more. That nobody is sure of it any more is not enough: it would come
        and go with every few labels."""
        return self.moved or self.worse <= self.trifle


@dataclass(frozen=True)
class Live:
    """A fresh `version` by its labels that are in, and what those before it did in the days before (`usual`). `wander`
    is how far so many windows usually stray, as a standard deviation: more than their labels' chance where each day has
    its weather; None where too few windows are known. `aged`: its first week is over."""

    version: str
    now: Measured
    usual: Measured | None = None
    wander: float | None = None
    aged: bool = False


def offline_online_gap(
    metric: Metric, unit: str, offline: Measured, live: Live, minimum: int, confidence: float = CONFIDENCE
) -> Gap | None:
    """Whether a version does worse live than its held-out rows promised; None below `minimum` labels on either side, or
    where either has no interval.

    If the versions before it fell short of the promise by as much, the world moved, and not the deployment. The bound
    is one-sided and normal; the noise of either side is that of its interval (`measure`), live that of windows where
    these stray further.
    """
    noise = deviation(offline), deviation(live.now)
    if min(offline.labels, live.now.labels) < max(1, minimum) or noise[0] is None or noise[1] is None:
        return None
    spread = sqrt(noise[0] ** 2 + max(noise[1], live.wander or 0.0) ** 2)
    trifle = points(TRIFLE, offline.value, higher=metric.higher_is_better)
    worse = _worse(metric, offline, live.now)
    low = worse - NormalDist().inv_cdf(confidence) * spread
    certain, moved = low > trifle, _moved(metric, offline, live, min(2 * spread, trifle))
    return Gap(
        worse, low, trifle, certain and not moved, _reason(metric, unit, offline, live, certain, moved), moved
    )


def _worse(metric: Metric, offline: Measured, online: Measured) -> float:
    return offline.value - online.value if metric.higher_is_better else online.value - offline.value


def _moved(metric: Metric, offline: Measured, live: Live, room: float) -> bool:
    """Whether the versions before fell short of this one's promise just as much, within `room`."""
    if live.usual is None or live.usual.labels <= 0:
        return False
    usual, now = _worse(metric, offline, live.usual), _worse(metric, offline, live.now)
    return usual >= now - room > 0


def _reason(metric: Metric, unit: str, offline: Measured, live: Live, certain: bool, moved: bool) -> str:
    reached = f"v{live.version} reached {metric.spoken} {metric.written(live.now.value, unit)} live"
    held_out = f"{metric.written(offline.value, unit)} on held-out rows"
    figures = f"{reached} on {live.now.labels:,} labels and {held_out}"
    if not certain:
        return f"{figures}: no gap that matters."
    if moved:
        return f"{figures}, but so did the version before it: the world has moved since, not the deployment."
    apart = live.now.value - offline.value
    by = f"{metric.change(apart, unit)[1:]} {'more' if apart > 0 else 'less'}"
    since = ", and still so after its first week" if live.aged else " right after its deployment"
    return f"{figures}: {by}{since}. That is mostly {USUALLY}."
