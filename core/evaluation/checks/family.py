"""How far is too far: one threshold over all signals of a window, from the largest of each past window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LOWEST, HIGHEST = 2.0, 6.0
"""Bounds of the threshold: twice the largest excess of the past (or twice what starts to matter) is asked for at
least, so that a calm history promises no more than it can; six times always counts, however wild the past was."""
SHORT = 2.25
"""The threshold while the past is too short for a tail."""
NOTHING = 0.5
"""Ratios of less say nothing about a tail: half of what starts to matter."""
FEWEST = 20
"""With fewer windows the tail is not modelled."""


@dataclass(frozen=True)
class Threshold:
    """`value` is compared with the ratios of a window. `supported` is the smallest rate of windows with a false
    finding that ranks over the `windows` of the past can vouch for; a smaller `asked` rate rests on the modelled
    tail and on the floors."""

    value: float
    asked: float
    supported: float
    windows: int

    def __str__(self) -> str:
        basis = "ranks" if self.asked >= self.supported else "the modelled tail"
        return (
            f"asked: at most {self.asked:.2%} of windows with a false finding; {self.windows} past windows vouch for "
            f"{self.supported:.2%} by ranks, so the threshold of {self.value:.1f} rests on {basis}"
        )


def threshold(largest: Sequence[float], rate: float) -> Threshold:
    """From the largest ratio of each past window, at the asked rate of windows with any false finding.

    The tail of the ratios is taken for a power law (Hill, 1975, on the upper tenth); the largest fiftieth is left
    out, since a past holds incidents. The value is kept between LOWEST and HIGHEST; with fewer than FEWEST windows
    it is SHORT.
    """
    n = len(largest)
    supported = 1 / (n + 1)
    if n < FEWEST:
        return Threshold(SHORT, rate, supported, n)
    ordered = np.sort(np.maximum(np.asarray(largest, dtype=float), NOTHING))[::-1]
    kept = ordered[n // 50 :]
    upper = max(5, n // 10)
    start = float(kept[upper])
    slope = float(np.mean(np.log(kept[:upper] / start)))
    value = start * (upper / (n * rate)) ** slope
    return Threshold(float(np.clip(value, LOWEST, HIGHEST)), rate, supported, n)
