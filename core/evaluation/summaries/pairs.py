"""How two columns go together within a window, from (a sample of) its rows in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Any

import numpy as np

from core.evaluation.summaries.plan import CLOCK, CLOCK_BINS
from core.evaluation.summaries.summary import CLOCK_PARTS, PROFILE_PARTS, PairSummary

Array = np.ndarray[Any, np.dtype[Any]]
ROWS = 10
"""A pair of fewer rows is not looked at."""
STRONGEST = 2
"""Partners of a column, by how much one says about the other."""
WEAK = 0.03
"""A dependence below this (a share of the variance or of the entropy) is none."""
STRUCTURED = log(1.25)
"""Different pairs this much fewer or more than chance gives (as a log ratio): one column fixes the other."""
ALWAYS = 0.98
"""One column is below the other in this share of the rows: an order that holds."""
MANY_COLUMNS = 40
"""Beyond this many columns partners are looked for among the NEIGHBOURS next ones in the log's order only."""
NEIGHBOURS = 8
FEW_CELLS = 8
"""Pairs are counted in a table with up to so many cells a row, beyond that by sorting."""


@dataclass(frozen=True)
class Column:
    """A column's rows of one window: which have a value, a number for each different one (from 0), their ranks
    (None for texts without order), their coarse bins, the values themselves (numbers only), hashes of them, and how
    many coarse bins there are."""

    there: Array
    codes: Array
    coarse: Array
    ranks: Array | None = None
    values: Array | None = None
    hashes: Array | None = None
    bins: int = 1


def numbers(values: Array, coarse: tuple[float, ...]) -> Column:
    """A column of numbers; NaN is missing."""
    there = np.isfinite(values)
    different, codes = np.unique(np.where(there, values, np.inf), return_inverse=True)
    counts = np.bincount(codes, minlength=len(different))
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[codes]
    return Column(
        there,
        codes,
        np.searchsorted(np.array(coarse), values, side="right"),
        ranks,
        values,
        _bits(values),
        len(coarse) + 1,
    )


def _bits(values: Array) -> Array:
    """The bits of floats, the same for both zeros."""
    bits: Array = (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64)
    return bits


def texts(codes: Array, coarse: Array, hashes: Array | None = None, bins: int = 1) -> Column:
    """A column of texts by the number of each (-1: missing), its coarse bin (of so many) and its hash."""
    return Column(codes >= 0, np.unique(codes, return_inverse=True)[1], coarse, hashes=hashes, bins=bins)


