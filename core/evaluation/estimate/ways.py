"""The answers that are weighed against each other: of every window what they said as long after its start, each by the
windows whose metric was known by then."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.medians import running_medians

HALF_LIFE = 60.0
"""Windows after which a past one counts half for the correction."""
RECENT = 7
"""Windows whose mean, and whose mean miss, stand beside the correction."""
FEWEST_EARLY = 5
"""The labels in are one of the answers from so many windows on that had some."""
STEADY = 3.0
"""So many windows without a miss stand beside the mean miss of what is shrunk by them."""


@dataclass(frozen=True)
class Said:
    """What was said of m windows, oldest first, in the metric's unit: by the snapshot, without any shock (`plain`),
    and by the labels in alone (`early`, NaN: none). `place` is where they lie, in windows, and the oldest `known[i]` of
    them had their metric known by window i's time."""

    value: Floats
    plain: Floats
    early: Floats
    place: Floats
    known: Ints


def ways(said: Said, truth: Floats, scale: Floats, prior: Floats) -> Floats:
    """m x 6 answers in the metric's unit: the corrected snapshot, the newest known windows' mean, the snapshot with
    their mean miss, and with the mean miss of all known what is said without shocks and what the labels in say alone;
    and the snapshot as it is. Nothing but the last where no window is known.

    `truth` and `scale` (n) are of the windows whose metric is known now, n <= m, and what it turned out to be; `prior`
    as in `_moved`.
    """
    count = len(truth)
    at, here = said.place[:count], said.place
    age = np.where(np.arange(count) < said.known[:, None], here[:, None] - at, np.inf)
    weight: Floats = 0.5 ** (age / HALF_LIFE)
    miss, short, early = (truth - each[:count] for each in (said.value, said.plain, said.early))
    moved = _moved(said, weight, miss, scale, prior)
    newest, few = np.minimum(said.known, RECENT), np.maximum(said.known, 1)
    last = _sum_of_last(truth, said.known, newest) / np.minimum(few, RECENT)
    leaning = _sum_of_last(miss, said.known, newest) / (newest + 1)
    plain = said.plain + weight @ short / (weight.sum(axis=1) + STEADY)
    told = np.isfinite(early)
    had, early_miss = (np.append(0.0, np.cumsum(each))[said.known] for each in (told, np.where(told, early, 0.0)))
    counts = np.isfinite(said.early) & (had >= FEWEST_EARLY)
    alone = np.where(counts, said.early + early_miss / (had + STEADY), moved)
    found = np.column_stack([moved, last, said.value + leaning, plain, alone, said.value])
    return np.where(said.known[:, None] > 0, found, said.value[:, None])


def _sum_of_last(values: Floats, known: Ints, newest: Ints) -> Floats:
    """Of each window's known ones the newest so many added up."""
    return np.array([values[end - size : end].sum() for end, size in zip(known, newest, strict=True)], float)


def _moved(said: Said, weight: Floats, miss: Floats, scale: Floats, prior: Floats) -> Floats:
    """Each snapshot's value plus the miss to expect of it: a ridge regression on a constant and the value's distance
    from its mean, of the known windows by `weight` (m x n), shrunk to no correction by a prior as wide as the snapshots
    are vague: `prior` holds the standard deviations of both, in typical deviations of a snapshot.

    With few labels in, a constant miss belongs to the season that is past, with many to the way labels arrive, which
    stays: the prior of the constant widens with their share.
    """
    own, past = said.value[:, None], said.value[: len(miss)]
    counts = weight / scale**2
    total = np.maximum(counts.sum(axis=1), 1e-300)[:, None]
    middle = counts @ past[:, None] / total
    apart = past - middle
    spread = np.maximum(np.sqrt((counts * apart**2).sum(axis=1, keepdims=True) / total), 1e-9)
    off = apart / spread
    typical = running_medians(scale)[np.maximum(said.known, 1) - 1] if len(scale) else np.ones(len(own))
    level, slope = 1 / (prior[:, None] * typical) ** 2
    # The normal equations of two unknowns.
    ones, squares = total[:, 0] + level, (counts * off**2).sum(axis=1) + slope
    mixed = (counts * off).sum(axis=1)
    left, right = counts @ miss, (counts * off) @ miss
    whole = ones * squares - mixed**2
    constant, steep = (squares * left - mixed * right) / whole, (ones * right - mixed * left) / whole
    return np.asarray(said.value + constant + steep * np.clip((own - middle) / spread, -4, 4)[:, 0])
