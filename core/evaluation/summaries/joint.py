"""How much two columns together say about a third, within a window's rows in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries.pairs import ROWS, Column
from core.evaluation.summaries.plan import CLOCK, JointPlan
from core.evaluation.summaries.summary import JointSummary

Array = np.ndarray[Any, np.dtype[Any]]
PLANNED_ON = 5
"""Windows of the reference that joint partners are judged by."""
FIRSTS = 3
"""Nearest partners of a column, to each of which a second is looked for."""
FEW_VALUES = 32
"""With more different values a partner counts by its coarse bins."""
ROOMY = 4
"""Rows that a cell has on average, at least."""
WORTH = 0.05
"""So much more than one partner alone two must explain, as a share of the variance."""

Windows = Sequence[Mapping[str, Column]]


def measure_joint(wanted: JointPlan, columns: Mapping[str, Column]) -> JointSummary | None:
    """What a window says; None where a column is not there, or too few rows have all three."""
    named = (wanted.column, *wanted.partners)
    if any(name not in columns for name in named):
        return None
    column, first, second = (columns[name] for name in named)
    all_three = column.there & first.there & second.there
    n = int(all_three.sum())
    if n < ROWS:
        return None
    cells = _cells((first, second), wanted.exact, all_three)
    agreeing = _agreeing(column.codes[all_three], cells) if all(wanted.exact) else None
    return JointSummary(wanted.column, wanted.partners, n, _explained(column, all_three, cells), agreeing)


def _agreeing(codes: Array, cells: Array) -> float | None:
    """The share of rows that have the commonest value of their cell, of cells with two rows or more."""
    width = int(codes.max()) + 1
    pairs, counts = np.unique(cells * width + codes, return_counts=True)
    starts = np.flatnonzero(np.diff(pairs // width, prepend=-1))
    sizes, most = np.add.reduceat(counts, starts), np.maximum.reduceat(counts, starts)
    several = sizes > 1
    return round(float(most[several].sum() / sizes[several].sum()), 6) if several.any() else None


def _cells(partners: Sequence[Column], exact: Sequence[bool], rows: Array) -> Array:
    """The cell that each of these rows is in, from 0, without empty ones."""
    codes = [p.codes[rows] if own else p.coarse[rows] for p, own in zip(partners, exact, strict=True)]
    cells = codes[0]
    for more in codes[1:]:
        cells = cells * (int(more.max()) + 1) + more
    found: Array = np.unique(cells, return_inverse=True)[1]
    return found


def _explained(column: Column, rows: Array, cells: Array) -> float | None:
    """The share of the variance between cells less what chance gives (epsilon squared; for texts Goodman and
    Kruskal's tau); None for what does not vary, or with fewer than two rows a cell."""
    sizes = np.bincount(cells)
    n, k = len(cells), len(sizes)
    if k < 2 or n < 2 * k:
        return None
    if column.ranks is not None:
        y = column.ranks[rows] - column.ranks[rows].mean()
        total, between = float(y @ y), float((np.bincount(cells, weights=y) ** 2 / sizes).sum())
    else:
        bins = column.coarse[rows]
        width = int(bins.max()) + 1
        table = np.bincount(cells * width + bins, minlength=k * width).reshape(k, width)
        square = float((table.sum(0) ** 2).sum()) / n
        total, between = n - square, float((table**2 / sizes[:, None]).sum()) - square
    if total <= 1e-9 * n:
        return None
    return round(1 - (1 - between / total) * (n - 1) / (n - k), 6)


def choose_joint(windows: Windows, near: Mapping[str, Sequence[str]], *, wide: bool) -> tuple[JointPlan, ...]:
    """For each column the two that say most about it, if they say more than one does.

    `near` are each column's partners, the nearest first; with `wide` any other column may be the second one, and what
    was chosen for one column is tried for all: two that are keys say much about what each of them says nothing about.
    """
    chosen = windows[:: max(1, len(windows) // PLANNED_ON)][:PLANNED_ON]
    found: dict[str, tuple[float, JointPlan]] = {}
    for name, partners in near.items():
        firsts = list(partners[:FIRSTS])
        seconds = [other for other in chosen[0] if other != name] if wide and chosen else firsts
        alone = max((_least(name, (first,), (_few(first, windows),), chosen) for first in firsts), default=0.0)
        both = dict.fromkeys(_in_order(first, second) for first in firsts for second in seconds if first != second)
        best = _best(name, both, chosen, max(0.0, alone) + WORTH)
        if best is not None:
            found[name] = best
    if wide:
        keys = dict.fromkeys(each.partners for _, each in found.values() if all(each.exact))
        for name in near:
            most = found[name][0] if name in found else WORTH
            found |= {name: best} if (best := _best(name, keys, chosen, most)) else {}
    return tuple(found[name][1] for name in near if name in found)


def _in_order(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first < second else (second, first)


def _best(
    name: str, tried: Iterable[tuple[str, str]], windows: Windows, most: float
) -> tuple[float, JointPlan] | None:
    """The two that explain most, if it is more than `most`, with how much."""
    best = None
    for both in tried:
        if name in both:
            continue
        exact = (_few(both[0], windows), _few(both[1], windows))
        explained = _least(name, both, exact, windows)
        if explained > most:
            most, best = explained, (explained, JointPlan(name, both, exact))
    return best


def _few(name: str, windows: Windows) -> bool:
    return name != CLOCK and all(w[name].codes.max(initial=0) < FEW_VALUES for w in windows if name in w)


def _least(name: str, partners: Sequence[str], exact: Sequence[bool], windows: Windows) -> float:
    """How much these partners explain at least, since what always holds is missed when it does not; -1 where there are
    too few rows for their cells."""
    found = []
    for window in windows:
        columns = [window[partner] for partner in partners]
        rows = np.logical_and.reduce([window[name].there, *(each.there for each in columns)])
        if int(rows.sum()) < ROWS:
            continue
        cells = _cells(columns, exact, rows)
        explained = _explained(window[name], rows, cells)
        if len(cells) < ROOMY * (int(cells.max()) + 1):
            return -1.0
        if explained is not None:
            found.append(explained)
    return float(np.min(found)) if found else -1.0
