"""How each slice usually does, and how unsteady it is from window to window. Pure.

A slice's past rises of log-odds are normal around its usual with a variance of its own beside that of their
estimates. Both are shrunk (empirical Bayes) towards what all slices together show, so that slices of few rows
neither shine nor shock.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

ROUNDS = 6
LEAST_KNOWN = 0.5
"""A past window with less information about a slice (as a variance of misses) tells nothing of it."""
MOST_KNOWN = 30.0
"""Windows with more information count as this much where it is asked how far windows differ."""


@dataclass(frozen=True)
class Usual:
    """Of s slices: the usual rise of the log-odds of a miss beyond what is expected of its rows, and the variance
    (log-odds squared) by which windows differ beside chance."""

    rise: "Array"
    unsteady: "Array"


def learn_usual(rises: "Array", information: "Array") -> Usual:
    """From (windows, slices) arrays of the past; without any past the rise is nought. Information 0: not seen."""
    import numpy as np

    seen = information >= LEAST_KNOWN
    chance = 1 / np.maximum(information, 1e-6)
    weight = np.where(seen, np.minimum(information, MOST_KNOWN), 0.0)
    usual, unsteady = np.zeros(rises.shape[1]), np.full(rises.shape[1], 0.02)
    if not seen.any():
        return Usual(usual, unsteady)
    for _ in range(ROUNDS):
        usual = _shrunk(rises, np.where(seen, 1 / (chance + unsteady), 0.0))
        excess = (weight * ((rises - usual) ** 2 - chance)).sum(0)
        size = weight.sum(0)
        whole = max(1e-4, float(excess.sum() / size.sum()))
        worth = float(np.median(size[size > 0]))
        unsteady = np.clip((excess + worth * whole) / (size + worth), 0.2 * whole, 6 * whole)
    return Usual(usual, unsteady)


def _shrunk(rises: "Array", weight: "Array") -> "Array":
    """Means weighted by precision, shrunk towards nought by how much slices really differ."""
    import numpy as np

    known = np.maximum(weight.sum(0), 1e-9)
    raw = (weight * rises).sum(0) / known
    between = max(1e-4, float(np.average(raw**2 - 1 / known, weights=np.minimum(known, 50))))
    return np.asarray(raw * between / (between + 1 / known))
