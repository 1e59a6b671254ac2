"""Whether a column says again what it said in the window before: a frozen or stale feed."""

from collections.abc import Mapping
from math import log

import numpy as np

from core.evaluation.checks.distance import spread_of
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.track import Track

CLOSEST = 1e-3
"""Distances are not told apart below this share of the rows (or of the spread)."""

DETAILED = 8
"""Bins that hold rows; with fewer two windows may agree by chance."""


def echoes(now: Mapping[Key, Signal], tracks: Mapping[Key, Track], before: int) -> dict[Key, Signal]:
    """For each column the logarithm of its distance to the window `before` (its index)."""
    found: dict[Key, Signal] = {}
    for (check, columns), signal in now.items():
        track = tracks.get((check, columns))
        last = track.last(before) if check in ("shape", "categories") and track else None
        if last is not None and _detail(check, signal) >= DETAILED:
            distance = float(np.abs(signal.values - last).max())
            levels = now.get(("level", columns))
            if levels is not None:
                distance = max(distance, _moved(levels, tracks["level", columns], before))
            found["echo", columns] = Signal(np.array([log(max(distance, CLOSEST))]), signal.rows)
    return found


def _moved(levels: Signal, track: Track, before: int) -> float:
    last = track.last(before)
    if last is None:
        return 1.0
    return float(np.abs(levels.values - last).mean()) / spread_of(last[None, :])


def _detail(check: str, signal: Signal) -> int:
    shares = np.diff(signal.values, prepend=0.0) if check == "shape" else signal.values
    return int((shares > 0).sum())
