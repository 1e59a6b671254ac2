"""The signals of a window that are as near to the past as ever, many at once.

On an ordinary day nearly all of them are, and to ask each of thousands by itself takes far longer than to compare the
numbers. What is told here is told the same by `Track.novelty`, which all the others are asked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from core.evaluation.checks.distance import Measure
from core.evaluation.checks.extremes import SECOND
from core.evaluation.checks.past_windows import Novelty
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.track import Track

Array = np.ndarray[Any, np.dtype[np.float64]]
ROOM = 2_000_000
"""Numbers of the past that are held beside each other at once."""
FEW = 4
"""Fewer signals alike are quicker asked one by one."""

Asked = tuple[Key, Track, Signal]


def novelties(now: Mapping[Key, Signal], tracks: Mapping[Key, Track], window: int) -> dict[Key, Novelty]:
    """How new each of these signals of a window is; without those that have no track, or whose past is too short."""
    found: dict[Key, Novelty | None] = {}
    asked = [(key, tracks[key], signal) for key, signal in now.items() if key in tracks]
    for alike in _alike(asked, window):
        found |= _ordinary(alike, window)
    for key, track, signal in asked:
        if key not in found:
            found[key] = track.novelty(signal, window)
    return {key: novelty for key, _, _ in asked if (novelty := found[key]) is not None}


def _alike(asked: Iterable[Asked], window: int) -> Iterable[list[Asked]]:
    """Those that can be compared at once: the same measure, made by differences alone, over as many windows."""
    groups: dict[Any, list[Asked]] = defaultdict(list)
    for each in asked:
        _, track, signal = each
        values = track.comparable(window)
        if values is not None and track.measure.total is not None and len(signal.values) == values.shape[1]:
            groups[id(track.measure), values.shape].append(each)
    for group in groups.values():
        if len(group) >= FEW:
            windows, width = group[0][1].comparable(window).shape  # type: ignore[union-attr]
            size = max(FEW, ROOM // (windows * width))
            yield from (group[first : first + size] for first in range(0, len(group), size))


def _ordinary(group: list[Asked], window: int) -> dict[Key, Novelty | None]:
    """Of these the ones that lie within half of what starts to matter."""
    measure: Measure = group[0][1].measure
    total: Callable[[Array], Array] = measure.total  # type: ignore[assignment]
    past = np.stack([track.comparable(window) for _, track, _ in group])  # type: ignore[misc]
    now = np.stack([signal.values for _, _, signal in group])
    gaps = total(now[:, None, :] - past)
    near = np.partition(gaps, 1, axis=1)[:, 1] if gaps.shape[1] >= SECOND else gaps.min(axis=1)
    known = near < measure.floor / 2
    if measure.lapses:  # only what is far from all that came of late may be of a state that has ended
        known &= gaps[:, -1] <= measure.floor
    return {
        key: Novelty(gap, 0.0)
        for (key, _, _), gap, there in zip(group, near.tolist(), known, strict=True)
        if there
    }
