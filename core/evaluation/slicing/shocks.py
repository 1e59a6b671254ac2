"""What hit everybody of one attribute's value for a while (fog over one airport) is no fault of the slices in it. Pure.

A linear mixed model around what is expected of each row: every value of every attribute has, in every block of time,
a shift of the log-odds of a miss, drawn from Student's t around nought, so that a storm is taken out almost whole and
calm hardly at all. What is left of a slice's misses is weighed by how much is known of it (generalised least squares).
After Breslow and Clayton (1993), one step of their quasi-likelihood; the t by its EM weights (Lange et al., 1989).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing.cuts import Value

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

Place = tuple[str, Value]
Moments = Mapping[Place, tuple[float, float]]
"""Of each value: the sums over its blocks of squared misses left over their variance, less one; and of variances."""

FREEDOM = 4.0
"""Degrees of freedom of the shifts: few, because storms are far outside of what calm blocks do."""
ROUNDS = 4
SHARED = 0.8
"""Of what a value's misses vary by, the share that is taken to be its own; the rest it has from other attributes."""
UNKNOWN_SPREAD = 0.2
"""The variance of shifts (log-odds squared) while no past tells of it."""
MOST_CELLS = 500
"""Values in blocks that have a shift of their own, the largest; the work grows with their square."""
SMALLEST_CELL = 0.5
"""A value of which fewer misses (as variance) are expected in a block has no shift there: nothing tells of it."""


@dataclass(frozen=True)
class Cells:
    """The g values in blocks that have a shift: `values` (g) says of which value each is; `rows` is the (n, g) sparse
    matrix of ones that says which rows are in which; `left` and `variance` (n) are misses beyond what is expected of
    each row and their variance."""

    values: tuple[Place, ...]
    rows: Any
    left: "Array"
    variance: "Array"


def make_cells(
    codes: "Sequence[tuple[str, Array, list[Value]]]", block: "Array", left: "Array", variance: "Array"
) -> Cells:
    """From attributes with the code of each of n rows and the codes' values, and the rows' blocks."""
    import numpy as np
    from scipy import sparse

    blocks = int(block.max(initial=0)) + 1
    parts, values = [sparse.csr_array((len(block), 0))], list[Place]()
    for name, code, names in codes:
        found, place = np.unique(code * blocks + block, return_inverse=True)
        shape = (len(block), len(found))
        parts.append(sparse.csr_array((np.ones(len(block)), (np.arange(len(block)), place)), shape=shape))
        values += [(name, names[int(each) // blocks]) for each in found]
    rows = sparse.hstack(parts, format="csc")
    size = rows.T @ variance
    kept = np.sort(np.argsort(-size, kind="stable")[: min(MOST_CELLS, int((size >= SMALLEST_CELL).sum()))])
    return Cells(tuple(values[i] for i in kept), rows[:, kept].tocsr(), left, variance)


def moments_of(cells: Cells) -> Moments:
    """How much the window's blocks shifted, by value."""
    excess = (cells.rows.T @ cells.left) ** 2
    size = cells.rows.T @ cells.variance
    found: dict[Place, tuple[float, float]] = {}
    for place, more, each in zip(cells.values, excess / size - 1, size, strict=True):
        before = found.get(place, (0.0, 0.0))
        found[place] = (before[0] + float(more), before[1] + float(each))
    return found


def spread_of(cells: Cells, past: Sequence[Moments]) -> "Array":
    """The variance of each cell's shift, by the method of moments over past windows; that of a value is shrunk
    towards its attribute's, and lies within [.3, 5] times that."""
    import numpy as np

    sums: dict[Place, tuple[float, float]] = {}
    for each in past:
        for place, (more, size) in each.items():
            before = sums.get(place, (0.0, 0.0))
            sums[place] = (before[0] + more, before[1] + size)
    whole = {name: _whole(name, sums) for name in {name for name, _ in cells.values}}
    return np.array([_shrunk(sums.get(place, (0.0, 0.0)), whole[place[0]]) for place in cells.values])


def _whole(name: str, sums: Moments) -> tuple[float, float]:
    """An attribute's variance of shifts, and how much that is worth beside a value's own."""
    from statistics import median

    own = [each for (attribute, _), each in sums.items() if attribute == name]
    if not own:
        return UNKNOWN_SPREAD, 1.0
    size = sum(each for _, each in own)
    return max(0.01, sum(more for more, _ in own) / size), 2 * median(each for _, each in own)


def _shrunk(own: tuple[float, float], whole: tuple[float, float]) -> float:
    usual, worth = whole
    found = (own[0] + worth * usual) / (own[1] + worth)
    return SHARED * min(5 * usual, max(0.3 * usual, found))


def rises_of(cells: Cells, spread: "Array", members: Any) -> "tuple[Array, Array]":
    """By how much the log-odds of a miss rose in each of s slices, all blocks together, and how much is known of it
    (the inverse of the estimate's variance). `members` is the (n, s) sparse matrix of ones of the slices' rows."""
    import numpy as np

    weighed = cells.rows.multiply(cells.variance[:, None]).tocsr()
    known = (cells.rows.T @ weighed).toarray()
    shift, unsure = _shifts(known, cells.rows.T @ cells.left, spread)
    shared = (weighed.T @ members).toarray()
    left = members.T @ cells.left - shared.T @ shift
    information = members.T @ cells.variance - np.einsum("gs,gs->s", shared, unsure @ shared)
    information = np.maximum(information, 1e-6)
    return left / information, information


def _shifts(known: "Array", left: "Array", spread: "Array") -> "tuple[Array, Array]":
    """The g shifts and their (g, g) covariance."""
    import numpy as np

    now = spread.copy()
    shift, unsure = np.zeros(len(spread)), np.zeros((len(spread), len(spread)))
    for _ in range(ROUNDS):
        unsure = _inverse(known + np.diag(1 / now))
        shift = unsure @ left
        now = spread * (FREEDOM + (shift**2 + np.diag(unsure)) / spread) / (FREEDOM + 1)
    return shift, unsure


def _inverse(precision: "Array") -> "Array":
    """Of a symmetric, positive definite matrix, by its Cholesky factor: half the work of any other way."""
    import numpy as np
    from scipy.linalg.lapack import dpotrf, dpotri

    if not len(precision):
        return precision
    upper = dpotri(dpotrf(precision)[0])[0]
    whole = upper + upper.T
    np.fill_diagonal(whole, np.diag(upper))
    return np.asarray(whole)
