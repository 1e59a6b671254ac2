"""How far a signal is from each past one, beyond what the number of rows explains.

Shares are in shares of rows; levels in spreads of the column's own past; spreads, counts and lengths as logarithms
of the ratio. Every measure has a floor: a change of less does not matter, however certain it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.evaluation.checks.chance import (
    Certain,
    Chance,
    Gap,
    Noise,
    besides_one,
    beyond_all,
    by,
    ranks_chance,
    unlikely,
    unlikely_besides_one,
)
from core.evaluation.checks.constants import all_same, all_same_noise, is_all_same
from core.evaluation.checks.levels import level, reach, spread, spread_of
from core.evaluation.checks.others import farther, farther_noise
from core.evaluation.checks.signals import LASTING, LATELY
from core.evaluation.checks.silence import silent, silent_noise
from core.evaluation.checks.strangers import below_zero, few_noise, fewer_agree, more

Array = Any
"""A numpy array of floats."""
ALWAYS, MOSTLY = 0.98, 0.95
"""One column is below another for good when that holds for ALWAYS of the rows in MOSTLY of the past windows."""
OFTEN = 0.05
"""Two columns are often the same when so many rows have them equal."""
BLURRED, ALL_IS_MORE = 0.1, 0.55
"""So well a share of common values is known; what a halving of the rest counts for is .7 of the second."""


@dataclass(frozen=True)
class Measure:
    """`gap(now, past)` is a distance for each row of `past`; `noise(now, past, rows, rows of each)` what sampling
    alone makes of it, about two standard errors; `floor` the change that starts to matter. `bounded`: noise is
    never more than the largest gaps that the past has shown (`always`: however few rows there are now). `extreme`: it
    is the nearest of several already, or hangs on few neighbours, so that a calm past proves little. `wanders`: a share
    that goes up and down by itself is held against its own tail, too. `unit`: what gaps are told in, where that is
    learned from the past: what was far for a young past may be near for an old one. `chance`: what windows of so few
    rows may make by chance, however little the past has shown (see chance); None where rows do not come by chance, or
    the past alone says how far a signal goes. `certain`: all past rows together rule chance out, whatever the nearest
    window says. `may_be_steady`: the past can show that windows differ by less than chance makes them. `tail_says`: a
    long calm past shows by its own tail how far chance goes, where `chance` would allow for more. `lapses`: of which
    states (None: of none) one that came in a single stretch of the past vouches for nothing once that has ended
    (see stretches)."""

    floor: float
    gap: Gap
    noise: Noise
    bounded: bool = True
    always: bool = False
    extreme: bool = False
    wanders: bool = False
    unit: Callable[[Array], float] | None = None
    chance: Chance | None = None
    certain: Certain | None = None
    may_be_steady: bool = False
    tail_says: bool = False
    lapses: Callable[[Array], bool] | None = None

    @property
    def total(self) -> Callable[[Array], Array] | None:
        """What makes a gap of the differences of two vectors (on the last axis), where nothing else does."""
        return TOTALS.get(self.gap)


def _any_state(_now: Array) -> bool:
    return True


def _largest(now: Array, past: Array) -> Array:
    if len(now) == 1:  # as most are: ten times as fast as the maximum of one
        return np.abs(now[0] - past[:, 0])
    return np.abs(now - past).max(1)


def _along(now: Array, past: Array) -> Array:
    """Mean distance where both have rows; 0 where they never do."""
    apart = np.abs(now - past)
    there = ~np.isnan(apart)
    total: Array = np.where(there, apart, 0.0).sum(1) / np.maximum(there.sum(1), 1)
    return total


def _moved(now: Array, past: Array) -> Array:
    """The share of rows that would have to move (total variation)."""
    return np.abs(now - past).sum(1) / 2


def _pooled(now: Array, past: Array, rows: float, each: Array) -> Array:
    mixed = (rows * now + each[:, None] * past) / (rows + each[:, None])
    return np.sqrt(np.clip(mixed * (1 - mixed), 0, None))


def _root(rows: float, each: Array) -> Array:
    return np.sqrt(1 / rows + 1 / each)


def _share_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    return 2 * _pooled(now, past, rows, each).max(1) * _root(rows, each)


def _moved_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    return (0.4 * _pooled(now, past, rows, each).sum(1) + 0.5) * _root(rows, each)


def _even(factor: float) -> Noise:
    """Noise that only the numbers of rows decide; a handful of rows says even less than its root."""
    return lambda _now, _past, rows, each: factor * _root(rows, each) * (1 + 5 / np.minimum(rows, each))


FEW_VALUES = 3.0
"""Different values that chance may put where none were."""
FEW = 0.2
"""Different values a row, below which the rarest of them come and go."""


def _edges(now: Array, past: Array) -> Array:
    """Change of the shares of the lowest and highest value; the last number is how many are different, a row."""
    return np.where((past[:, 2] < FEW) | (now[2] < FEW), 0.0, _largest(now[:2], past[:, :2]))


def _edges_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    return _share_noise(now[:2], past[:, :2], rows, each)


def _variety(now: Array, past: Array) -> Array:
    """Log ratio of the different values, less what more or fewer rows may explain."""
    difference = np.abs(now - past)
    return np.clip(difference[:, 0] - difference[:, 1], 0, None)


def _grain_noise(now: Array, past: Array, rows: float, each: Array) -> Array:
    """Of shares of different values; where they were the same in all of the past, a few values of another kind."""
    if (past == past[0]).all():
        return np.full(len(past), FEW_VALUES / rows)
    return _share_noise(now, past, rows, each)


def _no_noise(_now: Array, _past: Array, _rows: float, each: Array) -> Array:
    return np.zeros_like(each)


def _earlier(now: Array, past: Array) -> Array:
    """How far rows moved along the window, on average, as a share of it (between cumulative shares)."""
    return np.abs(now - past).mean(1)


def _more_alike(now: Array, past: Array) -> Array:
    """How much more is the same than in each of the past, in shares, and by how much less differs, as a logarithm
    (all is the same tells more than most is); less is no news."""
    share, closeness = now - past, np.log((1 + BLURRED - past) / (1 + BLURRED - now))
    return np.clip(np.maximum(share, ALL_IS_MORE * closeness), 0, None)[:, 0]


def _order(now: Array, past: Array) -> Array:
    """Change of who is smaller, where that hardly ever changed; elsewhere it only follows the levels. Of two that are
    OFTEN the same, and so of one kind, who never was the smaller settles it too: how often that one is."""
    if np.mean((past[:, 0] > ALWAYS) | (past[:, 0] < 1 - ALWAYS)) >= MOSTLY:
        return _largest(now, past)
    if past[:, 1].mean() >= OFTEN:
        for here, before in ((now[0], past[:, 0]), (1 - now.sum(), 1 - past.sum(1))):
            if np.mean(before < 1 - ALWAYS) >= MOSTLY:
                return np.abs(here - before)
    return np.zeros(len(past))


def _explained_chance(now: Array, past: Array, rows: float, each: Array) -> Array:
    """What a column says about another by chance: less where it says nearly all."""
    both = (np.clip(now[0], 0, 1) + np.clip(past[:, 0], 0, 1)) / 2
    near_all: Array = np.where(both > 0.5, 2 * np.sqrt(both * (1 - both)), 1.0)
    return near_all * _even(1.6)(now, past, rows, each)


def _correlation_chance(now: Array, past: Array, rows: float, each: Array) -> Array:
    """About (1 - r^2) of what two unrelated columns show."""
    both = np.clip(np.abs(now[0] + past[:, 0]) / 2, 0, 1)
    return (1 - both**2) * _even(2.0)(now, past, rows, each)


def _share(floor: float, *, wanders: bool = False, lapses: bool = False) -> Measure:
    chance = by(_largest, _share_noise)
    return Measure(
        floor,
        _largest,
        _share_noise,
        wanders=wanders,
        chance=chance,
        certain=unlikely,
        may_be_steady=True,
        lapses=_any_state if lapses else None,
    )


def _parts(floor: float, gap: Gap, noise: Noise) -> Measure:
    """Of shares that belong together."""
    return Measure(floor, gap, noise, chance=by(gap, noise), may_be_steady=True)


def _noisy(floor: float, gap: Gap, noise: Noise, chance: Noise | None = None) -> Measure:
    """Of what is known the better the more rows there are; chance makes as much as the noise, or more."""
    return Measure(floor, gap, noise, chance=by(gap, chance or noise))


def _relation(floor: float, gap: Gap, noise: Noise, chance: Noise) -> Measure:
    """Of how values go with others, or with the time."""
    return replace(_noisy(floor, gap, noise, chance), tail_says=True)


DEPENDENCE = _relation(0.09, _largest, _even(1.0), _explained_chance)
EXPLAINED = _relation(0.09, _largest, _even(1.0), _even(2.5))
TOTALS: dict[Gap, Callable[[Array], Array]] = {
    _largest: lambda apart: np.abs(apart).max(-1),
    _moved: lambda apart: np.abs(apart).sum(-1) / 2,
    more: lambda apart: np.clip(apart, 0, None).max(-1),
}
"""Gaps that only differences make, and how."""
LASTING_SHARE = Measure(
    0.02, more, _share_noise, wanders=True, chance=by(more, _share_noise), certain=unlikely, may_be_steady=True
)
MEASURES = {
    "rows": Measure(0.15, _largest, _even(2.0), always=True),
    "repeats": _share(0.03),
    "ids": _share(0.02),
    "profile": Measure(0.15, _moved, _moved_noise),
    "clock": Measure(0.015, _earlier, _even(0.45)),
    "silence": Measure(0.02, silent, silent_noise),
    "missing": _share(0.03, wanders=True, lapses=True),
    "failures": _share(0.02, lapses=True),
    "variety": _noisy(0.26, _variety, _even(0.5), _even(1.3)),
    "mode": replace(_share(0.07), chance=besides_one(_largest, _share_noise), certain=unlikely_besides_one),
    "constant": Measure(0.2, all_same, all_same_noise, bounded=False, lapses=is_all_same),
    "level": Measure(0.15, level, _even(1.0), unit=spread_of, chance=ranks_chance, certain=beyond_all),
    "reach": Measure(0.5, reach, _no_noise),
    "others": Measure(0.4, farther, farther_noise, bounded=False),
    "sign": Measure(0.025, below_zero, few_noise, bounded=False),
    "between": Measure(0.025, _largest, few_noise, bounded=False),
    "spread": _noisy(0.4, spread, _even(3.0)),
    "shape": _noisy(0.07, _largest, _even(1.0)),
    "bins": _parts(0.11, _moved, _moved_noise),
    "grain": Measure(0.07, _largest, _grain_noise, bounded=False),
    "tens": Measure(0.15, more, few_noise, bounded=False),
    "hundreds": Measure(0.15, more, few_noise, bounded=False),
    "edges": replace(
        _parts(0.06, _edges, _edges_noise), chance=besides_one(_edges, _edges_noise), certain=unlikely_besides_one
    ),
    "categories": _parts(0.07, _moved, _moved_noise),
    "unseen": Measure(0.03, _largest, few_noise, bounded=False),
    "unheard": Measure(0.03, _largest, few_noise, bounded=False),
    "form": _share(0.06),
    "pattern": Measure(0.03, _largest, few_noise, bounded=False),
    "patterns": _parts(0.11, _moved, _moved_noise),
    "length": _noisy(0.05, _largest, _even(1.0)),
    "excess": _noisy(0.12, _largest, _even(1.0)),
    "together": DEPENDENCE,
    "first by second": DEPENDENCE,
    "second by first": DEPENDENCE,
    "correlation": _relation(0.2, _largest, _even(2.0), _correlation_chance),
    "curve": Measure(0.012, _along, _even(0.5), chance=by(_along, _even(0.65)), may_be_steady=True),
    "joint": EXPLAINED,
    "foretold": EXPLAINED,
    "offset": _noisy(1.0, _largest, _even(4.0)),
    "off": replace(_parts(0.03, more, _share_noise), certain=unlikely),
    "far off": replace(_parts(0.02, more, _share_noise), certain=unlikely),
    "agreement": Measure(0.015, fewer_agree, _share_noise, chance=by(fewer_agree, _share_noise), certain=unlikely),
    "flow": replace(_relation(0.15, _largest, _even(2.0), _even(2.0)), extreme=True),
    "ties": _relation(0.07, _largest, _even(1.0), _even(1.0)),
    "again": Measure(0.17, _more_alike, _no_noise, extreme=True),
    **{check + LATELY: LASTING_SHARE for check in LASTING},
    "order": Measure(
        0.06, _order, _share_noise, chance=by(_order, _share_noise), certain=unlikely, may_be_steady=True
    ),
}
"""By signal."""


def measure_of(check: str) -> Measure:
    """The measure of a signal, with or without the clock as its partner or a season."""
    return MEASURES[check.split("/")[0]]
