"""How new a window is beside the past of one signal."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from core.evaluation.checks.chance import steady
from core.evaluation.checks.distance import Measure
from core.evaluation.checks.extremes import RIGID, SECOND, Known, Past, farthest, known_of, nearest, top_of_others
from core.evaluation.checks.levels import middle_of
from core.evaluation.checks.nearest import nearest_of
from core.evaluation.checks.past_windows import LONGEST, Novelty, PastWindows
from core.evaluation.checks.recurring import Recurring
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.stretches import APART, lasting
from core.evaluation.checks.wander import reach

Array = np.ndarray[Any, np.dtype[np.float64]]
SEASONS = 3
"""Windows of the same hour and weekday that are needed to compare with."""
MINIMUM = 7
"""With fewer past windows there is no usual."""

FAINT = 0.125
"""A past window with less than this share of the rows, now or usually, vouches for nothing: that two rows were the
same value does not make a column of a hundred of them usual."""
FEWER = 0.7
"""A window with less than this share of the usual rows may be noisier than any before."""
FEW = 1.25
"""In a short past the nearest of few windows is farther off by chance."""
LEFT_OUT = 120
"""Past windows that are judged beside the others when a history is learned."""


class Usual(NamedTuple):
    """Values, rows and indices of the usual windows, and whether some are faint."""

    values: Array
    rows: Array
    windows: Any
    some_faint: bool


class Track:
    """One signal: its past windows, and what is known of how far they go by themselves."""

    def __init__(self, measure: Measure, width: int, lags: tuple[int, ...] = (), apart: int = 1) -> None:
        """With `lags` only windows so many before (or, left out, after) one are compared with it, with `apart` only
        those at least so far from it, and what was found until it became the new usual."""
        self.measure, self.past, self._apart = measure, PastWindows(width), apart
        self._new_usual: int | None = None
        self._lags = np.array(lags, dtype=int)
        self._recurring = Recurring(lags, LONGEST) if lags else None
        self._cut: Usual | None = None
        self._largest: Known | None = None

    def _forget(self) -> None:
        """What was worked out from the past before it changed."""
        self._cut = self._largest = None

    def add(self, window: int, signal: Signal, novelty: Novelty | None) -> None:
        """A window's signal; `novelty` is None for one that was not judged."""
        self.past.add(window, signal, novelty)
        self._forget()

    def amend(self, window: int, signal: Signal) -> None:
        """What a past window's signal has become, with how new it is beside all others; nothing for a window that
        had none."""
        at = self.past.place_of(window)
        if at is None or len(signal.values) != self.past.values.shape[1]:
            return
        self.past.set(at, signal)
        self._forget()
        if self._recurring:
            self._recurring.forget()
        novelty = None if np.isnan(self.past.gap[at]) else self.novelty(signal, window, left_out=True)
        if novelty is not None:
            self.past.put(at, novelty)
            self._largest = None

    def mark(self, first: int, last: int, *, usual: bool, modest: bool = False) -> None:
        """Whether the windows from `first` to `last` count as usual (see PastWindows)."""
        self.past.mark(first, last, usual=usual, modest=modest)
        self._forget()
        if usual and last > first != self._new_usual:
            again, self._new_usual = self._new_usual is not None, first
            self._count_once(first + again, last)

    def _count_once(self, first: int, last: int) -> None:
        """Windows that became the new usual, each of them far from what was, do not say how far this signal goes by
        itself: they are as new as they are beside each other. From the second such change on its first window does."""
        found = [self.past.place_of(window) for window in range(first, last + 1)]
        places = [at for at in found if at is not None and self.past.excess[at] > self.measure.floor]
        if len(places) < len(found):
            return
        for at in places:
            novelty = self.novelty(self.past.signal(at), int(self.past.window[at]), left_out=True)
            if novelty is not None:
                self.past.put(at, novelty)
        self._forget()

    def novelty(self, signal: Signal, window: int = -1, *, left_out: bool = False) -> Novelty | None:
        """How new the signal of a window is (`left_out`: beside all windows but itself, later ones too); None when
        the past is too short."""
        beside = self._beside(signal, window, left_out=left_out)
        if beside is None:
            return None
        past, rows, windows = beside
        gaps = self.measure.gap(signal.values, past)
        if self.measure.lapses and not self._lags.size and self.measure.lapses(signal.values):
            here = int(self.past.window[self.past.size - 1]) + 1 if window < 0 else window
            kept = lasting(gaps, windows, here, self.measure.floor)
            past, rows, gaps = past[kept], rows[kept], gaps[kept]
        gap, unit = nearest(gaps), self._told_in(past)
        if gap < self.measure.floor / 2:
            return Novelty(gap, 0.0, unit)
        return Novelty(gap, self._beyond_noise(signal, gaps, past, rows), unit)

    def _beside(self, signal: Signal, window: int, *, left_out: bool) -> tuple[Array, Array, Any] | None:
        """Values, rows and indices of the windows that this one is held against; None when they are too few."""
        if self._recurring and not self._recurring.holds(self.past.values, self.past.size):
            return None
        past, rows, windows, some_faint = self._usual()
        if left_out or self._lags.size or self._apart > 1:
            chosen = np.abs(windows - window) >= self._apart
            if self._new_usual is not None and not left_out:
                chosen |= windows >= self._new_usual
            if self._lags.size:
                chosen &= np.isin(np.abs(windows - window), self._lags)
            past, rows, windows = past[chosen], rows[chosen], windows[chosen]
        least = SEASONS if self._lags.size else MINIMUM
        if len(past) < least:
            return None
        if some_faint:
            telling = rows >= FAINT * min(signal.rows, middle_of(rows))
            if telling.sum() >= least:
                past, rows, windows = past[telling], rows[telling], windows[telling]
        return past, rows, windows

    def comparable(self, window: int) -> Array | None:
        """The values of all usual windows that this one, which is later than they, is held against; None where that
        takes a closer look, or they are too few."""
        if self._lags.size or (self._apart > 1 and self._new_usual is not None):
            return None
        past, _, windows, some_faint = self._usual()
        if some_faint or (self.measure.lapses and len(windows) and windows[-1] < window - APART):
            return None
        if self._apart > 1:
            past = past[: np.searchsorted(windows, window - self._apart, side="right")]
        return past if len(past) >= MINIMUM else None

    def _beyond_noise(self, signal: Signal, gaps: Array, past: Array, rows: Array) -> float:
        """What of the distance to the nearest neither the number of rows explains, nor that a share wanders."""
        noise = self.measure.noise(signal.values, past, float(signal.rows), rows)
        few = signal.rows < FEWER * middle_of(rows) and not self.measure.always
        if self.measure.bounded and not few:
            noise = np.minimum(noise, self._known().gap)
        excess = nearest(np.clip(gaps - noise, 0, None))
        if excess and by_chance(self.measure, signal, past, rows):
            excess = excess if not few and self._never_so_far(signal, gaps, rows) else 0.0
        if excess and self.measure.wanders:
            low, high = reach(past[:, 0], rows)
            excess = 0.0 if low < signal.values[0] < high else excess
        return excess

    def _never_so_far(self, signal: Signal, gaps: Array, rows: Array) -> bool:
        """Whether a long past of as many rows shows by its own tail that no chance goes so far."""
        if not self.measure.tail_says or signal.hinges:
            return False
        return nearest(gaps) > farthest(self.past.usual_gaps(), self.measure.floor, 1 / middle_of(rows))

    def _told_in(self, past: Array) -> float:
        return 1.0 if self.measure.unit is None or self._lags.size else self.measure.unit(past)

    def look_back(self, first: int) -> None:
        """Give every window from this index on the novelty that it had when it came; nothing for those that the past
        was too short for, and for those before."""
        near, size = self._nearest(), self.past.size
        judged = np.flatnonzero(self.past.window[:size] >= first)
        if self._recurring and judged.size:  # only where it has a season by then anything is new
            judged = judged[self._recurring.each(self.past.values, judged)]
        for at in judged.tolist():
            if near is not None and near[at] < self.measure.floor / 2:
                self.past.put(at, Novelty(near[at], 0.0))
                continue
            self.past.size = at
            self._forget()
            found = self.novelty(self.past.signal(at), int(self.past.window[at]))
            if found is not None:
                self.past.put(at, found)
        self.past.size = size
        self._forget()

    def _nearest(self, *, later: bool = False) -> Array | None:
        """The gap of each window to those before it, or with `later` to all others; None where that takes more than
        differences, or some are faint."""
        total, size = self.measure.total, self.past.size
        if self._lags.size or total is None or size > LONGEST or not self.past.usual_ones[:size].all():
            return None
        if _faint(self.past.rows[:size]) or (
            self.measure.lapses and np.ptp(self.past.values[:size, 0]) > self.measure.floor
        ):
            return None
        return nearest_of(self.past.values[:size], total, MINIMUM, SECOND, self._apart, later=later)

    def scale(self) -> float:
        """What a window's excess is measured by: the largest of the past, at least what starts to matter."""
        return max(self.measure.floor, self._known().top)

    def calm(self) -> bool:
        """Whether the past never showed a change that matters, not even in an incident."""
        return not bool((self.past.excess[self.past.recent] > self.measure.floor).any())

    def rigid(self) -> bool:
        """Whether the usual past, of SECOND windows at least, never went half as far as what starts to matter, be it by
        chance; but once."""
        return self._known().rigid

    def _usual(self) -> Usual:
        if self._cut is None:
            past, here = self.past, self.past.recent
            chosen: Any = slice(None) if past.all_usual else past.usual_ones[here]  # a view instead of a copy
            rows = past.rows[here][chosen]
            some_faint = past.fewest < FAINT * past.most and _faint(rows)
            self._cut = Usual(past.values[here][chosen], rows, past.window[here][chosen], some_faint)
        return self._cut

    def _known(self) -> Known:
        """What the past has shown, but for what lies too near to be apart; kept until it changes."""
        if self._largest is None:
            kept, recent = self.past, self.past.recent
            here = slice(recent.start, max(recent.start, recent.stop - self._apart + 1))
            usual = kept.usual_ones[here]
            now = kept.unit[here] / self._told_in(self._usual().values) if usual.any() else 1.0
            past = Past(kept.gap[here] * now, kept.excess[here] * now, usual, kept.modest[here])
            calm_says, lapses = not self.measure.extreme, self.measure.lapses is not None
            self._largest = known_of(past, self.measure.floor, calm_says=calm_says, lapses=lapses)
        return self._largest

    def left_out(self) -> Iterator[tuple[int, float, bool]]:
        """Each of the last LEFT_OUT windows with its ratio, and whether the signal is rigid, judged beside all others.

        Windows that had no novelty when they came, since the past was too short, have this one from now on.
        """
        if self._recurring and not self._recurring.holds(self.past.values, self.past.size):
            return
        found, near = [], self._nearest(later=True) if self._apart == 1 else None
        for i in range(max(0, self.past.size - LEFT_OUT), self.past.size):
            novelty: Novelty | None
            if near is not None and near[i] < self.measure.floor / 2:
                novelty = Novelty(float(near[i]), 0.0)
            else:
                novelty = self.novelty(self.past.signal(i), int(self.past.window[i]), left_out=True)
            if novelty:
                found.append((i, novelty))
        excesses, gaps = [n.excess for _, n in found], sorted((n.gap for _, n in found), reverse=True)
        least = self.measure.floor
        for i, novelty in found:
            if np.isnan(self.past.gap[i]):
                self.past.put(i, novelty)
        self._largest = None
        tops = top_of_others(excesses)
        for at, (i, novelty) in enumerate(found):
            second = gaps[2 if novelty.gap >= gaps[1] else 1] if len(found) > SECOND else np.inf
            rigid = not self.measure.extreme and second < RIGID * least
            yield int(self.past.window[i]), novelty.excess / max(least, tops[at]), rigid


def by_chance(measure: Measure, signal: Signal, past: Array, rows: Array) -> bool:
    """Whether windows of so few rows may differ so much by chance from the nearest of the past (see chance)."""
    if measure.chance is None:
        return False
    apart, made = measure.chance(signal.values, past, float(signal.rows), rows)
    if nearest(apart - (made if len(past) >= SECOND else FEW * made)) > 0:
        return False
    if measure.certain is not None and measure.certain(signal.values, past, float(signal.rows), rows):
        return False
    return not (measure.may_be_steady and steady(measure.chance, past, rows))


def _faint(rows: Array) -> bool:
    """Whether some of these windows have too few rows to vouch for anything."""
    return bool(len(rows)) and bool(rows.min() < FAINT * middle_of(rows))
