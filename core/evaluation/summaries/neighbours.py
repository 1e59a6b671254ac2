"""What a number comes to by the instants before and after it, where it goes on smoothly: their mean.

A few values in wrong places, a jump, or a reading that is held are within all that the column ever was; they lie off
their neighbours. Rows of one instant count by their mean, so the order in which they come does not matter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.evaluation.summaries.formula import (
    EXACT,
    LEAST_ROWS,
    followed,
    told,
    usual_miss,
)
from core.evaluation.summaries.pairs import ROWS, Column
from core.evaluation.summaries.plan import CLOCK, Formula, FormulaPlan
from core.evaluation.summaries.summary import FormulaSummary
from core.evaluation.summaries.traces import Instants, around

Array = np.ndarray[Any, np.dtype[Any]]
SMOOTH = 0.4
"""What goes on smoothly lies no farther from its neighbours than this part of how far values lie from their middle."""


def measure_between(
    wanted: FormulaPlan, columns: Mapping[str, Column], instants: Instants
) -> FormulaSummary | None:
    """How far a window's values lie from those around them; None for a column that is not there, or of too few
    instants."""
    column = columns.get(wanted.column)
    if column is None or column.values is None:
        return None
    _, off = _off(column, instants)
    return told(wanted, off / wanted.miss) if len(off) >= ROWS else None


def choose_between(windows: Sequence[tuple[Mapping[str, Column], Instants]]) -> tuple[FormulaPlan, ...]:
    """The columns that go on smoothly in each half of these windows."""
    found = []
    for name in windows[0][0] if windows else ():
        if name == CLOCK or not followed(name, [columns for columns, _ in windows]):
            continue
        read = [_off(columns[name], instants) for columns, instants in windows if name in columns]
        read = [each for each in read if len(each[1]) >= ROWS]
        if sum(len(off) for _, off in read) < LEAST_ROWS:
            continue
        wide = [float(np.abs(means - np.median(means)).mean()) for means, _ in read]
        left = [float(np.abs(off).mean()) / w if w > 0 else 1.0 for (_, off), w in zip(read, wide, strict=True)]
        if np.mean(np.minimum(1.0, left)) < SMOOTH:
            miss = usual_miss(np.concatenate([off for _, off in read]), EXACT * float(np.mean(wide)))
            found.append(FormulaPlan(name, (CLOCK,), Formula.BETWEEN, (), miss))
    return tuple(found)


def _off(column: Column, instants: Instants) -> tuple[Array, Array]:
    """The mean of each instant that has a value, and how far each but the first and last is from those around it."""
    return around(instants, column.there, np.asarray(column.values)[column.there])
