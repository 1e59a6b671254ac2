"""One signal in past windows: its values, the rows behind them, how new each was when it came, and which are usual."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.checks.signals import Signal

Array = np.ndarray[Any, np.dtype[np.float64]]
LONGEST = 800
"""Past windows that are looked at; older ones are forgotten."""


@dataclass(frozen=True)
class Novelty:
    """`gap` is the distance to the nearest past windows, `excess` what of it the number of rows does not explain, both
    in this `unit`."""

    gap: float
    excess: float
    unit: float = 1.0


class PastWindows:
    """Oldest first, in arrays that grow.

    `all_usual` says that each is usual; `fewest` and `most` bound the rows of any.
    """

    def __init__(self, width: int) -> None:
        self.size = 0
        self.all_usual, self.fewest, self.most = True, np.inf, 0.0
        self.values = np.zeros((16, width))
        self.rows, self.gap, self.excess, self.unit = np.ones(16), np.zeros(16), np.zeros(16), np.ones(16)
        self.usual_ones, self.window = np.zeros(16, dtype=bool), np.zeros(16, dtype=int)
        self.modest, self.hinges = np.zeros(16, dtype=bool), np.zeros(16, dtype=bool)

    def add(self, window: int, signal: Signal, novelty: Novelty | None) -> None:
        """A window's signal; `novelty` is None for one that was not judged."""
        if self.size == len(self.rows):
            self._grow()
        at = self.size
        self.set(at, signal)
        self.put(at, Novelty(np.nan, np.nan) if novelty is None else novelty)
        self.usual_ones[at], self.window[at], self.modest[at] = True, window, False
        self.size += 1

    def _grow(self) -> None:
        for name in ("values", "rows", "gap", "excess", "unit", "usual_ones", "window", "modest", "hinges"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))

    def set(self, at: int, signal: Signal) -> None:
        """What the signal at a place is."""
        self.values[at], self.rows[at], self.hinges[at] = signal.values, signal.rows, signal.hinges
        self.fewest, self.most = min(self.fewest, signal.rows), max(self.most, signal.rows)

    def put(self, at: int, novelty: Novelty) -> None:
        """How new the window at a place was."""
        self.gap[at], self.excess[at], self.unit[at] = novelty.gap, novelty.excess, novelty.unit

    def signal(self, at: int) -> Signal:
        return Signal(self.values[at], int(self.rows[at]), bool(self.hinges[at]))

    def place_of(self, window: int) -> int | None:
        """Where a window is; None for one that had no such signal."""
        at = int(np.searchsorted(self.window[: self.size], window))
        return at if at < self.size and self.window[at] == window else None

    def mark(self, first: int, last: int, *, usual: bool, modest: bool) -> None:
        """Whether the windows from `first` to `last` count as usual; what is unusual, but `modest`, still tells how
        far this signal goes by itself."""
        here = slice(0, self.size)
        chosen = (self.window[here] >= first) & (self.window[here] <= last)
        self.usual_ones[here][chosen] = usual
        self.modest[here][chosen] = modest
        self.all_usual = bool(self.usual_ones[here].all())

    def usual_gaps(self) -> Array:
        """How far each recent usual window that was judged was from the nearest."""
        gaps: Array = self.gap[self.recent][self.usual_ones[self.recent]]
        return gaps[~np.isnan(gaps)]

    @property
    def recent(self) -> slice:
        """The places that are looked at."""
        return slice(max(0, self.size - LONGEST), self.size)

    def last(self, windows: int) -> tuple[Array, Array]:
        """The values and rows of so many windows at the end."""
        here = slice(max(0, self.size - windows), self.size)
        return self.values[here], self.rows[here]

    def latest(self, windows: int) -> Array:
        """The values of so many usual windows at the end; of all windows where none is usual."""
        return self._all_usual()[-windows:]

    def usual(self) -> Array:
        """The middle of the usual past, by each value of the vector."""
        middle: Array = np.median(self._all_usual(), axis=0)
        return middle

    def deviations(self) -> Array:
        """How far the usual past goes from its middle, by each value of the vector: robust standard deviations, at
        least a hundredth of the middle's size."""
        middle = self.usual()
        off: Array = 1.4826 * np.median(np.abs(self._all_usual() - middle), axis=0)
        return np.maximum(off, np.maximum(0.01 * np.abs(middle), 1e-12))

    def _all_usual(self) -> Array:
        """The values of usual windows; of all where none is."""
        chosen = self.values[: self.size][self.usual_ones[: self.size]]
        return chosen if len(chosen) else self.values[: self.size]
