"""Which rows of a window lie in which slice: every combination of attributes' values that is large enough. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from core.evaluation.rows import Rows
from core.evaluation.slicing.cuts import Key, Value
from core.evaluation.slicing.scale import Scale

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

BLOCKS = 7
QUARTERS = 4
MINIMUM_LABELS = 30
"""A slice with fewer known labels in a window is not judged."""
MOST_SLICES = 3000
"""Slices of a window that are judged: those with the most labels."""


@dataclass(frozen=True)
class Counted:
    """A window in which the slices are known, before any loss is looked at: `window` has the n rows with a known
    label, `members` (n, s) says which are in which slice; `fine` (n) are their quarters of blocks, `shared` the
    attributes whose values may have had a shock, with the code of each row."""

    window: Rows
    keys: tuple[Key, ...]
    members: Any
    predictions: "Array"
    fine: "Array"
    shared: "list[tuple[str, Array, list[Value]]]"
    left_out: int


def count(window: Rows, scale: Scale, depth: int = 2) -> Counted:
    """Every slice of up to `depth` attributes in one window of rows; an empty window has no slices."""
    known = window.labelled.to_numpy(dtype=bool)
    cut = [
        (c.attribute, *c.of(window.features[c.attribute])) for c in scale.cuts if c.attribute in window.features
    ]
    keys, members, predictions, left_out = _members(_combinations(cut, scale.combined, depth), known)
    shared = [(name, codes[known], values) for name, codes, values in cut if name in scale.combined or depth == 1]
    fine = _fine_blocks(window)[known]
    return Counted(
        window.without_features().where(window.labelled), keys, members, predictions, fine, shared, left_out
    )


def _members(
    combinations: "Iterable[tuple[Array, int, Callable[[int], Key]]]", known: "Array"
) -> "tuple[tuple[Key, ...], Any, Array, int]":
    """The slices that are large enough: names, rows with a known label, predictions, and how many were left out."""
    import numpy as np
    from scipy import sparse

    keys: list[Key] = []
    places: list[Array] = []
    predictions: list[Array] = []
    for codes, count, named in combinations:
        labels = np.bincount(codes[known], minlength=count)
        large = labels >= MINIMUM_LABELS
        moved = np.where(large, np.cumsum(large) - 1 + len(keys), -1)
        places.append(moved[codes[known]])
        predictions.append(np.bincount(codes, minlength=count)[large])
        keys += [named(int(each)) for each in np.flatnonzero(large)]
    rows = np.concatenate([np.flatnonzero(place >= 0) for place in places] or [np.empty(0, int)])
    columns = np.concatenate([place[place >= 0] for place in places] or [np.empty(0, int)])
    members = sparse.csc_array((np.ones(len(rows)), (rows, columns)), shape=(int(known.sum()), len(keys)))
    sizes: Array = np.asarray(members.sum(0)).ravel()
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_SLICES])
    made = np.concatenate(predictions or [np.empty(0)])[kept].astype(float)
    return tuple(keys[i] for i in kept), members[:, kept].tocsr(), made, len(keys) - len(kept)


def _fine_blocks(rows: Rows) -> "Array":
    """Which quarter of a block each row is in, by its place between the window's first and last prediction."""
    import numpy as np

    at = rows.at.astype("int64").to_numpy(dtype=float)
    span = max(float(np.ptp(at)), 1.0) if len(at) else 1.0
    share = (at - at.min()) / span if len(at) else at
    return np.minimum((share * BLOCKS * QUARTERS).astype(np.int64), BLOCKS * QUARTERS - 1)


def _combinations(
    cut: "list[tuple[str, Array, list[Value]]]", combined: frozenset[str], depth: int
) -> "Iterator[tuple[Array, int, Callable[[int], Key]]]":
    """For every combination of up to `depth` attributes: the slice of each row, how many slices there are, and what
    names each: most are too small to be named."""
    import numpy as np

    several = [each for each in cut if each[0] in combined]
    for size in range(1, depth + 1):
        for chosen in combinations(cut if size == 1 else several, size):
            if not len(chosen[0][1]):
                continue
            shape = [len(values) for _, _, values in chosen]
            flat = np.ravel_multi_index([codes for _, codes, _ in chosen], shape)
            present, codes = np.unique(flat, return_inverse=True)
            yield codes, len(present), partial(_key, chosen, np.unravel_index(present, shape))


def _key(chosen: "Sequence[tuple[str, Array, list[Value]]]", places: "Sequence[Array]", slice_: int) -> Key:
    return tuple(
        (name, values[int(place[slice_])]) for (name, _, values), place in zip(chosen, places, strict=True)
    )
