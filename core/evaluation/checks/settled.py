"""Columns of which nearly all values are one and the same: which others there are, and beside what, is chance then."""

from collections.abc import Mapping

import numpy as np

from core.evaluation.checks.signals import Key
from core.evaluation.checks.track import MINIMUM, Track
from core.evaluation.summaries.summary import ColumnSummary, WindowSummary

NEARLY_ALL, FEW_OTHERS = 0.9, 14
"""A column is settled when so many of its values are the same, and so few others that all may be missing by chance."""
STEADY = 0.5
"""It is no chance where the number of others changes from window to window by less than this share of what chance does
(the root of it, on average)."""
LATEST = 60
"""Windows that this is told from."""


def settled(window: WindowSummary, tracks: Mapping[Key, Track]) -> frozenset[str]:
    """The columns of a window of which the other values are chance."""
    return frozenset(
        name
        for name, column in window.columns.items()
        if _hardly_varies(column) and not _steady(tracks.get(("mode", (name,))))
    )


def _hardly_varies(column: ColumnSummary) -> bool:
    others = column.present - column.mode
    return others < FEW_OTHERS and others <= (1 - NEARLY_ALL) * column.present


def _steady(track: Track | None) -> bool:
    if track is None or track.past.size < MINIMUM:
        return False
    shares, rows = track.past.last(LATEST)
    others = (1 - shares[:, 0]) * rows
    return bool(np.abs(np.diff(others)).mean() < STEADY * np.sqrt(max(others.mean(), 1.0)))
