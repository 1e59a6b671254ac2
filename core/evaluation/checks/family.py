"""How far is too far: a threshold over the signals of one nature, from the largest of each past window.

What one column does by itself (levels, categories), how columns go together, when rows come and whether values come
again have tails of their own: wild levels say nothing about how wild the number of rows is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.evaluation.checks.signals import LATELY

LOWEST, HIGHEST = 2.0, 6.0
"""Bounds of the threshold: twice the largest excess of the past (or twice what starts to matter) is asked for at
least, so that a calm history promises no more than it can; six times always counts, however wild the past was."""
FEW = 50
"""In a shorter past nobody can tell an incident from a column that is wild by nature: it counts as the latter."""
EXTREME = 20.0
"""Bound of the threshold in a past of fewer than FEW windows, that may ask for all that it has seen."""
WILDEST = 100.0
"""Bound of the limit that many checks have together: the largest of them all is wilder than that of any one."""
RIGID_LOWEST = 1.2
"""Of the threshold of what is RIGID, in a long past: what never went half as far as what starts to matter, and now goes
so far, has changed. The shorter the past, the nearer to LOWEST it is."""
SHORT = 2.25
"""The threshold while the past is too short for a tail."""
NOTHING = 0.5
"""Ratios of less say nothing about a tail: half of what starts to matter."""
FEWEST = 20
"""With fewer windows the tail is not modelled."""


class Nature(StrEnum):
    """What a signal is about: when and how many ROWS come; whether values are there, readable and in their FORM;
    which VALUES they are; whether they come AGAIN or in another order; how columns go TOGETHER. What is RIGID, of
    whichever of these, has never gone half as far as what starts to matter, and counts for both."""

    ROWS = "rows"
    FORM = "form"
    LASTING = "lasting"
    VALUES = "values"
    AGAIN = "again"
    TOGETHER = "together"
    RIGID = "rigid"


FORM = frozenset(
    {"missing", "failures", "constant", "form", "pattern", "length", "unseen", "unheard", "between", "sign"}
)
AGAIN = frozenset({"again", "flow", "ties"})


def nature_of(check: str, columns: Sequence[str]) -> Nature:
    """By a signal's name and its columns."""
    if not columns:
        return Nature.ROWS
    name, _, partner = check.partition("/")
    if len(columns) > 1 or partner == "clock":
        return Nature.TOGETHER
    if name.endswith(LATELY):
        return Nature.LASTING
    return Nature.FORM if name in FORM else Nature.AGAIN if name in AGAIN else Nature.VALUES


Largest = Mapping[Nature, float]
"""The largest ratio of each nature in one window; 0 where there is none."""


def thresholds(largest: Sequence[Largest], rate: float) -> dict[Nature, "Threshold"]:
    """One for each nature; those that are not calm share the asked rate."""
    by_nature = {nature: [each.get(nature, 0.0) for each in largest] for nature in Nature}
    wild = _wild(by_nature, rate)
    return {
        nature: threshold(each, rate / max(1, wild), lowest=_lowest(nature, len(each)))
        for nature, each in by_nature.items()
    }


def _lowest(nature: Nature, windows: int) -> float:
    rigid = nature is Nature.RIGID and windows >= FEW
    return min(LOWEST, calm_limit(windows, RIGID_LOWEST)) if rigid else LOWEST


def pooled(pasts: Sequence[Sequence[Largest]], rate: float) -> dict[Nature, float]:
    """Limits for several checks that are told together, such as those of a pipeline's slices, so that all of them have
    the asked rate: from the largest ratio over all of them in each past window, the newest of each being the same.

    Up to WILDEST: what is wild among many is wilder than six times the largest of one. While ranks vouch for no such
    rate, at least all that any of them has shown.
    """
    windows = range(1, max(map(len, pasts), default=0) + 1)
    together = [
        {nature: max(past[-back].get(nature, 0.0) for past in pasts if len(past) >= back) for nature in Nature}
        for back in windows
    ]
    found = {nature: [each[nature] for each in together] for nature in Nature}
    wild = _wild(found, rate)
    seen = {n: min(WILDEST, max(each)) if each and len(each) * rate < 1 else 0.0 for n, each in found.items()}
    return {
        nature: max(seen[nature], threshold(each, rate / max(1, wild), WILDEST).value)
        for nature, each in found.items()
    }


def _wild(largest: Mapping[Nature, Sequence[float]], rate: float) -> int:
    """How many natures are not calm; what is RIGID is of one of the others, too, and what is LASTING comes after what
    tells the same at once."""
    apart = (Nature.RIGID, Nature.LASTING)
    return sum(threshold(v, rate).value > LOWEST for nature, v in largest.items() if nature not in apart)


def calm_limit(windows: int, lowest: float = LOWEST) -> float:
    """What a signal needs that never moved by itself, however wild the others of its nature are: the less the
    shorter its past is."""
    return lowest * (1 + FEW / max(1, windows)) if windows >= FEW else EXTREME


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


def threshold(
    largest: Sequence[float], rate: float, highest: float = HIGHEST, lowest: float = LOWEST
) -> Threshold:
    """From the largest ratio of each past window, at the asked rate of windows with any false finding.

    The tail of the ratios is taken for a power law (Hill, 1975, on the upper tenth); the largest of each 200 are left
    out, since a past holds incidents. The value is kept between LOWEST and `highest`; with fewer than FEWEST windows
    it is SHORT. With fewer than FEW windows the largest of all is asked for at least (ranks vouch for no less), up to
    EXTREME.
    """
    n = len(largest)
    supported = 1 / (n + 1)
    if n < FEWEST:
        return Threshold(SHORT, rate, supported, n)
    ordered = np.sort(np.maximum(np.asarray(largest, dtype=float), NOTHING))[::-1]
    kept = ordered[n // 200 :]
    upper = max(5, n // 10)
    start = float(kept[upper])
    slope = float(np.mean(np.log(kept[:upper] / start)))
    value = start * (upper / (n * rate)) ** slope
    if n < FEW:
        return Threshold(float(np.clip(max(value, ordered[0]), LOWEST, EXTREME)), rate, supported, n)
    return Threshold(float(np.clip(value, lowest, highest)), rate, supported, n)
