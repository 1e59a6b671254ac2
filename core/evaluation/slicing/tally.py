"""One window counted: which rows each slice has, and its predictions, misses and expected misses in blocks. Pure.

A block is a seventh of the window. What is expected of a row follows from how sure the model was of it, moved so
that each quarter of a block comes out right as a whole: a slice is not to blame for a storm that hit everybody.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.cuts import Cut, Key, Value
from core.evaluation.slicing.shocks import Cells, make_cells

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

BLOCKS = 7
QUARTERS = 4
SURENESS_BINS = 20
MISSED_QUANTILE = 0.8
"""A regression misses when its error is larger than this share of past errors was."""
MINIMUM_LABELS = 30
"""A slice with fewer known labels in a window is not judged."""
MOST_SLICES = 3000
"""Slices of a window that are judged: those with the most labels."""
MOST_COMBINED = {1: 0, 2: 24, 3: 12}
"""By depth: attributes that are combined with each other. Pairs and triples grow with its square and its cube."""


@dataclass(frozen=True)
class Tally:
    """What a window came to. `keys` names the s slices with MINIMUM_LABELS known labels or more; `rows`, `misses` and
    `expected` are (BLOCKS, s) arrays of counts over the n predictions whose label is known, `members` the (n, s)
    sparse matrix of ones that says which are in which slice. `predictions` (s) counts those without a label, too;
    `cells` is what the shocks are estimated from, and `left_out` counts slices beyond MOST_SLICES."""

    keys: tuple[Key, ...]
    rows: "Array"
    misses: "Array"
    expected: "Array"
    predictions: "Array"
    members: Any
    cells: Cells
    left_out: int = 0


@dataclass(frozen=True)
class Scale:
    """What is learned from the past before rows can be counted: the cuts, the attributes that are combined (the others
    are only looked at alone), the edges between the bins of sureness (empty: there is no score), and for REGRESSION
    the error that counts as a miss."""

    cuts: tuple[Cut, ...]
    combined: frozenset[str] = frozenset()
    sureness: tuple[float, ...] = ()
    missed: float = 0.0


def learn_scale(past: Rows, cuts: Sequence[Cut], depth: int = 2) -> Scale:
    """The scale by which windows are counted, from past rows; without labels nothing counts as a miss."""
    import numpy as np

    edges: tuple[float, ...] = ()
    if past.score is not None and past.score.notna().any():
        shares = np.linspace(0, 1, SURENESS_BINS + 1)[1:-1]
        edges = tuple(sorted({float(edge) for edge in np.nanquantile(_sureness(past), shares)}))
    errors = _errors(past) if past.task is Task.REGRESSION else np.empty(0)
    known = errors[np.isfinite(errors)]
    missed = float(np.quantile(known, MISSED_QUANTILE)) if known.size else 0.0
    scale = Scale(tuple(cuts), frozenset(), edges, missed)
    return replace(scale, combined=_telling(past, scale, MOST_COMBINED[depth]))


def _telling(past: Rows, scale: Scale, most: int) -> frozenset[str]:
    """The attributes over whose values misses differed most: chi-squared beyond its degrees of freedom, per one."""
    import numpy as np

    if len(scale.cuts) <= most or not most:
        return frozenset(cut.attribute for cut in scale.cuts) if most else frozenset()
    known = past.labelled.to_numpy(dtype=bool)
    misses = misses_of(past, scale)[known]
    usual = min(0.99, max(0.01, float(misses.mean()))) if misses.size else 0.5
    found = []
    for place, cut in enumerate(scale.cuts):
        codes = cut.of(past.features[cut.attribute])[0][known]
        rows, missed = np.bincount(codes), np.bincount(codes, weights=misses)
        rows, missed = rows[rows > 0], missed[rows > 0]
        squares = (missed - rows * usual) ** 2 / (rows * usual * (1 - usual))
        freedom = max(len(rows) - 1, 1)
        found.append((-(float(squares.sum()) - freedom) / freedom**0.5, place, cut.attribute))
    return frozenset(name for _, _, name in sorted(found)[:most])


def count(window: Rows, scale: Scale, depth: int = 2) -> Tally:
    """Count every slice of up to `depth` attributes in one window of rows; an empty window has no slices."""
    import numpy as np

    known = window.labelled.to_numpy(dtype=bool)
    fine = _fine_blocks(window)[known]
    misses = misses_of(window, scale)[known]
    expected = _expected(misses, _bins(window, scale)[known], fine)
    cut = [
        (c.attribute, *c.of(window.features[c.attribute])) for c in scale.cuts if c.attribute in window.features
    ]
    keys, members, predictions, left_out = _members(_combinations(cut, scale.combined, depth), known)
    block = fine // QUARTERS
    shared = [(name, codes[known], values) for name, codes, values in cut if name in scale.combined or depth == 1]
    cells = make_cells(shared, block, misses - expected, np.maximum(expected * (1 - expected), 1e-4))
    rows, missed, due = (_by_block(members, block, each) for each in (np.ones(len(block)), misses, expected))
    return Tally(keys, rows, missed, due, predictions, members, cells, left_out)


def _by_block(members: Any, block: "Array", each: "Array") -> "Array":
    """Sums over a slice's rows in each block: (BLOCKS, s)."""
    import numpy as np
    from scipy import sparse

    shape = (BLOCKS, len(block))
    return np.asarray((sparse.csr_array((each, (block, np.arange(len(block)))), shape=shape) @ members).toarray())


