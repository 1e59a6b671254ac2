"""Faults that were written down, and measured, before the checks were changed for the last time."""

from typing import Any

import numpy as np
import pandas as pd

from bench.faults import Fault, numbers_only


def _placed(values: Any, index: Any) -> Any:
    return pd.Series(np.asarray(values), index=index)


def _some_permuted(share: float) -> Fault:
    """The values of some rows, wherever they are, shuffled among themselves."""

    def permuted(values: Any, _column: Any, rng: np.random.Generator) -> Any:
        chosen = np.flatnonzero(rng.random(len(values)) < share)
        found = values.to_numpy().copy()
        found[chosen] = found[rng.permutation(chosen)]
        return _placed(found, values.index)

    return permuted


def _quantised(values: Any, column: Any, _rng: np.random.Generator) -> Any:
    """Whole steps of three quarters of a deviation, from an origin of their own."""
    step = 0.75 * column.std()
    return (values / step).round() * step if step > 0 else None


def _stuck(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """The same value for a third of the window, somewhere in it."""
    length = max(1, len(values) // 3)
    first = int(rng.integers(max(1, len(values) - length)))
    found = values.to_numpy().copy()
    found[first : first + length] = found[first]
    return _placed(found, values.index)


def _sign_in_some(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    return values.where(rng.random(len(values)) >= 0.2, -values)


def _every_second(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """Read half as often: each second row repeats the one before."""
    found = values.to_numpy().copy()
    found[1::2] = found[: len(found) - 1 : 2][: len(found[1::2])]
    return _placed(found, values.index)


def _wrapped(values: Any, column: Any, _rng: np.random.Generator) -> Any:
    """A counter that is too narrow: what is beyond its range begins again below."""
    low, high = column.quantile(0.02), column.quantile(0.8)
    return low + (values - low) % (high - low) if high > low else None


def _ends_lost(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """A filter for outliers: the lowest and highest tenth are missing."""
    low, high = values.quantile(0.1), values.quantile(0.9)
    return values.astype(object).where((values >= low) & (values <= high), None)


NEW: dict[str, Fault | None] = {
    "a tenth permuted": _some_permuted(0.1),
    "a quarter permuted": _some_permuted(0.25),
    "quantised": numbers_only(_quantised),
    "stuck for a third": _stuck,
    "sign in a fifth": numbers_only(_sign_in_some),
    "every second": _every_second,
    "wrapped": numbers_only(_wrapped),
    "ends lost": numbers_only(_ends_lost),
    "added": None,
    "swapped in a slice": None,
}
"""Kinds by name. The stream makes those that need more than the column: another column's values added (added), and
its two commonest values for each other where another column has one of its common values (of numbers: turned about
their middle)."""
