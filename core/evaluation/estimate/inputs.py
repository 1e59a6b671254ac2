"""Which columns of a wide matrix trees are given: those that say most by themselves about what is to be told.

Trees cost as much again for every column, and few small ones split on no more than some dozens of them. Of a wide log
the others are left out by how much each explains (sure independence screening: Fan and Lv, 2008). What two columns say
only together, and neither alone, is not seen there; small trees hardly find it among hundreds of columns either.
"""

from collections.abc import Sequence

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints

MOST_INPUTS = 64
"""Columns that trees are given: the 50 trees of eight leaves split 350 times at most, and come back to the same few."""
SCREENED_ROWS = 10_000
"""Rows that columns are judged by: what explains less than a five-hundredth is not told from chance by so many."""
PLACES = np.linspace(0, 1, 17)[1:-1]
"""Numbers count by sixteen bins, between these quantiles; codes as they are; what is missing by itself."""


def telling(
    matrix: Floats, outcome: Floats, categorical: list[int], always: int = 0, wanted: Sequence[int] = ()
) -> Ints:
    """The places of the columns to be given, in order: all of MOST_INPUTS or fewer, else the last `always` of them,
    those `wanted` if they are at most half of what is given, and those that explain most of the outcome.

    `matrix` is n x k (NaN: missing), `outcome` n numbers, or n x c where it is one of c classes. A column counts by the
    share of the outcome's variance between its bins, less what chance gives (epsilon squared); of equal ones the first
    are taken. The same rows always give the same columns.
    """
    columns = matrix.shape[1]
    if columns <= MOST_INPUTS:
        return np.arange(columns)
    step = -(-len(matrix) // SCREENED_ROWS)
    some, told = matrix[::step], outcome[::step].reshape(len(matrix[::step]), -1)
    centred, codes = told - told.mean(axis=0), set(categorical)
    explained = [_explained(some[:, at], centred, coded=at in codes) for at in range(columns - always)]
    if len(wanted) <= MOST_INPUTS // 2:
        explained = [np.inf if at in wanted else share for at, share in enumerate(explained)]
    best = np.argsort(-np.array(explained), kind="stable")[: MOST_INPUTS - always]
    return np.append(np.sort(best), np.arange(columns - always, columns))


def places_of(categorical: list[int], inputs: Ints) -> list[int]:
    """Where the columns of codes are among the inputs."""
    codes = set(categorical)
    return [place for place, column in enumerate(inputs.tolist()) if column in codes]


def _explained(column: Floats, centred: Floats, *, coded: bool) -> float:
    """The share of the variance of the centred outcome that lies between a column's bins, less chance's; of a column
    that never varies less than any."""
    there = ~np.isnan(column)
    values = column[there]
    if not len(values):
        return -np.inf
    edges = np.unique(values) if coded else np.unique(np.quantile(values, PLACES, method="lower"))
    bins = np.full(len(column), len(edges) + 1)
    bins[there] = np.searchsorted(edges, values, side="right")
    sizes = np.bincount(bins)
    sizes, used = sizes[sizes > 0], sizes > 0
    n, k = len(column), len(sizes)
    total = float((centred**2).sum())
    if k < 2:
        return -np.inf
    if n <= k or total <= 0:
        return 0.0
    sums = np.column_stack([np.bincount(bins, weights=each)[used] for each in centred.T])
    between = float((sums**2 / sizes[:, None]).sum()) / total
    return 1 - (1 - between) * (n - 1) / (n - k)
