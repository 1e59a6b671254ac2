"""Texts that no window before had: the reference grows old, and what it does not know is soon no news.

Where half of a column's texts are new to the reference every day, other names for the rest go unnoticed among them; but
the windows since have heard those, too.
"""

from collections.abc import Container

import numpy as np

from core.evaluation.checks.signals import Key, Signal
from core.evaluation.summaries.summary import ColumnSummary, ValueKind, WindowSummary

BEGUN = 14
"""Windows that must have been heard: at first every text is new."""
ENDLESS = 1000
"""Different texts after which a column is taken for one that never says all it can."""


class Heard:
    """The texts of each column that all past windows together had: all of them where summaries hold all of a window's,
    else the commonest."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}
        self._windows: dict[str, int] = {}

    def strangers(self, window: WindowSummary) -> dict[Key, Signal]:
        """For each column of texts the share of its values that no window before had."""
        return {
            ("unheard", (name,)): Signal(np.array([self._share(name, column)]), column.present)
            for name, column in window.columns.items()
            if _tells_all(column) and self._knows(name)
        }

    def has(self, name: str, column: ColumnSummary) -> bool:
        """Whether most of what another column holds now are texts that the one of this name has had."""
        known = self._texts.get(name, set())
        return 2 * sum(rows for text, rows in column.top if text in known) > sum(rows for _, rows in column.top)

    def _knows(self, name: str) -> bool:
        return self._windows.get(name, 0) >= BEGUN and len(self._texts[name]) < ENDLESS

    def _share(self, name: str, column: ColumnSummary) -> float:
        if not column.unseen:
            return 0.0
        known = self._texts[name]
        new = sum(rows for text, rows in column.top if text not in known)
        return min(new, column.unseen) / column.present

    def add(self, window: WindowSummary, but: Container[str] = ()) -> None:
        """Hear a window, `but` for columns in which something is wrong."""
        for name, column in window.columns.items():
            if name in but or not column.top or len(self._texts.get(name, ())) >= ENDLESS:
                continue
            self._texts.setdefault(name, set()).update(text for text, _ in column.top)
            self._windows[name] = self._windows.get(name, 0) + _tells_all(column)


def _tells_all(column: ColumnSummary) -> bool:
    return column.kind is ValueKind.TEXT and 0 < column.distinct <= len(column.top)
