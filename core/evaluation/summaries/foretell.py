"""What a column's values should be by those of others: learned once from the reference, held against each window.

What a coarse bin of each other column adds to the column's place (of texts: to the chance of its commonest values) is a
ridge regression on those bins (Hoerl and Kennard, 1970).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from core.evaluation.summaries.pairs import ROWS, Column
from core.evaluation.summaries.plan import ColumnPlan, ForetoldPlan
from core.evaluation.summaries.summary import ForetoldSummary

Array = np.ndarray[Any, np.dtype[Any]]
PARTNERS = 6
"""Other columns that foretell one, the nearest ones."""
TARGETS = 6
"""Commonest texts whose chance is foretold."""
ROOMY = 4
"""Rows of the reference for each bin of the partners, at least."""
RIDGE = 3.0
"""So many rows speak against each bin's addition."""
WORTH = 0.1
"""Every window that was not learned from must be foretold so well, as a share of the variance."""

Windows = Sequence[Mapping[str, Column]]


def measure_foretold(
    wanted: ForetoldPlan, plan: ColumnPlan, columns: Mapping[str, Column]
) -> ForetoldSummary | None:
    """What a window says; None where a column is not there, or too few rows have the foretold one."""
    if any(name not in columns for name in (wanted.column, *wanted.partners)):
        return None
    column = columns[wanted.column]
    n = int(column.there.sum())
    if n < ROWS:
        return None
    adds = [np.array(each) for each in wanted.adds]
    added = [each[_bins(columns[p])[column.there]] for p, each in zip(wanted.partners, adds, strict=True)]
    foretold = np.sum(added, axis=0)
    share = _share(_targets(column, plan), foretold, varies=wanted.varies)
    return ForetoldSummary(wanted.column, wanted.partners, n, share)


def choose_foretold(
    windows: Windows, plans: Mapping[str, ColumnPlan], near: Mapping[str, Sequence[str]]
) -> tuple[ForetoldPlan, ...]:
    """The columns that others foretell; `near` are each one's partners, the nearest first."""
    found = []
    for name, partners in near.items():
        known = [window for window in windows if name in window and window[name].there.any()]
        rows = sum(int(window[name].there.sum()) for window in known)
        chosen = tuple(_few_enough(partners[:PARTNERS], known, rows))
        if len(known) < 2 or not chosen:
            continue
        tried = _fitted(name, chosen, plans[name], known[::2])
        told = [each.share for w in known[1::2] if (each := measure_foretold(tried, plans[name], w)) is not None]
        if min((share for share in told if share is not None), default=0.0) > WORTH:
            varies = all(_spread(_targets(window[name], plans[name])) for window in known)
            found.append(replace(_fitted(name, chosen, plans[name], known), varies=varies))
    return tuple(found)


def _few_enough(partners: Sequence[str], windows: Windows, rows: int) -> list[str]:
    """The first partners whose bins the rows suffice for."""
    kept, bins = [], 0
    for name in partners:
        bins += windows[0][name].bins + 1 if windows else 0
        if ROOMY * bins <= rows:
            kept.append(name)
    return kept


def _fitted(name: str, partners: tuple[str, ...], plan: ColumnPlan, windows: Windows) -> ForetoldPlan:
    """The regression on all rows of these windows."""
    widths = [windows[0][partner].bins + 1 for partner in partners]
    starts = np.cumsum([0, *widths])
    places, targets = [], []
    for window in windows:
        there = window[name].there
        columns = zip(partners, starts[:-1], strict=True)
        places.append(np.stack([_bins(window[partner])[there] + start for partner, start in columns]))
        targets.append(_targets(window[name], plan))
    place, target = np.concatenate(places, axis=1), np.concatenate(targets)
    hot = np.zeros((target.shape[0], int(starts[-1])))
    for each in place:
        hot[np.arange(len(each)), each] = 1.0
    adds = np.linalg.solve(hot.T @ hot + RIDGE * np.eye(hot.shape[1]), hot.T @ (target - target.mean(0)))
    parts = [np.round(adds[a:b], 5).tolist() for a, b in pairwise(starts)]
    return ForetoldPlan(name, partners, tuple(tuple(map(tuple, part)) for part in parts))


def _bins(column: Column) -> Array:
    """The coarse bin of each row, what is missing in one of its own."""
    found: Array = np.where(column.there, column.coarse, column.bins)
    return found


def _targets(column: Column, plan: ColumnPlan) -> Any:
    """By row that has a value: of numbers the place among the edges of the histogram, of texts which of the commonest
    it is."""
    there = column.there
    if column.values is None:
        return (column.coarse[there][:, None] == np.arange(TARGETS)).astype(float)
    if len(plan.edges) < 2:
        return column.coarse[there].astype(float)[:, None]
    return np.interp(column.values[there], plan.edges, np.linspace(0, 1, len(plan.edges)))[:, None]


def _share(targets: Array, foretold: Array, *, varies: bool) -> float | None:
    """The squared correlation of what is and what was foretold, over all targets at once; 0 where they go against each
    other, None where one of the two does not vary. A column that always `varies` and now does not is foretold by
    nothing: 0, if what was foretold of it varies."""
    actual, expected = targets - targets.mean(0), foretold - foretold.mean(0)
    spread, wide = _spread(targets), _spread(foretold)
    if not wide or (not spread and not varies):
        return None
    if not spread:
        return 0.0
    return round(max(0.0, float((actual * expected).sum())) ** 2 / (spread * wide), 6)


def _spread(targets: Array) -> float:
    """The sum of squares around the mean; 0 where nothing varies."""
    spread = float(((targets - targets.mean(0)) ** 2).sum())
    return spread if spread > 1e-6 * len(targets) else 0.0
