"""Two values that never came together: each may be common, every mean stays as it was, and still no label has told of
what the model does where they meet."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.trees import thinned

BINS = 6
"""Parts of a column: a number's by quantiles, a text's commonest and all the others."""
HARDLY = 0.01
"""A cell of two columns' parts is untold when it held less than this share of what it would were they independent,"""
FEWEST_EXPECTED = 20.0
"""and when that would be at least so many rows: none of twenty is no chance."""
COULD_COME = 0.02
"""Pairs whose untold cells independent columns would fill with less than this share of the rows are left alone,"""
MOST_PAIRS = 64
"""and of more pairs those that could surprise most are watched."""
BLOCK = 100
"""Rows that follow each other, among which independent columns would mix."""
MOST_COLUMNS, MOST_ROWS = 100, 20_000
"""What is looked at to find them: the last columns, for score and prediction stand there, and rows at random."""


@dataclass(frozen=True)
class Pairs:
    """The pairs that are watched: `columns` (p x 2), for each of the matrix's columns the inner `edges` of its parts,
    and which cells are `untold` (p x BINS x BINS)."""

    columns: Ints
    edges: tuple[Floats, ...]
    untold: "np.ndarray[Any, np.dtype[np.bool_]]"

    def share(self, matrix: Floats) -> Floats:
        """Of each pair the share in [0, 1] of these rows (n x k) that lie where hardly any labelled row had; what a row
        lacks lies nowhere. NaN of no rows."""
        if not len(matrix):
            return np.full(len(self.columns), np.nan)
        found, parts = np.zeros(len(self.columns)), {}
        for number, (left, right) in enumerate(self.columns.tolist()):
            for each in (left, right):
                if each not in parts:
                    parts[each] = _part(matrix[:, each], self.edges[each])
            found[number] = (self.untold[number][parts[left], parts[right]] & _told(matrix, left, right)).mean()
        return found


def watched(matrix: Floats, at: Floats, texts: list[int]) -> Pairs:
    """From labelled rows (n x k) in order of time, `at` (n): numbers, but for the codes of texts at `texts`, commonest
    first.

    None of few rows, and none of two values that only windows share: a warm day that was never a wet one tells
    nothing, for days are few, so what is expected of a cell is added up over stretches of about BLOCK rows.
    """
    chosen = thinned(len(matrix), MOST_ROWS)
    matrix, at = matrix[chosen], at[chosen]
    count = matrix.shape[1]
    edges = tuple(_edges(matrix[:, place], text=place in texts) for place in range(count))
    first = max(0, count - MOST_COLUMNS)
    parts = np.zeros((len(matrix), count - first, BINS), np.float32)
    for place in range(first, count):
        told = np.flatnonzero(np.isfinite(matrix[:, place]))
        parts[told, place - first, _part(matrix[told, place], edges[place])] = 1.0
    # Rows of one instant stay together, so that their order changes nothing.
    starts = np.unique(np.searchsorted(at, at[::BLOCK])).tolist()
    untold, could = _untold(parts, starts)
    left, right = np.triu_indices(count - first, 1)
    chosen = np.argsort(-could[left, right], kind="stable")[:MOST_PAIRS]
    chosen = np.sort(chosen[could[left, right][chosen] >= COULD_COME])
    columns = np.column_stack([left[chosen], right[chosen]])
    return Pairs(columns.astype(np.int64) + first, edges, untold[left[chosen], right[chosen]])


def _untold(parts: "np.ndarray[Any, Any]", starts: list[int]) -> "tuple[np.ndarray[Any, Any], Floats]":
    """From rows x k columns x BINS of 0 and 1, and where stretches start: by pair of columns which cells are untold,
    and the share of rows that independent columns would have there."""
    rows, columns, bins = parts.shape
    flat = parts.reshape(rows, columns * bins)
    seen, expected = flat.T @ flat, np.zeros((columns * bins, columns * bins), np.float32)
    for start, end in pairwise([*starts, rows]):
        sums = flat[start:end].sum(axis=0)
        expected += np.outer(sums, sums) / (end - start)
    found = (expected >= FEWEST_EXPECTED) & (seen < HARDLY * expected)
    shape = (columns, bins, columns, bins)
    could = (expected * found).reshape(shape).sum(axis=(1, 3)) / max(rows, 1)
    return found.reshape(shape).transpose(0, 2, 1, 3), np.asarray(could, np.float64)


def _edges(values: Floats, *, text: bool) -> Floats:
    if text:
        return np.asarray(np.arange(1, BINS) - 0.5, np.float64)
    told = values[np.isfinite(values)]
    every = np.quantile(told, np.arange(1, BINS) / BINS) if len(told) else told
    return np.asarray(np.unique(every), np.float64)


def _part(values: Floats, edges: Floats) -> Ints:
    return np.asarray(np.searchsorted(edges, np.nan_to_num(values), side="left"), np.int64)


def _told(matrix: Floats, left: int, right: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.asarray(np.isfinite(matrix[:, left]) & np.isfinite(matrix[:, right]))
