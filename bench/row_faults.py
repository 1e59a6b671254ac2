"""Faults of a window's rows, not of a column: missing, repeated, late. Each returns the rows that are left."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

RowFault = Callable[[Any, datetime, timedelta, np.random.Generator], Any]
"""(the window's rows with their instants in `at`, its start, its length, chance) -> the rows instead."""


def _lost(share: float) -> RowFault:
    return lambda rows, _start, _length, rng: rows[rng.random(len(rows)) >= share]


def _twice(share: float) -> RowFault:
    return lambda rows, _start, _length, rng: pd.concat([rows, rows[rng.random(len(rows)) < share]])


def _since(rows: Any, start: datetime, length: timedelta) -> Any:
    return (rows["at"] - pd.Timestamp(start)) / length


def _gone(first: float, last: float) -> RowFault:
    """Nothing came in a stretch of the window."""

    def change(rows: Any, start: datetime, length: timedelta, _rng: np.random.Generator) -> Any:
        since = _since(rows, start, length)
        return rows[(since < first) | (since >= last)]

    return change


def _shifted(by: float) -> RowFault:
    """The clock is off: every row lies later (or earlier), and what leaves the window is lost."""

    def change(rows: Any, start: datetime, length: timedelta, _rng: np.random.Generator) -> Any:
        since = _since(rows, start, length) + by
        return rows.assign(at=rows["at"] + by * length)[(since >= 0) & (since < 1)]

    return change


def _heaped(rows: Any, start: datetime, length: timedelta, _rng: np.random.Generator) -> Any:
    """The rows of the second half all come in one moment of its end."""
    late = _since(rows, start, length) >= 0.5
    return rows.assign(at=rows["at"].mask(late, pd.Timestamp(start) + 0.999 * length))


ROWS: dict[str, RowFault] = {
    "30% of rows lost": _lost(0.3),
    "half of rows lost": _lost(0.5),
    "a third twice": _twice(0.34),
    "all twice": _twice(1.0),
    "frozen half-way": _gone(0.5, 1.0),
    "frozen at the end": _gone(0.75, 1.0),
    "an eighth in the middle gone": _gone(0.4, 0.525),
    "a 24th late": _shifted(1 / 24),
    "an eighth early": _shifted(-1 / 8),
    "heaped up": _heaped,
}
"""Kinds by name; a 24th of a day is an hour."""
