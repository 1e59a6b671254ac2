"""What of a column is kept beside its summary so that two windows can be put together without their rows.

Numbers keep pieces: stretches between two values with the number of values in them, at most about PIECES, each a
small share of the rows or a single value. Every column keeps the SMALLEST smallest hashes of its different values
(bottom-k or "KMV": Bar-Yossef et al., "Counting distinct elements in a data stream", 2002): all of them as long as
there are no more. The overlap of two windows is the share of hashes that they have in common, so their union is
known exactly where both are complete, where they share nothing and where they are equal, and with a standard error
of at most .35 / sqrt(SMALLEST) = 0.6% in between (at an overlap of one third).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
PIECES = 200
"""A piece that holds several values holds at most about this part of the rows, so ranks are known to half of that."""
SMALLEST = 4096
"""Hashes that are kept."""
HASHES = 2**32


@dataclass(frozen=True)
class Pieces:
    """Stretches `[low, high]` in rising order with `n` finite values in each, both ends among them."""

    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    n: tuple[int, ...] = ()

    def arrays(self) -> tuple[Array, Array, Array]:
        """n, low and high."""
        return np.array(self.n, dtype=np.int64), np.array(self.low, dtype=float), np.array(self.high, dtype=float)


@dataclass(frozen=True)
class Different:
    """Different values: how many, and their smallest hashes in rising order (whole numbers below HASHES)."""

    count: int = 0
    hashes: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the hash of every value is there."""
        return len(self.hashes) >= self.count


@dataclass(frozen=True)
class ColumnSketch:
    """`pieces` are empty for texts."""

    different: Different
    pieces: Pieces = Pieces()


@dataclass(frozen=True)
class WindowSketch:
    """By column, and of the ids (None: the log has none)."""

    columns: dict[str, ColumnSketch] = field(default_factory=dict)
    ids: Different | None = None


def smallest(count: int, hashes: Any) -> Different:
    """Different values of which these hashes are known; the smallest of a random part is the smallest of all."""
    kept = np.unique(np.asarray(hashes, dtype=np.int64))[:SMALLEST]
    return Different(count, tuple(int(each) for each in kept))


def unite(parts: Sequence[Different]) -> Different:
    """Different values of all parts together: exact while every part is complete, else from the overlap of hashes."""
    united = parts[0]
    for part in parts[1:]:
        united = _unite(united, part)
    return united


def _unite(one: Different, other: Different) -> Different:
    a, b = np.array(one.hashes, dtype=np.int64), np.array(other.hashes, dtype=np.int64)
    both = np.union1d(a, b)
    if one.complete and other.complete:
        return smallest(len(both), both)
    known = min([int(each[-1]) if len(each) else 0 for each, part in ((a, one), (b, other)) if not part.complete])
    both = both[both <= known]  # up to here each part's hashes are all there
    shared = np.intersect1d(a, b)
    overlap = int((shared <= known).sum()) / max(1, len(both))
    count = round((one.count + other.count) / (1 + overlap))
    return smallest(min(max(count, one.count, other.count), one.count + other.count), both)


def pieces_of(n: Array, low: Array, high: Array) -> Pieces:
    """Stretches in rising order, made fewer: neighbours are joined, heavy single values stay by themselves."""
    total = int(n.sum())
    if not total:
        return Pieces()
    if len(n) > PIECES:
        place = ((np.cumsum(n) - n / 2) * PIECES / total).astype(np.int64)
        heavy = (low == high) & (n * PIECES >= total)
        new = np.concatenate([[True], (np.diff(place) != 0) | heavy[1:] | heavy[:-1]])
        starts = np.flatnonzero(new)
        n, low, high = np.add.reduceat(n, starts), low[starts], high[np.append(starts[1:], len(high)) - 1]
    return Pieces(tuple(low.tolist()), tuple(high.tolist()), tuple(int(each) for each in n))


def join(parts: Sequence[Pieces]) -> Pieces:
    """The values of all parts together; within a stretch they are taken to be spread evenly."""
    alone, between = _exploded(parts)
    marks = np.unique(np.concatenate([alone[:, 0], between[:, 0], between[:, 1]]))
    if not len(marks):
        return Pieces()
    points = np.zeros(len(marks))
    np.add.at(points, np.searchsorted(marks, alone[:, 0]), alone[:, 1])
    gaps = np.diff(_below(marks, between))
    mass = np.empty(2 * len(marks) - 1)
    mass[::2], mass[1::2] = points, gaps
    whole = np.diff(np.round(np.concatenate([[0.0], np.cumsum(mass)])).astype(np.int64))
    return pieces_of(*_closed(marks, whole))


def _exploded(parts: Sequence[Pieces]) -> tuple[Array, Array]:
    """Values by themselves (value, n), and what lies evenly between two (low, high, n)."""
    n, low, high = (np.concatenate(each) for each in zip(*(part.arrays() for part in parts), strict=True))
    single = low == high
    ends = np.concatenate([low[~single], high[~single]])
    alone = np.stack([np.append(low[single], ends), np.append(n[single], np.ones(len(ends)))], 1)
    inner = ~single & (n > 2)
    return alone, np.stack([low[inner], high[inner], n[inner] - 2.0], 1)


def _below(marks: Array, between: Array) -> Array:
    """How many of the evenly spread values lie below each mark."""
    if not len(between):
        return np.zeros(len(marks))
    low, high, n = between[:, 0], between[:, 1], between[:, 2]
    found: Array = np.clip((marks[:, None] - low) / (high - low), 0, 1) @ n
    return found


def _closed(marks: Array, whole: Array) -> tuple[Array, Array, Array]:
    """Marks with their values, and what lies between two marks, as stretches that hold something."""
    low = np.repeat(marks, 2)[:-1]
    high = np.repeat(marks, 2)[:-1]
    low[1::2], high[1::2] = marks[:-1], marks[1:]
    there = whole > 0
    return whole[there], low[there], high[there]
