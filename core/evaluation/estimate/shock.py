"""Shocks that neighbours in time share: how strong they were, and what the evidence so far says about them.

Predictions of an afternoon go wrong together. The shock b(t) is a Gaussian process over time, a sum of
Ornstein-Uhlenbeck processes; evidence is pooled in cells of time, and the posterior is Laplace's approximation.
"""

from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.outcome import Evidence

MEMORIES = (0.04, 0.15, 0.5, 2.0, 10.0)
"""How long each part of the shock lasts (1/e), in windows: from an hour of a day to a week and a half."""
PER_WINDOW = 24
"""Cells a window for the moments of the past."""
STRONGEST = 4.0
"""No part of the shock is taken for stronger (variance of log-odds), whatever the past says."""
BY_CHANCE = 4.0
"""Without any shock the best fit explains about so much of the covariances' squares, each in its own deviations."""
FURTHEST = 14
"""Covariances are looked at over this many windows."""
FEWEST_AT_A_TIME = 14
"""Windows below which nobody knows when in a window shocks are strong."""
AS_ALL = 30.0
"""So many windows in which no part of a window differed from the others stand beside those that are known."""
WEAKEST_PART, STRONGEST_PART = 0.25, 4.0
"""How far the variance in one part of a window may lie from that of all, as a share of it."""


@dataclass(frozen=True)
class Shocks:
    """The variance of each of MEMORIES, and of what a single cell has alone; `strengths` are the deviations of
    PER_WINDOW parts of a window, as shares of the usual one: evenings may be stormier than mornings."""

    variances: tuple[float, ...]
    alone: float
    strengths: tuple[float, ...] = (1.0,) * PER_WINDOW

    def capped(self, most: float) -> "Shocks":
        """The same shape, with at most this variance in all."""
        part = min(1.0, most / max(self.variance, 1e-12))
        return replace(self, variances=tuple(each * part for each in self.variances), alone=self.alone * part)

    @property
    def variance(self) -> float:
        """Of the shock at an instant of usual strength."""
        return sum(self.variances) + self.alone

    def strength(self, time: Floats) -> Floats:
        """The deviation at these times, in windows since 1970, as a share of the usual one."""
        part = np.floor((time % 1.0) * PER_WINDOW).astype(np.int64) % PER_WINDOW
        return np.array(self.strengths)[part]

    def covariance(self, time: Floats) -> Floats:
        """Between cells at these times, in windows since 1970."""
        apart = np.abs(time[:, None] - time[None, :])
        total = self.alone * np.eye(len(time))
        for memory, variance in zip(MEMORIES, self.variances, strict=True):
            if variance > 0:
                total += variance * np.exp(-apart / memory)
        strength = self.strength(time)
        return np.asarray(strength[:, None] * total * strength[None, :])


def learn_shocks(time: Floats, gap: Floats, weight: Floats, *, even: bool = False) -> Shocks:
    """Strengths from the past, by moments.

    Per row: `time` in windows since 1970, `gap` the score (how far the outcome was from what the features say) and
    `weight` its variance without shocks. For two cells the product of the summed gaps has the mean weight x weight x
    covariance; the covariance by distance is then split into the MEMORIES by non-negative least squares. Without a
    past, no shocks. `even`: they are as strong in every part of a window.
    """
    from scipy.optimize import nnls

    if not len(time):
        return Shocks((0.0,) * len(MEMORIES), 0.0)
    cell = np.floor(time * PER_WINDOW).astype(np.int64)
    cells = cell.max() - cell.min() + 1
    gaps: Floats = np.bincount(cell - cell.min(), gap, cells).astype(float)
    weights: Floats = np.bincount(cell - cell.min(), weight, cells).astype(float)
    part = (cell.min() + np.arange(cells)) % PER_WINDOW
    strengths = np.ones(PER_WINDOW) if even else _strengths(part, gaps**2 - weights, weights**2)
    own = weights * strengths[part]
    lags = np.unique(np.r_[np.arange(PER_WINDOW), np.geomspace(PER_WINDOW, FURTHEST * PER_WINDOW, 40).astype(int)])
    lags = lags[lags < cells]
    size = np.array([_product(own, own, lag) for lag in lags])
    seen = np.array([_product(gaps, gaps, lag) for lag in lags])
    seen[0] -= weights.sum()  # a cell's own noise
    parts = np.column_stack([np.exp(-lags / PER_WINDOW / memory) for memory in MEMORIES] + [lags == 0])
    told = np.sqrt(size) * seen / np.maximum(size, 1e-12)
    found, left = nnls(parts * np.sqrt(size)[:, None], told)
    gain = float(told @ told) - left**2
    found = np.minimum(found, STRONGEST) * max(0.0, 1 - BY_CHANCE / max(gain, 1e-12))
    return Shocks(tuple(found[:-1].tolist()), float(found[-1]), tuple(strengths.tolist()))


