"""Faults that were written down, and measured, after the checks had learned what numbers come to by others."""

from typing import Any

import numpy as np
import pandas as pd

from bench.faults import Fault, numbers_only


def _placed(values: Any, index: Any) -> Any:
    return pd.Series(np.asarray(values), index=index)


def _half_late(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """From the middle on, each row has the value of the row before."""
    found, middle = values.to_numpy().copy(), len(values) // 2
    found[middle:] = np.roll(found, 1)[middle:]
    return _placed(found, values.index)


def _two_blocks_exchanged(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """Two eighths of the window, each with the other's values."""
    length = len(values) // 8
    if length < 2:
        return None
    found = values.to_numpy().copy()
    first, second = (slice(each * length, (each + 1) * length) for each in rng.choice(8, 2, replace=False))
    found[first], found[second] = found[second].copy(), found[first].copy()
    return _placed(found, values.index)


def _drift_within(values: Any, column: Any, _rng: np.random.Generator) -> Any:
    return values + np.linspace(0, 1.5, len(values)) * column.std()


def _gain_from_noon(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    return values * np.where(np.arange(len(values)) >= len(values) // 2, 1.15, 1.0)


def _pairs_averaged(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    found = values.to_numpy(float).copy()
    even = len(found) // 2 * 2
    found[:even] = np.repeat(found[:even].reshape(-1, 2).mean(1), 2)
    return _placed(found, values.index)


def _jitter(values: Any, column: Any, rng: np.random.Generator) -> Any:
    return values + rng.normal(0, 0.5 * column.std(), len(values))


def _a_third_again(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """The second third of the window repeats the first."""
    found, length = values.to_numpy().copy(), len(values) // 3
    found[length : 2 * length] = found[:length]
    return _placed(found, values.index)


def _a_deviation_in_some(values: Any, column: Any, rng: np.random.Generator) -> Any:
    moved = values + column.std() * rng.choice([-1, 1], len(values))
    return values.where(rng.random(len(values)) >= 0.15, moved)


def _towards_the_mean(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    return 0.7 * values + 0.3 * values.mean()


def _neighbours_in_a_third(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """Nearly a third of the rows, anywhere, have the value of the row after."""
    found = values.to_numpy().copy()
    chosen = rng.random(len(values)) < 0.3
    found[chosen] = np.roll(found, -1)[chosen]
    return _placed(found, values.index)


WRITTEN_AFTER: dict[str, Fault | None] = {
    "half late": _half_late,
    "two blocks exchanged": _two_blocks_exchanged,
    "drift within": numbers_only(_drift_within),
    "gain from noon": numbers_only(_gain_from_noon),
    "pairs averaged": numbers_only(_pairs_averaged),
    "jitter": numbers_only(_jitter),
    "a third again": _a_third_again,
    "a deviation in some": numbers_only(_a_deviation_in_some),
    "towards the mean": numbers_only(_towards_the_mean),
    "neighbours in a third": _neighbours_in_a_third,
}