def clock(parts: Array) -> Column:
    """The part of the window that a row lies in."""
    coarser = (parts // (PROFILE_PARTS // CLOCK_PARTS)).astype(float)
    return numbers(coarser, tuple(CLOCK_PARTS / CLOCK_BINS * i for i in range(1, CLOCK_BINS)))


def measure(first: str, second: str, one: Column, other: Column) -> PairSummary | None:
    """What a window says about a pair; None with too few rows that have both."""
    both = one.there & other.there
    n = int(both.sum())
    if n < ROWS:
        return None
    a, b = one.codes[both], other.codes[both]
    firsts, seconds = _different(a), _different(b)
    ordered = one.values is not None and other.values is not None and CLOCK not in (first, second)
    less = equal = None
    if ordered:
        x, y = one.values[both], other.values[both]  # type: ignore[index]
        less, equal = int(np.count_nonzero(x < y)) / n, int(np.count_nonzero(x == y)) / n
    y1, y2 = _centred(one.ranks, both), _centred(other.ranks, both)
    return PairSummary(
        first,
        second,
        n,
        log(_different_pairs(a, b, firsts, seconds) / independent_pairs(n, firsts, seconds)),
        mutual_share(joint(one.coarse[both], other.coarse[both])),
        _explained(y1, b, seconds),
        _explained(y2, a, firsts),
        _correlation(y1, y2),
        less,
        equal,
        _curve(one, other, both) if second == CLOCK else (),
    )


def _curve(column: Column, clock: Column, both: Array) -> tuple[float | None, ...]:
    """The column along the clock; nothing for texts."""
    if column.ranks is None:
        return ()
    places, parts = column.coarse[both], clock.coarse[both]
    rows = np.bincount(parts, minlength=CLOCK_BINS)
    sums = np.bincount(parts, weights=places / max(1, column.bins - 1), minlength=CLOCK_BINS)
    return tuple(round(float(s / n), 6) if n else None for s, n in zip(sums, rows, strict=True))


def _different(codes: Array) -> int:
    """How many different small numbers there are."""
    return int(np.count_nonzero(np.bincount(codes)))


def _different_pairs(a: Array, b: Array, firsts: int, seconds: int) -> int:
    """How many different pairs there are; where one column never repeats itself, as many as rows."""
    if len(a) in (firsts, seconds):
        return len(a)
    width = int(b.max()) + 1
    places = a * width + b
    few = (int(a.max()) + 1) * width <= FEW_CELLS * len(a)
    return _different(places) if few else int(np.unique(places).size)


def _centred(ranks: Array | None, both: Array) -> Array | None:
    """Ranks less their mean; None for texts, which have none."""
    if ranks is None:
        return None
    found = ranks[both]
    return np.asarray(found - found.mean())


def _explained(y: Array | None, groups: Array, k: int) -> float | None:
    """The share of the variance of centred ranks that lies between k groups, less what chance gives (epsilon squared).

    None for texts, for constants, and when the groups are too small to say (fewer than two rows each).
    """
    if y is None or k < 2 or len(y) < 2 * k:
        return None
    total = float(y @ y)
    if total <= 0:
        return None
    sizes = np.bincount(groups)
    sums = np.bincount(groups, weights=y)[sizes > 0]
    between = float((sums**2 / sizes[sizes > 0]).sum()) / total
    n = len(y)
    return round(1 - (1 - between) * (n - 1) / (n - k), 6)


def _correlation(x: Array | None, y: Array | None) -> float | None:
    """Spearman's, of centred ranks; None for texts and constants."""
    if x is None or y is None:
        return None
    size = float(x @ x) * float(y @ y)
    return round(float(x @ y) / size**0.5, 6) if size > 0 else None


def joint(first: Array, second: Array) -> Array:
    """The joint counts of two arrays of small numbers."""
    width = int(second.max()) + 1
    return np.bincount(first * width + second, minlength=(int(first.max()) + 1) * width).reshape(-1, width)


def mutual_share(table: Array) -> float | None:
    """Mutual information less its bias (Miller and Madow), as a share of the smaller entropy; 0 to 1.

    None when a column hardly varies.
    """
    total = table.sum()
    rows, columns = table.sum(1), table.sum(0)
    first, second = _entropy(rows), _entropy(columns)
    smaller = min(first, second)
    if smaller < 0.1:
        return None
    information = first + second - _entropy(table.ravel())
    bias = ((rows > 0).sum() - 1) * ((columns > 0).sum() - 1) / (2 * total)
    return round(float(min(1.0, max(0.0, (information - bias) / smaller))), 6)


def _entropy(counts: Array) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def independent_pairs(rows: int, first: int, second: int) -> float:
    """About how many different pairs `rows` rows have when the two columns, with so many values, are unrelated."""
    cells = first * second
    return max(1.0, float(cells * -np.expm1(-rows / cells)))


@dataclass(frozen=True)
class Relation:
    """What some windows of the reference say about a pair: how much one says about the other, how far the number
    of different pairs is from chance (a log ratio), and whether one is always below the other."""

    strength: float
    excess: float
    ordered: bool
    pair: tuple[str, str]


def relations(windows: Sequence[Mapping[str, Column]]) -> dict[str, list[Relation]]:
    """Each column's relations, the strongest first, judged by some windows of the reference (each: its columns, and
    the clock)."""
    names = [name for name in (windows[0] if windows else {}) if name != CLOCK]
    found: dict[str, list[Relation]] = {name: [] for name in names}
    for first, second in _candidates(names):
        seen = [m for w in windows if (m := measure(first, second, w[first], w[second])) is not None]
        if not seen:
            continue
        strength = float(np.mean([_strength(m) for m in seen]))
        excess = abs(float(np.mean([m.excess for m in seen])))
        entry = Relation(strength, excess, _keep_order(seen, windows, first, second), (first, second))
        for name in {first, second} - {CLOCK}:
            found[name].append(entry)
    return {name: sorted(each, key=lambda r: (-r.strength, r.pair)) for name, each in found.items()}


def choose(found: Mapping[str, list[Relation]]) -> tuple[tuple[str, str], ...]:
    """The pairs worth keeping."""
    chosen: set[tuple[str, str]] = set()
    for each in found.values():
        strong = [r for r in each if r.strength > WEAK]
        structured = sorted((r for r in each if r.excess > STRUCTURED), key=lambda r: (-r.excess, r.pair))[:1]
        ordered = [r for r in each if r.ordered][:1]
        timed = [r for r in strong if CLOCK in r.pair]
        chosen |= {r.pair for r in [*strong[:STRONGEST], *structured, *ordered, *timed]}
    return tuple(sorted(chosen))


def nearest(found: Mapping[str, list[Relation]]) -> dict[str, list[str]]:
    """Each column's partners that say something about it, the nearest first; the clock is one of them."""
    return {
        name: [r.pair[r.pair[0] == name] for r in each if r.strength > WEAK or r.excess > STRUCTURED]
        for name, each in found.items()
    }


def _strength(pair: PairSummary) -> float:
    explained = [pair.first_by_second or 0.0, pair.second_by_first or 0.0]
    return max(pair.together or 0.0, (pair.correlation or 0.0) ** 2, *explained)


def _keep_order(seen: list[PairSummary], windows: Sequence[Mapping[str, Column]], first: str, second: str) -> bool:
    """Whether one is always below the other although their ranges overlap."""
    if any(m.less is None or ALWAYS > m.less > 1 - ALWAYS for m in seen):
        return False
    a, b = (np.concatenate([w[n].values[w[n].there] for w in windows]) for n in (first, second))  # type: ignore[index]
    low, high = np.quantile(a, [0.1, 0.9]), np.quantile(b, [0.1, 0.9])
    return bool(low[1] > high[0] and high[1] > low[0])


def _candidates(names: list[str]) -> list[tuple[str, str]]:
    with_clock = [(name, CLOCK) for name in names]
    if len(names) <= MANY_COLUMNS:
        return [*combinations(names, 2), *with_clock]
    near = [(names[i], names[j]) for i in range(len(names)) for j in range(i + 1, min(i + NEIGHBOURS, len(names)))]
    return near + with_clock