def _members(
    combinations: "Iterable[tuple[Array, list[Key]]]", known: "Array"
) -> "tuple[tuple[Key, ...], Any, Array, int]":
    """The slices that are large enough: names, rows with a known label, predictions, and how many were left out."""
    import numpy as np
    from scipy import sparse

    keys: list[Key] = []
    places: list[Array] = []
    predictions: list[Array] = []
    for codes, names in combinations:
        labels = np.bincount(codes[known], minlength=len(names))
        large = labels >= MINIMUM_LABELS
        moved = np.where(large, np.cumsum(large) - 1 + len(keys), -1)
        places.append(moved[codes[known]])
        predictions.append(np.bincount(codes, minlength=len(names))[large])
        keys += [name for name, kept in zip(names, large, strict=True) if kept]
    rows = np.concatenate([np.flatnonzero(place >= 0) for place in places] or [np.empty(0, int)])
    columns = np.concatenate([place[place >= 0] for place in places] or [np.empty(0, int)])
    members = sparse.csc_array((np.ones(len(rows)), (rows, columns)), shape=(int(known.sum()), len(keys)))
    sizes: Array = np.asarray(members.sum(0)).ravel()
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_SLICES])
    made = np.concatenate(predictions or [np.empty(0)])[kept].astype(float)
    return tuple(keys[i] for i in kept), members[:, kept].tocsr(), made, len(keys) - len(kept)


def _sureness(rows: Rows) -> "Array":
    import numpy as np

    if rows.score is None:
        return np.zeros(len(rows))
    score = rows.score.to_numpy(dtype=float, na_value=np.nan)
    return np.abs(score - 0.5) if rows.task is Task.BINARY else score


def _errors(rows: Rows) -> "Array":
    import numpy as np

    label = rows.label.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(np.abs(rows.prediction.to_numpy(dtype=float, na_value=np.nan) - label))


def misses_of(rows: Rows, scale: Scale) -> "Array":
    """1.0 where the prediction missed, else 0.0 (also where the label is unknown)."""
    import numpy as np

    if rows.task is Task.REGRESSION:
        errors = _errors(rows)
        return np.asarray(np.where(np.isfinite(errors), errors > scale.missed, False), dtype=float)
    wrong = (rows.prediction != rows.label) & rows.labelled
    result: Array = wrong.to_numpy(dtype=float)
    return result


def _bins(rows: Rows, scale: Scale) -> "Array":
    """A bin of sureness for each row; without a score, one for each predicted class."""
    import numpy as np
    import pandas as pd

    if scale.sureness and rows.score is not None:
        sure = np.nan_to_num(_sureness(rows), nan=0.0)
        return np.asarray(np.searchsorted(np.asarray(scale.sureness), sure, side="right"))
    if rows.task is Task.REGRESSION:
        return np.zeros(len(rows), dtype=np.int64)
    return pd.factorize(rows.prediction, use_na_sentinel=False)[0]


def _fine_blocks(rows: Rows) -> "Array":
    """Which quarter of a block each row is in, by its place between the window's first and last prediction."""
    import numpy as np

    at = rows.at.astype("int64").to_numpy(dtype=float)
    span = max(float(np.ptp(at)), 1.0) if len(at) else 1.0
    share = (at - at.min()) / span if len(at) else at
    return np.minimum((share * BLOCKS * QUARTERS).astype(np.int64), BLOCKS * QUARTERS - 1)


def _expected(misses: "Array", bins: "Array", fine: "Array") -> "Array":
    """The probability of a miss of each row: its bin's rate in this window, moved in log-odds by its quarter.

    The move is penalised as if drawn from a standard normal (one pseudo-observation), so that a quarter with few
    rows moves little. Newton's method; it settles within a few steps.
    """
    import numpy as np
    from scipy.special import expit, logit

    if not misses.size:
        return misses
    rate = (np.bincount(bins, weights=misses) + 1) / (np.bincount(bins) + 5)
    odds, total = logit(rate[bins]), np.bincount(fine, weights=misses)
    move = np.zeros(len(total))
    for _ in range(8):
        p = expit(odds + move[fine])
        slope = total - np.bincount(fine, weights=p) - move
        move += np.clip(slope / (np.bincount(fine, weights=p * (1 - p)) + 1), -1, 1)
    return np.asarray(expit(odds + move[fine]))


def _combinations(
    cut: "list[tuple[str, Array, list[Value]]]", combined: frozenset[str], depth: int
) -> "Iterator[tuple[Array, list[Key]]]":
    """For every combination of up to `depth` attributes: the slice of each row, and the slices' keys."""
    import numpy as np

    several = [each for each in cut if each[0] in combined]
    for size in range(1, depth + 1):
        for chosen in combinations(cut if size == 1 else several, size):
            if not len(chosen[0][1]):
                continue
            shape = [len(values) for _, _, values in chosen]
            flat = np.ravel_multi_index([codes for _, codes, _ in chosen], shape)
            present, codes = np.unique(flat, return_inverse=True)
            places = np.stack(np.unravel_index(present, shape), axis=1)
            yield codes, [tuple((chosen[i][0], chosen[i][2][j]) for i, j in enumerate(place)) for place in places]
