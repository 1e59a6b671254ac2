"""Faults that data really has, put into one column of one window. Each returns new values, None where it cannot."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Fault = Callable[[Any, Any, np.random.Generator], Any]
"""(the column's values in the window, the whole column, chance) -> the values instead."""


def is_number(column: Any) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def is_text(column: Any) -> bool:
    return column.dtype == object or str(column.dtype) in ("str", "string")


def numbers_only(change: Fault) -> Fault:
    """For columns of numbers only."""
    return lambda values, column, rng: change(values, column, rng) if is_number(column) else None


def texts_only(change: Fault) -> Fault:
    """For columns of texts only."""
    return lambda values, column, rng: change(values, column, rng) if is_text(column) else None


def _nulls(share: float) -> Fault:
    def change(values: Any, _column: Any, rng: np.random.Generator) -> Any:
        return values.astype(object).where(rng.random(len(values)) >= share, None)

    return change


def _constant(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    present = values.dropna()
    if present.empty:
        return None
    return pd.Series([present.iloc[rng.integers(len(present))]] * len(values), index=values.index)


def _rename(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    counts = values.value_counts()
    renamed = set(counts.index[: max(1, len(counts) // 2)])
    return values.map(lambda value: f"{value}_new" if value in renamed else value)


def _round(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    spread = values.std()
    if not spread > 0:
        return None
    grain = 10.0 ** np.floor(np.log10(spread))
    return (values / grain).round() * grain


def _collapse(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    return values.where(rng.random(len(values)) >= 0.5, values.value_counts().index[0])


def _case(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    lower = values.str.lower()
    return lower if (lower != values).any() else values.str.upper()


NAMED: dict[str, Fault | None] = {
    "nulls": _nulls(1.0),
    "x10": numbers_only(lambda values, _column, _rng: values * 10),
    "swap": None,
    "constant": _constant,
    "rename": texts_only(_rename),
}
"""The five kinds of the claim; a swap needs a second column and is made by the stream."""


def _filled(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """Missing values, or one in five of a complete column, replaced by what a program puts instead."""
    instead = "unknown" if is_text(values) else (-1, 0, 999)[rng.integers(3)] if is_number(values) else None
    if instead is None:
        return None
    holes = values.isna() if values.isna().mean() > 0.1 else rng.random(len(values)) < 0.2
    return values.astype(object).mask(holes, instead)


def _mojibake(values: Any, _column: Any, _rng: np.random.Generator) -> Any:
    """UTF-8 read as Latin-1, where it shows; else where vowels carry an accent in another encoding."""
    garbled = values.map(lambda v: v.encode().decode("latin-1"), na_action="ignore")
    if (garbled != values).any():
        return garbled
    return values.str.replace("e", "\u00c3\u00a9", regex=False)


def _permuted(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    return pd.Series(rng.permutation(values.to_numpy()), index=values.index)


def _held(values: Any, _column: Any, rng: np.random.Generator) -> Any:
    """From some row on in the first half, the last value again and again."""
    present = values.dropna()
    if len(present) < 4:
        return None
    at = int(rng.integers(len(values) // 2))
    last = values.iloc[: at + 1].dropna()
    return values.where(np.arange(len(values)) <= at, last.iloc[-1] if len(last) else present.iloc[0])


OTHERS: dict[str, Fault | None] = {
    "nulls 30%": _nulls(0.3),
    "x1000": numbers_only(lambda values, _column, _rng: values * 1000),
    "sign": numbers_only(lambda values, _column, _rng: -values),
    "log": numbers_only(lambda values, _column, _rng: np.log1p(values.abs())),
    "offset": numbers_only(lambda values, column, _rng: values + 2 * column.std()),
    "noise": numbers_only(lambda values, column, rng: values + rng.normal(0, column.std(), len(values))),
    "clip": numbers_only(lambda values, _column, _rng: values.clip(upper=values.quantile(0.6))),
    "round": numbers_only(_round),
    "case": texts_only(_case),
    "padded": texts_only(lambda values, _column, _rng: values + " "),
    "collapse": texts_only(_collapse),
    "shuffle": _permuted,
    "stale": None,
    "old": None,
    "nulls 10%": _nulls(0.1),
    "nulls 20%": _nulls(0.2),
    "filled": _filled,
    "x1.6": numbers_only(lambda values, _column, _rng: values * 1.609344),
    "pounds": numbers_only(lambda values, _column, _rng: values * 2.20462),
    "fahrenheit": numbers_only(lambda values, _column, _rng: values * 1.8 + 32),
    "held": _held,
    "truncated": texts_only(lambda values, _column, _rng: values.str[:3]),
    "mojibake": texts_only(_mojibake),
    "upper": texts_only(lambda values, _column, _rng: values.str.upper()),
    "mixed": None,
    "slice null": None,
    "slice constant": None,
}
"""Kinds that the rules do not name. The stream makes those that need more than the column: values of the window before
(stale), of two to nine windows before (old, and mixed for half of the rows), and what happens to one value of another
column only (slice)."""
