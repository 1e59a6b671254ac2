"""How much better a lasting failure explains a slice's window than its own noise does. Pure.

The scan statistic is the logarithm of the likelihood ratio (natural): the best constant rise of the odds of a miss
over all blocks, against none (in the manner of Kulldorff, 1997, with the noise of `noise` in place of Poisson's).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing.noise import Noise

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

RISES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Rises of the log-odds of a miss that are tried."""
MINIMUM_LABELS = 30
"""A slice with fewer known labels in a window is not judged."""
SIZES = (30, 60, 100, 170, 300, 600)
"""Slices are compared with past slices of about their size: small ones stray further."""
TAIL_RATE = 3.0
"""The tail of past ratios begins where slices of a size exceed it this often a window."""


def likelihood_ratios(rows: "Array", misses: "Array", expected: "Array", noise: Noise) -> "Array":
    """The statistic of s slices from (blocks, s) arrays of one window, each >= 0; 0 below MINIMUM_LABELS."""
    import numpy as np
    from scipy.special import expit, logit

    mean = np.clip(expected / np.maximum(rows, 1) + noise.usual, 0.005, 0.95)
    odds = logit(mean)

    def likelihood(rise: float) -> "Array":
        p = expit(odds + rise)
        calm = np.log1p(-noise.stormy) + _beta_binomial(misses, rows, p, noise.calm)
        storm = np.log(noise.stormy) + _beta_binomial(misses, rows, p, noise.storm)
        return np.asarray(np.where(rows > 0, np.logaddexp(calm, storm), 0.0).sum(0))

    best = np.max([likelihood(rise) for rise in RISES], axis=0) - likelihood(0.0)
    return np.where(rows.sum(0) >= MINIMUM_LABELS, np.maximum(best, 0.0), 0.0)


def _beta_binomial(misses: "Array", rows: "Array", p: "Array", correlation: "Array") -> "Array":
    """Log-likelihood without the binomial coefficient, which no rise changes."""
    from scipy.special import betaln

    strength = 1 / correlation - 1
    a, b = p * strength, (1 - p) * strength
    result: Array = betaln(misses + a, rows - misses + b) - betaln(a, b)
    return result


@dataclass(frozen=True)
class Tails:
    """By size of slice: ratios above `level` are exceeded `rate` times a window, and fall off exponentially with
    the mean excess `scale`. Empty while no past was judged: nothing can be said of chance then."""

    level: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    rate: tuple[float, ...] = ()


def learn_tails(past: "list[tuple[Array, Array]]") -> Tails:
    """From the labels and the ratios of the slices of each past window (two arrays each), as judged at the time."""
    import numpy as np

    if not past:
        return Tails()
    sizes = np.concatenate([size_of(labels) for labels, _ in past])
    ratios = np.concatenate([ratio for _, ratio in past])
    fitted = [_tail(ratios[sizes == size], len(past)) for size in range(len(SIZES))]
    known = [each for each in fitted if each is not None]
    if not known:
        return Tails()
    whole = [each or known[0] for each in fitted]
    return Tails(*(tuple(each[i] for each in whole) for i in range(3)))


def _tail(ratios: "Array", windows: int) -> tuple[float, float, float] | None:
    import numpy as np

    if len(ratios) < 20:
        return None
    ordered = np.sort(ratios)[::-1]
    count = max(10, min(len(ordered) // 10, int(TAIL_RATE * windows)))
    level = float(ordered[count])
    return level, max(0.5, float((ordered[:count] - level).mean())), count / windows


def size_of(labels: "Array") -> "Array":
    """The index of each slice's size, -1 for those that are not judged."""
    import numpy as np

    return np.searchsorted(np.asarray(SIZES), labels, side="right") - 1


def chance(ratios: "Array", labels: "Array", tails: Tails) -> "Array":
    """How often a window a clean slice of the size reaches such a ratio: expected counts, in (0, inf)."""
    import numpy as np

    if not tails.level:
        return np.full(len(ratios), np.inf)
    size = np.maximum(size_of(labels), 0)
    level, scale, rate = (np.asarray(part)[size] for part in (tails.level, tails.scale, tails.rate))
    return np.where(size_of(labels) >= 0, rate * np.exp(-(ratios - level) / scale), np.inf)


def rank_score(ratios: "Array", labels: "Array", tails: Tails) -> "Array":
    """What slices are ranked by: how far the ratio lies above what slices of its size reach once a window, in
    units of the square root of the tail's scale (between ranking by the ratio itself and by chance alone)."""
    import numpy as np

    if not tails.level:
        return ratios
    size = np.maximum(size_of(labels), 0)
    level, scale, rate = (np.asarray(part)[size] for part in (tails.level, tails.scale, tails.rate))
    return np.where(size_of(labels) >= 0, (ratios - level - scale * np.log(rate)) / np.sqrt(scale), -np.inf)
