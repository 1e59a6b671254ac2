"""The past of one signal, and how new a window is beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.checks.chance import steady, unlikely
from core.evaluation.checks.distance import Measure
from core.evaluation.checks.extremes import RIGID, SECOND, Known, Past, known_of, nearest, top_of_others
from core.evaluation.checks.levels import middle_of
from core.evaluation.checks.nearest import nearest_before
from core.evaluation.checks.recurring import Recurring
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.wander import reach

Array = np.ndarray[Any, np.dtype[np.float64]]
SEASONS = 3
"""Windows of the same hour and weekday that are needed to compare with."""
MINIMUM = 7
"""With fewer past windows there is no usual."""
LONGEST = 800
"""Past windows that are looked at; older ones are forgotten."""

FAINT = 0.125
"""A past window with less than this share of the rows, now or usually, vouches for nothing: that two rows were the
same value does not make a column of a hundred of them usual."""
FEWER = 0.7
"""A window with less than this share of the usual rows may be noisier than any before."""
FEW = 1.25
"""In a short past the nearest of few windows is farther off by chance."""
LEFT_OUT = 120
"""Past windows that are judged beside the others when a history is learned."""


@dataclass(frozen=True)
class Novelty:
    """`gap` is the distance to the nearest past windows, `excess` what of it the number of rows does not explain, both
    in this `unit`."""

    gap: float
    excess: float
    unit: float = 1.0


class Track:
    """Values of one signal in past windows, oldest first, with the novelty that each had when it came."""

    def __init__(self, measure: Measure, width: int, lags: tuple[int, ...] = ()) -> None:
        """With `lags` only windows so many before (or, left out, after) one are compared with it."""
        self.measure, self._lags = measure, np.array(lags, dtype=int)
        self._recurring = Recurring(lags, LONGEST) if lags else None
        self.size = 0
        self._values = np.zeros((16, width))
        self._rows, self._gap, self._excess, self._unit = np.ones(16), np.zeros(16), np.zeros(16), np.ones(16)
        self._usual, self._window = np.zeros(16, dtype=bool), np.zeros(16, dtype=int)
        self._modest = np.zeros(16, dtype=bool)
        self._cut: tuple[Array, Array, Any, bool] | None = None
        self._largest: Known | None = None

    def add(self, window: int, signal: Signal, novelty: Novelty | None) -> None:
        """A window's signal; `novelty` is None for one that was not judged."""
        if self.size == len(self._rows):
            self._grow()
        at = self.size
        self._values[at], self._rows[at] = signal.values, signal.rows
        self._put(at, Novelty(np.nan, np.nan) if novelty is None else novelty)
        self._usual[at], self._window[at], self._modest[at] = True, window, False
        self.size += 1
        self._cut = self._largest = None

    def _put(self, at: int, novelty: Novelty) -> None:
        self._gap[at], self._excess[at], self._unit[at] = novelty.gap, novelty.excess, novelty.unit

    def amend(self, window: int, signal: Signal) -> None:
        """What a past window's signal has become, with how new it is beside all others; nothing for a window that
        had none."""
        at = int(np.searchsorted(self._window[: self.size], window))
        if at == self.size or self._window[at] != window or len(signal.values) != self._values.shape[1]:
            return
        self._values[at], self._rows[at] = signal.values, signal.rows
        self._cut = self._largest = None
        if self._recurring:
            self._recurring.forget()
        novelty = None if np.isnan(self._gap[at]) else self.novelty(signal, window, left_out=True)
        if novelty is not None:
            self._put(at, novelty)
            self._largest = None

    def _grow(self) -> None:
        for name in ("_values", "_rows", "_gap", "_excess", "_unit", "_usual", "_window", "_modest"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))

    def mark(self, first: int, last: int, *, usual: bool, modest: bool = False) -> None:
        """Whether the windows from `first` to `last` count as usual; what is unusual, but `modest`, still tells how
        far this signal goes by itself."""
        here = slice(0, self.size)
        chosen = (self._window[here] >= first) & (self._window[here] <= last)
        self._usual[here][chosen] = usual
        self._modest[here][chosen] = modest
        self._cut = self._largest = None

    def novelty(self, signal: Signal, window: int = -1, *, left_out: bool = False) -> Novelty | None:
        """How new the signal of a window is (`left_out`: beside all windows but itself, later ones too); None when
        the past is too short."""
        if self._recurring and not self._recurring.holds(self._values, self.size):
            return None
        past, rows, windows, some_faint = self._past()
        if left_out or self._lags.size:
            chosen = windows != window
            if self._lags.size:
                chosen &= np.isin(np.abs(windows - window), self._lags)
            past, rows = past[chosen], rows[chosen]
        least = SEASONS if self._lags.size else MINIMUM
        if len(past) < least:
            return None
        if some_faint:
            telling = rows >= FAINT * min(signal.rows, middle_of(rows))
            if telling.sum() >= least:
                past, rows = past[telling], rows[telling]
        gaps = self.measure.gap(signal.values, past)
        gap, unit = nearest(gaps), self._told_in(past)
        if gap < self.measure.floor / 2:
            return Novelty(gap, 0.0, unit)
        noise = self.measure.noise(signal.values, past, float(signal.rows), rows)
        few = signal.rows < FEWER * middle_of(rows) and not self.measure.always
        if self.measure.bounded and not few:
            noise = np.minimum(noise, self._known().gap)
        excess = nearest(np.clip(gaps - noise, 0, None))
        if excess and by_chance(self.measure, signal, past, rows):
            excess = 0.0
        if excess and self.measure.wanders:
            low, high = reach(past[:, 0], rows)
            excess = 0.0 if low < signal.values[0] < high else excess
        return Novelty(gap, excess, unit)

    def _told_in(self, past: Array) -> float:
        return 1.0 if self.measure.unit is None or self._lags.size else self.measure.unit(past)

    def look_back(self, first: int) -> None:
        """Give every window from this index on the novelty that it had when it came; nothing for those that the past
        was too short for, and for those before."""
        near, size = self._nearest(), self.size
        for at in range(size):
            if self._window[at] < first:
                continue
            if near is not None and near[at] < self.measure.floor / 2:
                self._put(at, Novelty(near[at], 0.0))
                continue
            self.size, self._cut, self._largest = at, None, None
            found = self.novelty(Signal(self._values[at], int(self._rows[at])), int(self._window[at]))
            if found is not None:
                self._put(at, found)
        self.size, self._cut, self._largest = size, None, None

    def _nearest(self) -> Array | None:
        """The gap of each window to those before it; None where that takes more than differences, or some are faint."""
        total, size = self.measure.total, self.size
        if self._lags.size or total is None or size > LONGEST or not self._usual[:size].all():
            return None
        if _faint(self._rows[:size]):
            return None
        return nearest_before(self._values[:size], total, MINIMUM, SECOND)

    def latest(self, first: int) -> tuple[Any, Array]:
        """The windows from this index on, and their values."""
        start = int(np.searchsorted(self._window[: self.size], first))
        return self._window[start : self.size], self._values[start : self.size]

    def last(self, windows: int) -> tuple[Array, Array]:
        """The values and rows of so many windows at the end."""
        here = slice(max(0, self.size - windows), self.size)
        return self._values[here], self._rows[here]

    def scale(self) -> float:
        """What a window's excess is measured by: the largest of the past, at least what starts to matter."""
        known = self._known()
        return max(known.least, known.top)

    def calm(self) -> bool:
        """Whether the past never showed a change that matters, not even in an incident."""
        here = slice(max(0, self.size - LONGEST), self.size)
        excesses = self._excess[here]
        return not bool((excesses > self._known().least).any())

    def rigid(self) -> bool:
        """Whether the usual past, of SECOND windows at least, never went half as far as what starts to matter, be it by
        chance; but once."""
        return self._known().rigid

    def _past(self) -> tuple[Array, Array, Any, bool]:
        """Values, rows and indices of the usual windows, and whether some are faint."""
        if self._cut is None:
            here = slice(max(0, self.size - LONGEST), self.size)
            chosen: Any = self._usual[here]
            if chosen.all():
                chosen = slice(None)  # a view instead of a copy
            rows = self._rows[here][chosen]
            self._cut = self._values[here][chosen], rows, self._window[here][chosen], _faint(rows)
        return self._cut

    def _known(self) -> Known:
        """What the past has shown; kept until it changes."""
        if self._largest is None:
            here = slice(max(0, self.size - LONGEST), self.size)
            now = self._unit[here] / self._told_in(self._past()[0]) if self._usual[here].any() else 1.0
            past = Past(self._gap[here] * now, self._excess[here] * now, self._usual[here], self._modest[here])
            self._largest = known_of(past, self._least(), calm_says=not self.measure.extreme)
        return self._largest

    def _least(self) -> float:
        """The change that starts to matter."""
        if not self.measure.wide:
            return self.measure.floor
        values = self._past()[0][:, 0]
        off = middle_of(np.abs(values - middle_of(values))) if len(values) else 0.0
        return max(self.measure.floor, self.measure.wide * 1.4826 * off)

    def usual(self) -> Array:
        """The middle of the usual past, by each value of the vector."""
        here = slice(0, self.size)
        chosen = self._values[here][self._usual[here]]
        middle: Array = np.median(chosen if len(chosen) else self._values[here], axis=0)
        return middle

    def deviations(self) -> Array:
        """How far the usual past goes from its middle, by each value of the vector: robust standard deviations, at
        least a hundredth of the middle's size."""
        here = slice(0, self.size)
        chosen = self._values[here][self._usual[here]]
        chosen, middle = chosen if len(chosen) else self._values[here], self.usual()
        off: Array = 1.4826 * np.median(np.abs(chosen - middle), axis=0)
        return np.maximum(off, np.maximum(0.01 * np.abs(middle), 1e-12))

    def left_out(self) -> Iterator[tuple[int, float, bool]]:
        """Each of the last LEFT_OUT windows with its ratio, and whether the signal is rigid, judged beside all others.

        Windows that had no novelty when they came, since the past was too short, have this one from now on.
        """
        found = []
        for i in range(max(0, self.size - LEFT_OUT), self.size):
            signal = Signal(self._values[i], int(self._rows[i]))
            novelty = self.novelty(signal, int(self._window[i]), left_out=True)
            if novelty:
                found.append((i, novelty))
        excesses, gaps = [n.excess for _, n in found], sorted((n.gap for _, n in found), reverse=True)
        least = self._known().least
        for i, novelty in found:
            if np.isnan(self._gap[i]):
                self._put(i, novelty)
        self._largest = None
        tops = top_of_others(excesses)
        for at, (i, novelty) in enumerate(found):
            second = gaps[2 if novelty.gap >= gaps[1] else 1] if len(found) > SECOND else np.inf
            rigid = not self.measure.extreme and second < RIGID * least
            yield int(self._window[i]), novelty.excess / max(least, tops[at]), rigid


def by_chance(measure: Measure, signal: Signal, past: Array, rows: Array) -> bool:
    """Whether windows of so few rows may differ so much by chance from the nearest of the past (see chance)."""
    if measure.chance is None:
        return False
    apart, made = measure.chance(signal.values, past, float(signal.rows), rows)
    if nearest(apart - (made if len(past) >= SECOND else FEW * made)) > 0:
        return False
    if measure.shares and unlikely(signal.values, past, float(signal.rows), rows):
        return False
    return not (measure.may_be_steady and steady(measure.chance, past, rows))


def _faint(rows: Array) -> bool:
    """Whether some of these windows have too few rows to vouch for anything."""
    return bool(len(rows)) and bool(rows.min() < FAINT * middle_of(rows))