def _strengths(part: Ints, excess: Floats, size: Floats) -> Floats:
    """How strong shocks are in each part of a window, from cells: `excess` is the square of a cell's gap beyond chance,
    `size` what it would be of a shock of variance 1. Neighbours are pooled, all drawn to the mean by AS_ALL windows."""
    whole = float(excess.sum()) / max(float(size.sum()), 1e-12)
    windows = len(part) / PER_WINDOW
    if whole <= 0 or windows < FEWEST_AT_A_TIME:
        return np.ones(PER_WINDOW)
    sizes = _pooled(np.bincount(part, size, PER_WINDOW).astype(float))
    share = _pooled(np.bincount(part, excess, PER_WINDOW).astype(float)) / np.maximum(sizes, 1e-12) / whole
    # A part in which hardly anything is predicted tells as little.
    told = windows * np.minimum(sizes / float(sizes.mean()), 1.0)
    held = np.clip((share * told + AS_ALL) / (told + AS_ALL), WEAKEST_PART, STRONGEST_PART)
    return np.asarray(np.sqrt(held / float(sizes @ held / sizes.sum())))


def _product(left: Floats, right: Floats, lag: int) -> float:
    return float(left[: len(left) - lag] @ right[lag:])


def _pooled(sums: Floats) -> Floats:
    """Each part with its neighbours."""
    near = sum(weight * (np.roll(sums, step) + np.roll(sums, -step)) for step, weight in ((1, 2 / 9), (2, 1 / 9)))
    return np.asarray(sums / 3 + near)


@dataclass(frozen=True)
class Posterior:
    """The shock of each cell: its mean, and the covariance between cells."""

    mean: Floats
    covariance: Floats

    def draws(self, cells: Ints, count: int) -> Floats:
        """Shocks of these cells x `count` draws, in pairs that mirror each other around the mean, always the same."""
        shape = self.covariance[np.ix_(cells, cells)] + 1e-6 * np.eye(len(cells))
        # By eigenvalues: a covariance that rounding made indefinite must not fail a report.
        values, vectors = np.linalg.eigh(shape)
        half = np.random.default_rng(0).standard_normal((len(cells), count // 2))
        moved = vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * half)
        return np.asarray(self.mean[cells][:, None] + np.concatenate([moved, -moved], axis=1))


def infer(prior: Floats, cell: Ints, place: Floats, evidence: Evidence, steps: int = 12) -> Posterior:
    """The posterior of the shocks by Newton's method (Rasmussen and Williams, 2006, algorithm 3.1).

    `cell` is the cell of each row, `place` where the row stands without a shock. An overdue label can bend the
    likelihood the wrong way; such a cell's curvature is floored at 0, and steps are cut to 2.
    """
    from scipy.linalg import cho_factor, cho_solve

    size = len(prior)
    shock = np.zeros(size)
    for _ in range(steps):
        first, second = evidence.pull(place + shock[cell])
        pull = np.bincount(cell, first, size)
        bend = np.maximum(np.bincount(cell, second, size), 1e-8)
        root = np.sqrt(bend)
        factor = cho_factor(np.eye(size) + root[:, None] * prior * root[None, :], lower=True)
        target = bend * shock + pull
        step = prior @ (target - root * cho_solve(factor, root * (prior @ target))) - shock
        longest = float(np.abs(step).max())
        shock = shock + step * min(1.0, 2.0 / max(longest, 1e-9))
        if longest < 1e-3:
            break
    shrink = cho_solve(factor, root[:, None] * prior)
    return Posterior(shock, prior - (prior * root[None, :]) @ shrink)
