"""The past of one signal, and how new a window is beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.checks.distance import Measure
from core.evaluation.checks.signals import Signal

Array = np.ndarray[Any, np.dtype[np.float64]]
MINIMUM = 7
"""With fewer past windows there is no usual."""
SECOND = 20
"""From so many on, the second nearest past window counts: one incident in the past hides no other."""
LONGEST = 800
"""Past windows that are looked at; older ones are forgotten."""

FEWER = 0.7
"""A window with less than this share of the usual rows may be noisier than any before."""
LEFT_OUT = 120
"""Past windows that are judged beside the others when a history is learned."""


@dataclass(frozen=True)
class Novelty:
    """`gap` is the distance to the nearest past windows, `excess` what of it the number of rows does not explain."""

    gap: float
    excess: float


class Track:
    """Values of one signal in past windows, oldest first, with the novelty that each had when it came."""

    def __init__(self, measure: Measure, width: int) -> None:
        self.measure = measure
        self.size = 0
        self._values = np.zeros((16, width))
        self._rows, self._gap, self._excess = np.ones(16), np.zeros(16), np.zeros(16)
        self._usual, self._window = np.zeros(16, dtype=bool), np.zeros(16, dtype=int)
        self._cut: tuple[Array, Array, Any] | None = None
        self._largest: tuple[float, float] | None = None

    def add(self, window: int, signal: Signal, novelty: Novelty | None) -> None:
        """A window's signal; `novelty` is None for one that was not judged."""
        if self.size == len(self._rows):
            self._grow()
        at = self.size
        self._values[at], self._rows[at] = signal.values, signal.rows
        self._gap[at] = np.nan if novelty is None else novelty.gap
        self._excess[at] = np.nan if novelty is None else novelty.excess
        self._usual[at], self._window[at] = True, window
        self.size += 1
        self._cut = self._largest = None

    def _grow(self) -> None:
        for name in ("_values", "_rows", "_gap", "_excess", "_usual", "_window"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))

    def mark(self, first: int, last: int, *, usual: bool) -> None:
        """Whether the windows from `first` to `last` count as usual."""
        here = slice(0, self.size)
        chosen = (self._window[here] >= first) & (self._window[here] <= last)
        self._usual[here][chosen] = usual
        self._cut = self._largest = None

    def novelty(self, signal: Signal, without: int | None = None) -> Novelty | None:
        """How new a signal is (`without`: beside all windows but this one); None when the past is too short."""
        past, rows, windows = self._past()
        if without is not None:
            past, rows = past[windows != without], rows[windows != without]
        if len(past) < MINIMUM:
            return None
        gaps = self.measure.gap(signal.values, past)
        gap = _nearest(gaps)
        if gap < self.measure.floor / 2:
            return Novelty(gap, 0.0)
        noise = self.measure.noise(signal.values, past, float(signal.rows), rows)
        if self.measure.bounded and signal.rows >= FEWER * float(np.median(rows)):
            noise = np.minimum(noise, self._known()[0])
        return Novelty(gap, _nearest(np.clip(gaps - noise, 0, None)))

    def last(self, window: int) -> Array | None:
        """The values of this window, when it is the last."""
        if self.size and self._window[self.size - 1] == window:
            values: Array = self._values[self.size - 1]
            return values
        return None

    def scale(self) -> float:
        """What a window's excess is measured by: the largest of the past, at least the floor."""
        return max(self.measure.floor, self._known()[1])

    def _past(self) -> tuple[Array, Array, Any]:
        """Values, rows and indices of the usual windows."""
        if self._cut is None:
            here = slice(max(0, self.size - LONGEST), self.size)
            chosen = self._usual[here]
            self._cut = self._values[here][chosen], self._rows[here][chosen], self._window[here][chosen]
        return self._cut

    def _known(self) -> tuple[float, float]:
        """The largest gap so far, which bounds what can be noise (a column that never moves has none), and the
        largest excess."""
        if self._largest is None:
            here = slice(max(0, self.size - LONGEST), self.size)
            chosen = self._usual[here] & ~np.isnan(self._gap[here])
            gaps, excesses = self._gap[here][chosen], self._excess[here][chosen]
            bound = _top(gaps) if len(gaps) >= SECOND else np.inf
            self._largest = bound, _top(excesses) if len(excesses) >= 2 else 0.0
        return self._largest

    def usual(self) -> Array:
        """The middle of the usual past, by each value of the vector."""
        here = slice(0, self.size)
        chosen = self._values[here][self._usual[here]]
        middle: Array = np.median(chosen if len(chosen) else self._values[here], axis=0)
        return middle

    def left_out(self) -> Iterator[tuple[int, float]]:
        """Each of the last LEFT_OUT windows with its ratio, judged beside all others."""
        start = max(0, self.size - LEFT_OUT)
        found = [
            (int(self._window[i]), novelty.excess)
            for i in range(start, self.size)
            if (novelty := self.novelty(Signal(self._values[i], int(self._rows[i])), int(self._window[i])))
        ]
        excesses = [excess for _, excess in found]
        for i, (window, excess) in enumerate(found):
            others = sorted(excesses[:i] + excesses[i + 1 :])[-2:]
            yield window, excess / max(self.measure.floor, sum(others) / 2 if len(others) == 2 else 0.0)


def _top(values: Array) -> float:
    """The mean of the two largest."""
    return float(np.partition(values, -2)[-2:].mean())


def _nearest(gaps: Array) -> float:
    """The second smallest, the smallest of a short past."""
    if len(gaps) < SECOND:
        return float(gaps.min())
    return float(np.partition(gaps, 1)[1])
