"""A column's values along time within a window, and fingerprints of which they are, from its rows in memory."""

from typing import Any

import numpy as np

from core.evaluation.summaries.pairs import Column
from core.evaluation.summaries.summary import TraceSummary

Array = np.ndarray[Any, np.dtype[Any]]
PRINTS = 40
"""Fingerprints kept of a column: the share that two windows have in common is then known to about .08."""
OWN = 0.95
"""Rows have instants of their own when so many instants come to a row."""
INSTANTS = 10
"""Fewer instants say nothing about neighbours."""
_TURNS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
"""Odd numbers whose products spread well over 64 bits."""


class Instants:
    """The instants of a window's rows: which are the same, and their order where each row has its own."""

    def __init__(self, seconds: Array) -> None:
        self.different, self.of_row = np.unique(seconds, return_inverse=True)
        self.own = len(self.different) >= OWN * len(seconds)
        self.order = np.argsort(seconds, kind="stable") if self.own else None


def around(instants: Instants, there: Array, values: Array) -> tuple[Array, Array]:
    """The mean of each instant that has a value (of the rows that are `there`), and how far each but the first and
    last is from the middle of those around it."""
    at, rows = instants.of_row[there], len(instants.different)
    count = np.bincount(at, minlength=rows)
    means = np.bincount(at, weights=values, minlength=rows)[count > 0] / count[count > 0]
    return means, means[1:-1] - (means[:-2] + means[2:]) / 2


def trace(column: Column, instants: Instants) -> TraceSummary:
    """What one column does."""
    hashes = column.hashes
    if hashes is None:
        raise ValueError("a trace needs the hashes of a column's values")
    count, flow = _flow(column, instants)
    there = column.there
    prints = _smallest(_numbered(hashes[there], column.codes[there]))
    return TraceSummary(count, flow, prints, _ties(column, instants))


def _ties(column: Column, instants: Instants) -> float | None:
    """The share of values that are the same as the one before in time; of rows of one instant, equal ones are taken
    one after the other, whatever the order they come in."""
    there, hashes = column.there, column.hashes
    count = int(np.count_nonzero(there))
    if hashes is None or count < INSTANTS:
        return None
    if instants.order is not None and len(instants.different) == len(there):
        ordered = hashes[instants.order][there[instants.order]]
    else:
        ordered = hashes[there]
        ordered = ordered[np.lexsort((ordered, instants.of_row[there]))]
    return round(int(np.count_nonzero(ordered[1:] == ordered[:-1])) / (count - 1), 6)


def _flow(column: Column, instants: Instants) -> tuple[int, float | None]:
    """Instants with a value, and the autocorrelation of the mean rank by instant (von Neumann's ratio)."""
    there = column.there
    at, ranks = instants.of_row[there], _ranks(column)
    rows = np.bincount(at, minlength=len(instants.different))
    kept = rows > 0
    count = int(kept.sum())
    if count < INSTANTS:
        return count, None
    means = np.bincount(at, weights=ranks, minlength=len(rows))[kept] / rows[kept]
    off = means - means.mean()
    total = float(off @ off)
    if total <= 1e-9 * count:
        return count, None
    steps = np.diff(means)
    return count, round(1 - float(steps @ steps) / (2 * total), 6)


def _ranks(column: Column) -> Array:
    """Ranks, on [0, 1]; of texts whether a value is the commonest."""
    there = column.there
    if column.ranks is not None:
        ranks: Array = column.ranks[there] / max(1, len(there))
        return ranks
    codes = column.codes[there]
    return (codes == np.argmax(np.bincount(codes))).astype(float) if codes.size else codes.astype(float)


def _numbered(hashes: Array, codes: Array) -> Array:
    """Hashes of values with the how-manieth of its kind each is, in whatever order the rows come."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    nth = np.arange(len(ordered)) - np.repeat(starts, np.diff([*starts, len(ordered)]))
    return _mixed(hashes[order].astype(np.uint64) * np.uint64(_TURNS[0]) + nth.astype(np.uint64))


def _mixed(values: Array) -> Array:
    """Scrambled 64-bit numbers."""
    values = (values ^ (values >> np.uint64(31))) * np.uint64(_TURNS[1])
    mixed: Array = values ^ (values >> np.uint64(29))
    return mixed


def _smallest(values: Array) -> tuple[int, ...]:
    values = values >> np.uint64(32)  # the upper half: 32 bits
    if len(values) > PRINTS:
        values = np.partition(values, PRINTS - 1)[:PRINTS]
    return tuple(int(value) for value in np.sort(values))


def common(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """About the share of one window's values that the other has, too (both of the same size), 0 to 1."""
    both = set(one).intersection(other)
    if not both:
        return 0.0
    smallest = sorted({*one, *other})
    if max(len(one), len(other)) >= PRINTS:
        smallest = smallest[:PRINTS]
    jaccard = sum(value <= smallest[-1] for value in both) / len(smallest)
    return 2 * jaccard / (1 + jaccard)
