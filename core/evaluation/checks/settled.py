"""Columns of which nearly all values are one and the same: which others there are, and beside what, is chance then."""

from collections.abc import Mapping

import numpy as np

from core.evaluation.checks.signals import Key
from core.evaluation.checks.track import MINIMUM, Track
from core.evaluation.summaries.summary import ColumnSummary, WindowSummary

NEARLY_ALL, FEW_OTHERS = 0.9, 14
"""A column is settled when so many of its values are the same, and so few others that all may be missing by chance."""
STEADY = 0.45
"""It is no chance where the number of others changes from window to window by less than this share of what chance does,
or there never was another."""
LATEST = 60
"""Windows that this is told from."""


def settled(window: WindowSummary, tracks: Mapping[Key, Track]) -> frozenset[str]:
    """The columns of a window of which the other values are chance."""
    return frozenset(
        name
        for name, column in window.columns.items()
        if _hardly_varies(column) and not is_steady(tracks.get(("mode", (name,))))
    )


def _hardly_varies(column: ColumnSummary) -> bool:
    others = column.present - column.mode
    return others < FEW_OTHERS and others <= (1 - NEARLY_ALL) * column.present


def is_steady(track: Track | None) -> bool:
    """Whether the number of others is no chance, by a track of the share of the commonest value."""
    if track is None or track.past.size < MINIMUM:
        return False
    shares, rows = track.past.last(LATEST)
    others = (1 - shares[:, 0]) * rows
    return bool(np.abs(np.diff(others)).mean() <= STEADY * _apart(float(others.mean())))


def _apart(mean: float) -> float:
    """By how much two counts differ, on average, that chance makes around this mean (Poisson; Ramasubban, 1958)."""
    from scipy.special import ive  # Bessel's functions, times e to the -2 mean

    return float(2 * mean * (ive(0, 2 * mean) + ive(1, 2 * mean)))
