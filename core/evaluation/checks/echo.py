"""Whether a column says again what it said in a window before: a frozen or stale feed."""

from collections.abc import Iterable, Mapping

import numpy as np

from core.evaluation.checks.signals import Key, Signal
from core.evaluation.summaries.summary import TraceSummary, WindowSummary
from core.evaluation.summaries.traces import common

LATEST = 14
"""How many of the last windows may come again."""
ENOUGH = 16
"""Fingerprints; with fewer two windows may agree by chance."""
DETAILED = 8
"""Different values; with fewer two windows may agree by chance."""


Traces = Mapping[str, TraceSummary]


def repetitions(now: WindowSummary, before: Iterable[Traces]) -> dict[Key, Signal]:
    """For each column the largest share of its values that one of some windows before had, too; none of a column that
    those windows had not, or that has hardly any different values: those are the same in two windows by chance, and
    all of them at once."""
    found: dict[Key, Signal] = {}
    earlier = list(before)
    for name, trace in now.traces.items():
        if now.columns[name].distinct < DETAILED or len(trace.prints) < ENOUGH:
            continue
        known, past = frozenset(trace.prints), (each[name].prints for each in earlier if name in each)
        shares = [
            0.0 if known.isdisjoint(other) else common(trace.prints, other)
            for other in past
            if len(other) >= ENOUGH
        ]
        if shares:
            found["again", (name,)] = Signal(np.array([max(shares)]), len(trace.prints))
    return found
