"""Shares that went up by little and stayed up: what no window of few rows tells by itself, and a row of them does."""

from collections.abc import Mapping

import numpy as np

from core.evaluation.checks.levels import middle_of
from core.evaluation.checks.signals import LASTING, LATELY, Key, Signal
from core.evaluation.checks.track import Track

STRANGE, RARELY = ("unseen", "between"), 0.05
"""Of these only columns are followed that usually hold no more of it: one that always has new values has ever more of
them, the older the reference is."""
STRETCH = 7
"""Windows, this one among them, of which more than half have to agree."""
TELLS = 2 / np.pi
"""What a row tells of a median, beside what it tells of a mean."""


def lasting(now: Mapping[Key, Signal], tracks: Mapping[Key, Track]) -> dict[Key, Signal]:
    """How high each watched share is in the middle of the last STRETCH windows, but no higher than it is now: what is
    over is over. None while there are fewer."""
    found = {}
    for (check, columns), signal in now.items():
        track = tracks.get((check, columns)) if check in LASTING else None
        if track is None or track.past.size < STRETCH - 1:
            continue
        shares, rows = track.past.last(STRETCH - 1)
        here = float(signal.values[0])
        middle = middle_of(np.append(shares[:, 0], here))
        if check in STRANGE and middle > RARELY and float(track.past.usual()[0]) > RARELY:
            continue
        telling = TELLS * (float(rows.sum()) + signal.rows)
        found[check + LATELY, columns] = Signal(np.array([min(middle, here)]), max(1, round(telling)))
    return found
