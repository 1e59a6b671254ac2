"""One window counted: which rows each slice has, and its predictions, misses and expected misses in blocks. Pure.

A miss is whatever the loss that is looked at counts (`Loss`), and the rows are those that it concerns.

A block is a seventh of the window. What is expected of a row follows from how sure the model was of it, moved so
that each quarter of a block comes out right as a whole: a slice is not to blame for a storm that hit everybody.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing.counted import BLOCKS, QUARTERS, Counted
from core.evaluation.slicing.cuts import Key
from core.evaluation.slicing.losses import Loss, called, concerned
from core.evaluation.slicing.scale import Scale
from core.evaluation.slicing.shocks import Cells, make_cells

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

MINIMUM_OF_CLASS = 10
"""A slice is not judged by the loss of a class of which it has fewer labels: few, as classes may be rare and all
of them missed."""


@dataclass(frozen=True)
class Tally:
    """What a window came to by one loss. `keys` names the s slices with MINIMUM_LABELS known labels or more (of a
    class's loss, MINIMUM_OF_CLASS of that class too); `rows`, `misses` and `expected` are (BLOCKS, s) arrays of counts
    over the n rows that the loss concerns, `members` the (n, s) sparse matrix of ones that says which are in which
    slice, and `whole` (2) the rows and misses of the window. `predictions` (s) counts all of a slice, `labels` (s)
    those whose label is known, and `called` (s) those called what rows that went wrong are called. `cells` is what the
    shocks are estimated from, `skew` (s) how lopsided chance is (`scan.evened`), and `left_out` counts slices beyond
    MOST_SLICES."""

    keys: tuple[Key, ...]
    rows: "Array"
    misses: "Array"
    expected: "Array"
    predictions: "Array"
    labels: "Array"
    called: "Array"
    members: Any
    cells: Cells
    skew: "Array"
    whole: "Array"
    left_out: int = 0


def tally(counted: Counted, scale: Scale, loss: Loss = Loss.MISS) -> Tally:
    """What the window came to by one loss.

    Where a loss is about a class, how sure the model was says nothing more: it is what went wrong. So what is expected
    of a row then follows from its time alone.
    """
    import numpy as np

    window, labels = counted.window, np.asarray(counted.members.sum(0)).ravel()
    keep = concerned(window, loss)
    misses, fine = scale.wrong(window, loss)[keep], counted.fine[keep]
    bins = scale.bins(window)[keep] if loss is Loss.MISS else np.zeros(len(fine), dtype=np.int64)
    expected = _expected(misses, bins, fine)
    variance = np.maximum(expected * (1 - expected), 1e-4)
    members, block = counted.members if keep.all() else counted.members[keep], fine // QUARTERS
    chosen = np.asarray(members.sum(0)).ravel() >= (MINIMUM_OF_CLASS if loss.of_class else 0)
    members = members if chosen.all() else members[:, chosen]
    shared = [(name, codes[keep], values) for name, codes, values in counted.shared]
    rows, missed, due = (_by_block(members, block, each) for each in (np.ones(len(block)), misses, expected))
    return Tally(
        keys=tuple(key for key, kept in zip(counted.keys, chosen, strict=True) if kept),
        rows=rows,
        misses=missed,
        expected=due,
        predictions=counted.predictions[chosen],
        labels=labels[chosen],
        called=_called_alike(counted, scale, loss)[chosen],
        members=members,
        cells=make_cells(shared, block, misses - expected, variance),
        skew=(members.T @ (variance * (1 - 2 * expected))) / (members.T @ variance),
        whole=np.array([len(misses), misses.sum()]),
        left_out=counted.left_out,
    )


def _called_alike(counted: Counted, scale: Scale, loss: Loss) -> "Array":
    """Of each slice, how many rows are called what those that went wrong are called; of a loss of no class, all."""
    import numpy as np

    alike = np.ones(len(counted.window))
    if loss.of_class:
        alike = (called(counted.window, scale.cutoff) == (loss is Loss.NEGATIVES)).astype(float)
    return np.asarray(counted.members.T @ alike)


def _by_block(members: Any, block: "Array", each: "Array") -> "Array":
    """Sums over a slice's rows in each block: (BLOCKS, s)."""
    import numpy as np
    from scipy import sparse

    shape = (BLOCKS, len(block))
    return np.asarray((sparse.csr_array((each, (block, np.arange(len(block)))), shape=shape) @ members).toarray())


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
