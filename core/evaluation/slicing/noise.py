"""How unsteady slices are by themselves: what each usually misses, and how blocks of time differ. Pure.

The misses of a slice in a block are beta-binomial around what is expected of it: mostly with a small correlation
(calm), sometimes with a large one (a storm over one airport). A slice that fails all through a window is then told
from one that had a single bad block. Every figure of a slice is shrunk towards that of all slices together, so that
slices of few rows neither shine nor shock; the method of moments within expectation-maximisation.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

ROUNDS = 10
BLOCKS_OF_PRIOR = 40
"""How many past blocks the figures of all slices together are worth beside a slice's own."""


@dataclass(frozen=True)
class Noise:
    """Of s slices: `usual` is the share by which each misses more often than expected of its rows, in (-1, 1);
    `calm` and `storm` are correlations within a block, in (0, 1); `stormy` the share of blocks under a storm."""

    usual: "Array"
    calm: "Array"
    storm: "Array"
    stormy: "Array"


def learn_noise(rows: "Array", misses: "Array", expected: "Array") -> Noise:
    """From (blocks, slices) arrays of the past. Slices without any past get the figures of all together."""
    import numpy as np

    seen = rows >= 1
    mean = np.clip(expected / np.maximum(rows, 1), 1e-4, 1 - 1e-4)
    variance = np.maximum(rows * mean * (1 - mean), 1e-6)
    slices = rows.shape[1]
    usual, stormy = np.zeros(slices), np.full(slices, 0.15)
    calm, storm = np.full(slices, 0.005), np.full(slices, 0.15)
    for _ in range(ROUNDS):
        left = misses - expected - rows * usual
        steady = _steady(left, rows, variance, calm, storm, stormy) * seen
        usual = _usual(misses - expected, rows, variance, steady, seen, calm, storm)
        left = misses - expected - rows * usual
        calm = np.clip(_correlation(left, rows, variance, steady, BLOCKS_OF_PRIOR), 1e-3, 0.3)
        storm = _correlation(left, rows, variance, (1 - steady) * seen, BLOCKS_OF_PRIOR / 4)
        storm = np.clip(np.maximum(storm, 3 * calm), 2e-3, 0.6)
        overall = np.clip(((1 - steady) * seen).sum() / max(seen.sum(), 1), 0.02, 0.4)
        stormy = ((1 - steady) * seen).sum(0) + overall * BLOCKS_OF_PRIOR
        stormy /= seen.sum(0) + BLOCKS_OF_PRIOR
    return Noise(usual, calm, storm, stormy)


def _steady(
    left: "Array", rows: "Array", variance: "Array", calm: "Array", storm: "Array", stormy: "Array"
) -> "Array":
    """The probability that each block was calm (normal approximation)."""
    import numpy as np

    def density(correlation: "Array") -> "Array":
        spread = variance * (1 + np.maximum(rows - 1, 0) * correlation)
        return np.asarray(np.exp(-(left**2) / (2 * spread)) / np.sqrt(spread))

    a, b = (1 - stormy) * density(calm), stormy * density(storm)
    return np.asarray(a / (a + b + 1e-300))


def _usual(
    excess: "Array",
    rows: "Array",
    variance: "Array",
    steady: "Array",
    seen: "Array",
    calm: "Array",
    storm: "Array",
) -> "Array":
    """Mean excess per row, weighted by precision, then shrunk towards zero by how much slices really differ."""
    import numpy as np

    def precision(correlation: "Array") -> "Array":
        return np.asarray(1 / (variance * (1 + np.maximum(rows - 1, 0) * correlation)))

    weight = (steady * precision(calm) + (1 - steady) * precision(storm)) * rows * seen
    known = np.maximum((weight * rows).sum(0), 1e-9)
    raw = (weight * excess).sum(0) / known
    total = rows.sum(0)
    large = total >= 100
    if not large.any():
        return np.zeros(rows.shape[1])
    spread = np.average(raw[large] ** 2 - 1 / known[large], weights=np.minimum(total[large], 1000))
    between = max(1e-5, float(spread))
    return np.asarray(raw * between / (between + 1 / known))


def _correlation(left: "Array", rows: "Array", variance: "Array", weight: "Array", prior: float) -> "Array":
    """Correlation of outcomes within a block, by moments; a slice's own within [.3, 4] times that of all."""
    import numpy as np

    pairs = variance * np.maximum(rows - 1, 0) / np.maximum(rows, 1)
    excess = weight * (left**2 - variance) / np.maximum(rows, 1)
    overall = max(1e-4, float(excess.sum() / max((weight * pairs).sum(), 1e-9)))
    usable = pairs[rows >= 5]
    worth = prior * (float(np.median(usable)) if usable.size else 1.0)
    own = (excess.sum(0) + overall * worth) / ((weight * pairs).sum(0) + worth)
    return np.asarray(np.clip(own, 0.3 * overall, 4 * overall))
