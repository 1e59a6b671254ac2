"""Faults that came last: no rule and no detector was made for any of them."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from bench.faults import Fault, is_number, numbers_only, texts_only


def _placed(values: Any, index: Any) -> Any:
    return pd.Series(np.asarray(values), index=index)


def _rolled(share: float) -> Fault:
    """Each value lies some rows later: one, or a share of the window."""
    return lambda values, _column, _rng: _placed(
        np.roll(values.to_numpy(), max(1, int(share * len(values)))), values.index
    )


def _sorted(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    return _placed(values.sort_values().to_numpy(), values.index)


def _imputed(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    present = values.dropna()
    if present.empty:
        return None
    instead = present.median() if is_number(values) else present.value_counts().index[0]
    return values.astype(object).mask(rng.random(len(values)) < 0.4, instead)


def _winsorised(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    return values.clip(values.quantile(0.2), values.quantile(0.8))


def _levelled(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """Five levels instead of numbers."""
    low, high = values.min(), values.max()
    return low + ((values - low) / (high - low) * 4).round() * (high - low) / 4 if high > low else None


def _merged(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    common = values.value_counts().index[:2]
    return values.replace(common[1], common[0]) if len(common) == 2 else None


def _top_lost(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    common = values.value_counts().index
    return values.astype(object).mask(values == common[0], None) if len(common) > 1 else None


UNHEARD: dict[str, Fault | None] = {
    "a row late": _rolled(0.0),
    "an eighth late": _rolled(1 / 8),
    "reversed": lambda values, _column, _rng: _placed(values.to_numpy()[::-1], values.index),
    "sorted": _sorted,
    "imputed": _imputed,
    "winsorised": numbers_only(_winsorised),
    "levelled": numbers_only(_levelled),
    "cents in a third": numbers_only(
        lambda values, _column, rng: values.where(rng.random(len(values)) >= 0.34, values * 100)
    ),
    "zeros in a sixth": numbers_only(
        lambda values, _column, rng: values.where(rng.random(len(values)) >= 1 / 6, 0)
    ),
    "modulo": numbers_only(lambda values, column, _rng: values % (column.std() or 1)),
    "smoothed": numbers_only(lambda values, _column, _rng: values.rolling(5, min_periods=1).mean()),
    "squared": numbers_only(lambda values, _column, _rng: values * values),
    "complement": numbers_only(lambda values, column, _rng: column.max() + column.min() - values),
    "hashed": texts_only(
        lambda values, _column, _rng: values.map(
            lambda v: hashlib.sha256(str(v).encode()).hexdigest()[:8], na_action="ignore"
        )
    ),
    "merged": _merged,
    "top lost": _top_lost,
    "doubled": texts_only(lambda values, _column, _rng: values + values),
    "resampled": None,
    "half swapped": None,
}
"""Kinds by name. The stream makes those that need more than the column: values drawn from an earlier window
(resampled), and another column's values in half of the rows (half swapped)."""
