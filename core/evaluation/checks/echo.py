"""Whether a column says again what it said in a window before: a frozen or stale feed."""

from collections.abc import Iterable, Mapping
from math import log

import numpy as np

from core.evaluation.checks.levels import spread_of
from core.evaluation.checks.signals import Key, Signal
from core.evaluation.checks.track import Track
from core.evaluation.summaries.summary import TraceSummary, WindowSummary
from core.evaluation.summaries.traces import common

CLOSEST = 1e-4
"""Distances are not told apart below this share of the rows (or of the spread), nor below one row: of forty windows
that each hold every city once, some hold the same ones."""
LATEST = 14
"""How many of the last windows may come again."""
ENOUGH = 16
"""Fingerprints; with fewer two windows may agree by chance."""
DETAILED = 8
"""Bins that hold rows, or different values; with fewer two windows may agree by chance."""


def echoes(now: Mapping[Key, Signal], tracks: Mapping[Key, Track], window: int) -> dict[Key, Signal]:
    """For each column the logarithm of its distance to the nearest of the windows before `window` (an index)."""
    found: dict[Key, Signal] = {}
    for (check, columns), signal in now.items():
        track = tracks.get((check, columns)) if check in ("shape", "categories") else None
        if track is None or _detail(check, signal) < DETAILED:
            continue
        windows, past = track.past.latest(window - LATEST)
        if not len(past):
            continue
        distance = np.abs(signal.values - past).max(1)
        levels = now.get(("level", columns))
        if levels is not None:
            before, quantiles = tracks["level", columns].past.latest(window - LATEST)
            if len(before) != len(windows):
                continue
            moved = np.abs(levels.values - quantiles).mean(1) / spread_of(quantiles[-1:])
            distance = np.maximum(distance, moved)
        found["echo", columns] = Signal(
            np.array([log(max(float(distance.min()), CLOSEST, 1 / signal.rows))]), signal.rows
        )
    return found


Traces = Mapping[str, TraceSummary]


def repetitions(now: WindowSummary, before: Iterable[Traces]) -> dict[Key, Signal]:
    """For each column the largest share of its values, and of its values in a row, that one of some windows before
    had, too; none of a column that those windows had not, or that has hardly any different values: those are the same
    in two windows by chance, and all of them at once."""
    found: dict[Key, Signal] = {}
    earlier = list(before)
    for name, trace in now.traces.items():
        if now.columns[name].distinct < DETAILED:
            continue
        past = [each[name] for each in earlier if name in each]
        for check, kind in (("again", "prints"), ("again in a row", "runs")):
            prints = getattr(trace, kind)
            if len(prints) < ENOUGH:
                continue
            known, others = frozenset(prints), (getattr(each, kind) for each in past)
            shares = [
                0.0 if known.isdisjoint(other) else common(prints, other)
                for other in others
                if len(other) >= ENOUGH
            ]
            if shares:
                found[check, (name,)] = Signal(np.array([max(shares)]), len(prints))
    return found


def _detail(check: str, signal: Signal) -> int:
    shares = np.diff(signal.values, prepend=0.0) if check == "shape" else signal.values
    return int((shares > 0).sum())
