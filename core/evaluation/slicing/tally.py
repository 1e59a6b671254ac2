"""One window counted: predictions, misses and expected misses of every slice, in blocks of time. Pure.

A block is a seventh of the window. What is expected of a row follows from how sure the model was of it, moved so
that each quarter of a block comes out right as a whole: a slice is not to blame for a storm that hit everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.cuts import Cut, Key

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

BLOCKS = 7
QUARTERS = 4
SURENESS_BINS = 20
MISSED_QUANTILE = 0.8
"""A regression misses when its error is larger than this share of past errors was."""


@dataclass(frozen=True)
class Tally:
    """What a window came to: `keys` names s slices; `rows`, `misses` and `expected` are (BLOCKS, s) arrays of
    counts over predictions whose label is known. `predictions` (s) counts those without a label, too."""

    keys: tuple[Key, ...]
    rows: "Array"
    misses: "Array"
    expected: "Array"
    predictions: "Array"


@dataclass(frozen=True)
class Scale:
    """What is learned from the past before rows can be counted: the cuts, the edges between the bins of sureness
    (empty: there is no score), and for REGRESSION the error that counts as a miss."""

    cuts: tuple[Cut, ...]
    sureness: tuple[float, ...] = ()
    missed: float = 0.0


def learn_scale(past: Rows, cuts: Sequence[Cut]) -> Scale:
    """The scale by which windows are counted, from past rows; without labels nothing counts as a miss."""
    import numpy as np

    edges: tuple[float, ...] = ()
    if past.score is not None and past.score.notna().any():
        shares = np.linspace(0, 1, SURENESS_BINS + 1)[1:-1]
        edges = tuple(sorted({float(edge) for edge in np.nanquantile(_sureness(past), shares)}))
    errors = _errors(past) if past.task is Task.REGRESSION else np.empty(0)
    known = errors[np.isfinite(errors)]
    return Scale(tuple(cuts), edges, float(np.quantile(known, MISSED_QUANTILE)) if known.size else 0.0)


def count(window: Rows, scale: Scale, depth: int = 2) -> Tally:
    """Count every slice of up to `depth` attributes in one window of rows; an empty window has no slices."""
    import numpy as np

    known = window.labelled.to_numpy(dtype=bool)
    misses = misses_of(window, scale)
    fine = _fine_blocks(window)
    bins = _bins(window, scale)
    expected = np.zeros(len(window))
    expected[known] = _expected(misses[known], bins[known], fine[known])
    block = fine // QUARTERS
    parts = [
        _grouped(codes, keys, known, block, misses, expected)
        for codes, keys in _combinations(window, scale, depth)
    ]
    if not parts or not len(window):
        empty = np.zeros((BLOCKS, 0))
        return Tally((), empty, empty, empty, np.zeros(0))
    keys = tuple(key for tally in parts for key in tally.keys)
    rows, missed, due = (np.concatenate([getattr(t, n) for t in parts], axis=1) for n in _ARRAYS)
    return Tally(keys, rows, missed, due, np.concatenate([t.predictions for t in parts]))


_ARRAYS = ("rows", "misses", "expected")


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


def _combinations(rows: Rows, scale: Scale, depth: int) -> list[tuple["Array", list[Key]]]:
    """For every combination of up to `depth` attributes: the slice of each row, and the slices' keys."""
    import numpy as np

    cut = [(c.attribute, *c.of(rows.features[c.attribute])) for c in scale.cuts if c.attribute in rows.features]
    found: list[tuple[Any, list[Key]]] = []
    for size in range(1, depth + 1):
        for chosen in combinations(cut, size):
            shape = [len(values) for _, _, values in chosen]
            flat = (
                np.ravel_multi_index([codes for _, codes, _ in chosen], shape) if len(rows) else np.empty(0, int)
            )
            present, codes = np.unique(flat, return_inverse=True)
            places: Any = np.stack(np.unravel_index(present, shape), axis=1) if len(present) else []
            keys = [tuple((chosen[i][0], chosen[i][2][j]) for i, j in enumerate(place)) for place in places]
            found.append((codes, keys))
    return found


def _grouped(
    codes: "Array",
    keys: list[Key],
    known: "Array",
    block: "Array",
    misses: "Array",
    expected: "Array",
) -> Tally:
    import numpy as np

    size = len(keys)
    place = (block * size + codes)[known]

    def by_block(weights: "Array | None") -> "Array":
        sums = np.bincount(place, None if weights is None else weights[known], minlength=BLOCKS * size)
        return sums.astype(float).reshape(BLOCKS, size)

    predictions = np.bincount(codes, minlength=size).astype(float)
    return Tally(tuple(keys), by_block(None), by_block(misses), by_block(expected), predictions)
