"""A plan from a sample of the reference: bins for each column, and partners that behave together with it."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from core.evaluation.summaries.plan import CLOCK, CLOCK_BINS, ColumnPlan, fine_bin, lower_edge
from core.evaluation.summaries.summary import ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
HISTOGRAM_BINS = 32
COARSE_BINS = 8
PARTNERS = 2
"""For each column: the two it depends on most, and the one with which it has the fewest different pairs."""
WEAK = 0.02
"""A dependence below this share of the smaller entropy is none."""
MANY_COLUMNS = 80
"""Beyond this many columns partners are looked for among the neighbours in the log's order only."""
NEIGHBOURS = 8


def number_plan(type: str, values: Array) -> ColumnPlan:
    """Bins for a column of numbers; `values` are the sample's finite ones, any number of them (also none)."""
    if not values.size:
        return ColumnPlan(ValueKind.NUMBER, type)
    center = float(np.median(values))
    scale = _spread(values, center)
    return ColumnPlan(
        ValueKind.NUMBER,
        type,
        center,
        scale,
        _edges(values, HISTOGRAM_BINS, center, scale),
        _edges(values, COARSE_BINS, center, scale),
    )


def _spread(values: Array, center: float) -> float:
    """The interquartile range; where half of the values are one, the mean distance from it; never 0."""
    low, high = np.quantile(values, [0.25, 0.75])
    spread = float(high - low) or float(np.mean(np.abs(values - center)))
    return spread or max(abs(center) * 0.01, 1e-9)


def _edges(values: Array, bins: int, center: float, scale: float) -> tuple[float, ...]:
    """Edges of fine bins near the quantiles, so that every fine bin lies in one bin of the histogram."""
    inner = np.quantile(values, [i / bins for i in range(1, bins)], method="higher")
    marks = {fine_bin(float(at), center, scale) for at in inner}
    marks |= {fine_bin(float(inner[-1]), center, scale) + 1, fine_bin(float(values.max()), center, scale) + 1}
    return tuple(lower_edge(mark, center, scale) for mark in sorted(marks))


def choose_pairs(
    coded: Mapping[str, Array], exact: Mapping[str, Array], window: Array
) -> tuple[tuple[str, str], ...]:
    """Pairs of columns that go together within windows.

    `coded` has each column's coarse bins (-1: missing), `exact` a number for each different value (-1: missing),
    both with the clock under CLOCK; `window` tells the sample's windows apart. All have one entry a row.
    """
    names = [name for name in coded if name != CLOCK]
    chosen: set[tuple[str, str]] = set()
    strengths: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    ratios: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for first, second in _candidates(names):
        bound = _dependence(coded[first], coded[second], window)
        ratio = _pair_ratio(exact[first], exact[second], window)
        for one, other in ((first, second), (second, first)):
            if one != CLOCK:
                strengths[one].append((-bound, other))
                ratios[one].append((ratio, other))
    for name in names:
        best = [(name, other) for bound, other in sorted(strengths[name])[:PARTNERS] if -bound > WEAK]
        fewest = [(name, other) for ratio, other in sorted(ratios[name])[:1] if ratio < 0.8]
        chosen |= {tuple(sorted(pair)) for pair in best + fewest}  # type: ignore[misc]
    return tuple(sorted(chosen))


def _candidates(names: Sequence[str]) -> list[tuple[str, str]]:
    with_clock = [(name, CLOCK) for name in names]
    if len(names) <= MANY_COLUMNS:
        return [*combinations(names, 2), *with_clock]
    near = [(names[i], names[j]) for i in range(len(names)) for j in range(i + 1, min(i + NEIGHBOURS, len(names)))]
    return near + with_clock


def _dependence(first: Array, second: Array, window: Array) -> float:
    """Mutual information within windows beyond what chance gives, as a share of the smaller entropy; mean of them."""
    found = []
    for each in np.unique(window):
        both = (window == each) & (first >= 0) & (second >= 0)
        if both.sum() >= 20:
            found.append(mutual_share(joint(first[both], second[both])))
    return float(np.mean(found)) if found else 0.0


def joint(first: Array, second: Array) -> Array:
    """The joint counts of two arrays of small numbers."""
    width = int(second.max()) + 1
    return np.bincount(first * width + second, minlength=(int(first.max()) + 1) * width).reshape(-1, width)


def mutual_share(table: Array) -> float:
    """Mutual information less its bias (Miller and Madow), as a share of the smaller entropy; 0 to 1."""
    total = table.sum()
    rows, columns = table.sum(1), table.sum(0)
    smaller = min(_entropy(rows), _entropy(columns))
    if total < 2 or smaller < 0.05:
        return 0.0
    information = _entropy(rows) + _entropy(columns) - _entropy(table.ravel())
    bias = ((rows > 0).sum() - 1) * ((columns > 0).sum() - 1) / (2 * total)
    return float(min(1.0, max(0.0, (information - bias) / smaller)))


def _entropy(counts: Array) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _pair_ratio(first: Array, second: Array, window: Array) -> float:
    """Different pairs within windows, by how many there would be if the columns were independent; about 0 to 1."""
    seen, expected = 0.0, 0.0
    for each in np.unique(window):
        both = (window == each) & (first >= 0) & (second >= 0)
        n = int(both.sum())
        if n < 20:
            continue
        one, other = first[both], second[both]
        seen += np.unique(one * (int(other.max()) + 1) + other).size
        expected += independent_pairs(n, np.unique(one).size, np.unique(other).size)
    return seen / expected if expected else 1.0


def independent_pairs(rows: int, first: int, second: int) -> float:
    """About how many different pairs `rows` rows have when the two columns, with so many values, are unrelated."""
    cells = first * second
    return float(cells * -np.expm1(-rows / cells)) if cells else 0.0


def clock_codes(parts: Array) -> Array:
    """Coarse bins of the part of the window."""
    from core.evaluation.summaries.summary import PROFILE_PARTS

    return parts * CLOCK_BINS // PROFILE_PARTS
