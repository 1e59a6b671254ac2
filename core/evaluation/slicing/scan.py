"""How far a slice strays from its usual, and how rare that is among slices that do as they always did. Pure.

Two measures: `score` ranks slices (by how much likelier failures of ordinary size make what they did), `stray`
decides what is told (it allows for all of how unsteady the slice is). Its tail is fitted to what past windows showed
at the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing.usual import Usual

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

EFFECT = 0.1
"""The variance of the log-odds of a miss by which a failing slice differs from its usual, beside chance."""
WEATHER = 0.1
"""The share of a slice's unsteadiness that its rank allows for. With all of it, a failure of an unsteady slice would
rank behind trifles elsewhere."""
TAIL_RATE = 3.0
"""The tail of past strays begins where slices exceed it this often a window."""
LEAST_TAILED = 20
"""With fewer past strays nothing is said of their tail."""
NORMAL_FALL = 0.8
"""Half squares of normal deviates fall off by e in about this much; no fitted tail falls off faster."""


def scores(rises: "Array", information: "Array", usual: Usual, skew: "Array") -> "Array":
    """How much likelier each of s slices is to fail than to do as usual: the logarithm of a Bayes factor, as the
    standard errors that a test would show (the signed root of its double); below nought it rather does as usual.

    If it fails, its rise is normal around its usual with the variance EFFECT more. So a few misses in a tiny slice
    count for less than as many standard errors of a larger one, which no failure of ordinary size would bring.
    """
    import numpy as np

    unsteady = WEATHER * usual.unsteady
    chance = 1 / information + unsteady
    rise = evened(rises - usual.rise, information, unsteady, skew)
    found = np.sign(rise) * rise**2 / 2 * (1 / chance - 1 / (chance + EFFECT))
    found -= np.log1p(EFFECT / chance) / 2
    return np.asarray(np.sign(found) * np.sqrt(2 * np.abs(found)))


def strays(rises: "Array", information: "Array", usual: Usual, skew: "Array") -> "Array":
    """Half the squared deviation from the usual over all its variance, >= 0: the logarithm of a likelihood ratio."""
    import numpy as np

    rise = evened(rises - usual.rise, information, usual.unsteady, skew)
    deviation = rise / np.sqrt(1 / information + usual.unsteady)
    return np.asarray(np.maximum(deviation, 0.0) ** 2 / 2)


def evened(rise: "Array", information: "Array", unsteady: "Array", skew: "Array") -> "Array":
    """By how much a normal rise of the same variance would have to stray to be as rare, where misses are so rare that
    chance is lopsided: five misses where one was due are no four standard errors.

    Misses beyond their expectation have the variance `information` by chance, whose third moment over it is `skew` (of
    rare misses 1, of even odds 0; below nought it is taken for 0); windows differ by `unsteady` beside it, as a
    gamma-distributed rate has it. They are taken for a multiple of a Poisson variable with the same second and third
    moments, and its deviance is what half a square is of a normal one. Falls stay as they are.
    """
    import numpy as np

    wide = 1 + unsteady * information
    multiple = np.maximum(skew, 0.0) * (1 + 2 * unsteady * information)
    step = np.maximum(rise, 0.0) * multiple / wide
    small = step < 1e-4
    safe = np.where(small, 1.0, step)
    ratio = np.where(small, 1.0, 2 * ((1 + safe) * np.log1p(safe) - safe) / safe**2)
    return np.asarray(np.where(rise > 0, rise * np.sqrt(ratio), rise))


@dataclass(frozen=True)
class Tail:
    """Strays above `level` are exceeded `rate` times a window by clean slices, and fall off exponentially with the
    mean excess `scale`."""

    level: float
    scale: float
    rate: float

    def chance(self, stray: "Array") -> "Array":
        """How many clean slices of a window stray so far: expected counts, in (0, inf)."""
        import numpy as np

        return np.asarray(self.rate * np.exp(-(stray - self.level) / self.scale))


def learn_tail(past: "Sequence[Array]") -> Tail | None:
    """From the strays of the slices of each past window, as judged at the time; None when they are too few."""
    import numpy as np

    every = np.sort(np.concatenate(past))[::-1] if past else np.empty(0)
    if len(every) < LEAST_TAILED:
        return None
    count = min(len(every) - 1, max(10, min(len(every) // 10, int(TAIL_RATE * len(past)))))
    level = float(every[count])
    return Tail(level, max(NORMAL_FALL, float((every[:count] - level).mean())), count / len(past))
