"""What explains a column's new values: another unit, a turned sign, a logarithm, another column's values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.track import Track

Array = np.ndarray[Any, np.dtype[np.float64]]


CLEAR, CLOSE = 2.5, 1.0
"""How far repaired values may be from the usual, in deviations of the past: for changes that are common, and for
factors so near to each other that one of them would nearly always seem to fit."""
LATEST = 7
"""Usual windows, the last ones, that values are another unit of."""
COLDEST, HOTTEST = -90.0, 60.0
"""Degrees Celsius that are measured on Earth; other values are no temperatures."""


COUNTS, COUNTED = 0.8, 0.5
"""A column counts when so many of its usual quantiles are whole; so many of what is not zero are whole again then."""


@dataclass(frozen=True)
class Repair:
    """A change of values: how it reads, what undoes it, how near to the usual that must come, and between which
    bounds the usual values lie where such a change can be."""

    name: str
    undo: Callable[[Array], Array]
    within: float = CLEAR
    bounds: tuple[float, float] = (-np.inf, np.inf)


def _times(factor: float, within: float = CLEAR) -> Repair:
    size = f"{round(max(factor, 1 / factor), 2):,.10g}"
    told = f"{size} times" if factor >= 1 else f"a {size}th of"
    return Repair(f"{told} what they were", lambda q: q / factor, within)


def _fahrenheit(celsius: float) -> float:
    return celsius * 1.8 + 32


REPAIRS = (
    *(_times(factor) for factor in (10, 100, 1000, 1e6, 0.1, 0.01, 0.001, 1e-6, 60, 3600, 1 / 60, 24)),
    Repair("what they were with the sign turned", lambda q: -q[::-1]),
    Repair("logarithms of what they were", lambda q: np.expm1(np.clip(q, -50, 50))),
    Repair("what they were in degrees Fahrenheit", lambda q: (q - 32) / 1.8, CLOSE, (COLDEST, HOTTEST)),
    Repair(
        "what they were in degrees Celsius",
        lambda q: q * 1.8 + 32,
        CLOSE,
        (_fahrenheit(COLDEST), _fahrenheit(HOTTEST)),
    ),
    *(_times(factor, CLOSE) for factor in (2.54, 1 / 2.54, 3.28084, 1 / 3.28084, 1.60934, 1 / 1.60934)),
)
"""Changes of unit that are seen in the wild, the commonest first."""


def repair(signal: Signal, track: Track) -> Repair | None:
    """The first change of unit that makes a column's level a usual one again; a name is better not given than wrong,
    so values must also come near to the middle of the past, which a column that left zero never does, and nearer to
    the LATEST windows, which one that grew over the years does not."""
    usual, off, latest = track.past.usual(), track.past.deviations(), track.past.latest(LATEST)
    for each in REPAIRS:
        undone = each.undo(signal.values)
        low, high = each.bounds
        near = float(np.median(np.abs(undone - usual) / off)) <= each.within and _as_whole(undone, usual)
        near = near and _apart(undone, latest, off) < _apart(signal.values, latest, off)
        if near and low <= usual[0] and usual[-1] <= high and fits(Signal(undone, signal.rows), track):
            return each
    return None


def _apart(values: Array, windows: Array, off: Array) -> float:
    """How far values lie from the nearest of some windows, on average."""
    return float(np.mean(np.abs(values - windows) / off, axis=1).min())


def _as_whole(undone: Array, usual: Array) -> bool:
    """Whether what always counted still counts: ten times as many guests are no fraction of a guest."""
    if np.mean(_whole(usual)) < COUNTS:
        return True
    some = undone[undone != 0]
    return bool(some.size) and float(np.mean(_whole(some) & (np.abs(some) > 0.5))) >= COUNTED


def _whole(values: Array) -> Any:
    return np.isclose(values, np.round(values), rtol=1e-6, atol=1e-6)


def fits(signal: Signal, track: Track) -> bool:
    """Whether a signal is as usual for this track as its past windows were."""
    novelty = track.novelty(signal)
    return novelty is not None and novelty.excess < track.scale()


def lookalike(column: str, now: Mapping[Key, Signal], tracks: Mapping[Key, Track], among: list[str]) -> str | None:
    """A column of `among` whose own past this column's values look like, in level and spread, or in categories."""
    for other in among:
        checks = ("level", "spread", "shape") if ("level", (column,)) in now else ("categories", "length")
        keys = [((check, (column,)), (check, (other,))) for check in checks]
        if other != column and all(mine in now and theirs in tracks for mine, theirs in keys):
            pairs = [
                (now[mine], tracks[theirs]) for mine, theirs in keys if mine[0] not in ("shape", "categories")
            ]
            if all(fits(signal, track) for signal, track in pairs):
                return other
    return None
