"""What a slice's own counts say while few slices of few windows show no tail of what healthy ones do. Pure.

Four slices over eight windows say little of how far healthy ones stray. But that none of 18 positives is found where
half of them always were, no chance brings: the next count follows a beta-binomial distribution of what past windows
came to together.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

FEWEST = 5
"""Past windows of a slice that are needed."""
PLAIN = 2.0
"""Standard errors from which on everything else plainly went wrong too."""
LEAST = 0.04
"""The least variance of log-odds by which windows differ: few of them do not show that they never do."""
HALF = 0.5
"""What is added to each of two counts, so that neither share is nought (Jeffreys)."""


def chances(now: "Array", past: "Array", whole: "Array", whole_past: "Array") -> "Array":
    """How many clean slices of a window would go wrong so often: of each of s slices the chance of as many misses,
    times s; in (0, s], and infinite for one that fewer than FEWEST past windows had.

    `now` is (2, s), rows and misses; `past` (windows, 2, s); `whole` (2) and `whole_past` (windows, 2) are of all rows.
    Windows differ by more than chance makes them, by as much as the past of all slices shows (Pearson's statistic over
    its degrees of freedom, at least 1). What rows outside the slice miss more than usual is expected of it too, as far
    as they say it: where everything fails, no slice does.
    """
    import numpy as np
    from scipy.stats import betabinom

    rows, misses = past.sum(0)
    seen = (past[:, 0] > 0).sum(0)
    usual = (misses + HALF) / (rows + 2 * HALF)
    wide = _wide(past, usual)
    rise, unsure = _rise_elsewhere(now, past.sum(0), whole, whole_past, wide)
    odds = usual / (1 - usual) * np.exp(rise)
    due = odds / (1 + odds)
    each = np.maximum(rows / np.maximum(seen, 1), 2.0)
    alike = np.minimum((wide - 1) / (each - 1), 0.5)
    spread = alike / (1 - alike) + wide / np.maximum(rows, 1) + due * (1 - due) * unsure
    found = betabinom.sf(now[1] - 1, now[0], due / spread, (1 - due) / spread)
    return np.where((seen >= FEWEST) & (now[0] > 0), np.maximum(found, 1e-300) * now.shape[1], np.inf)


def _wide(past: "Array", usual: "Array") -> float:
    """How much more past windows vary than chance makes them, of all slices together; at least 1."""
    import numpy as np

    rows, misses = past[:, 0], past[:, 1]
    there = rows > 0
    squares = np.where(there, (misses - rows * usual) ** 2 / np.maximum(rows * usual * (1 - usual), 1e-9), 0.0)
    freedom = there.sum() - (there.sum(0) > 0).sum()
    return max(1.0, float(squares.sum() / freedom)) if freedom > 0 else 1.0


def _rise_elsewhere(
    now: "Array", past: "Array", whole: "Array", whole_past: "Array", wide: float
) -> "tuple[Array, Array]":
    """By how much the log-odds of a miss rose outside each slice (0 at least), and the variance of that: shrunk towards
    none by how much the whole went from window to window, unless it is more than that and chance explain."""
    import numpy as np

    outside, before = whole[:, None] - now, whole_past.sum(0)[:, None] - past
    wrong, right = outside[1] + HALF, outside[0] - outside[1] + HALF
    wrong_before, right_before = before[1] + HALF, before[0] - before[1] + HALF
    rise = np.log(wrong / right) - np.log(wrong_before / right_before)
    known = wrong_before * right_before / (wrong_before + right_before) ** 2  # as it usually is, a row's variance
    unsure = wide * (1 / (wrong + right) + 1 / (wrong_before + right_before)) / known
    shared = _shared(whole_past)
    believed = np.where(rise > PLAIN * np.sqrt(unsure + shared), 1.0, shared / (shared + unsure))
    return np.maximum(believed * rise, 0.0), believed * unsure


def _shared(whole: "Array") -> float:
    """By how much the log-odds of a miss differ from window to window beside chance, as a variance; at least LEAST."""
    import numpy as np

    wrong, right = whole[:, 1] + HALF, whole[:, 0] - whole[:, 1] + HALF
    odds = np.log(wrong / right)
    return max(LEAST, float(np.var(odds, ddof=1) - np.mean(1 / wrong + 1 / right))) if len(odds) > 1 else LEAST
