"""Features of any kind as numbers that trees can split on."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.estimate.arrays import Flags, Floats
from core.evaluation.rows import Rows

CLOCK = 2
"""The last so many columns of a matrix tell the time and nothing of the prediction: hour and weekday."""
MOST_LEVELS = 200
"""Texts beyond the commonest this many share one code: trees here take at most 255 levels."""


@dataclass(frozen=True)
class Column:
    """How one feature is read: numbers as they are, within the range seen; texts by `codes` (None: a number)."""

    name: str
    low: float
    high: float
    codes: dict[str, int] | None
    had_nulls: bool


class Encoder:
    """Turns rows into a matrix: the features, then score, prediction, hour of the day and weekday (UTC).

    Missing stays NaN. A text never seen in the rows it was made from is NaN too, and counts as novel.
    """

    def __init__(self, rows: Rows) -> None:
        known = rows.labelled.to_numpy(bool)
        self._columns = _columns(rows.features, known)
        self._classes = {
            value: code for code, value in enumerate(sorted(map(str, rows.prediction.dropna().unique())))
        }
        self._numeric = pd.api.types.is_numeric_dtype(rows.prediction)
        self._first_levels = tuple(
            np.inf if column.codes is None else _texts(rows.features[column.name][known])
            for column in self._columns
        )

    def grow(self, rows: Rows) -> None:
        """Let what these rows hold be known from now on: texts get codes, ranges widen."""
        nulls = dict(zip(map(str, rows.features), _nulls(rows.features), strict=True))
        told = {
            column.name
            for column in self._columns
            if column.codes is not None and _all_known(rows.features, column.name, column.codes)
        }
        seen = {column.name: column for column in _columns(rows.features.drop(columns=list(told)))}
        self._columns = [
            replace(column, had_nulls=column.had_nulls or bool(nulls[column.name]))
            if column.name in told
            else _grown(column, seen.get(column.name))
            for column in self._columns
        ]

    @property
    def categorical(self) -> list[int]:
        """The places of the columns whose numbers are codes."""
        places = [place for place, column in enumerate(self._columns) if column.codes is not None]
        few = len(self._classes) <= MOST_LEVELS
        return places if self._numeric or not few else [*places, len(self._columns) + 1]

    @property
    def texts(self) -> tuple[list[int], tuple[float, ...]]:
        """Which columns hold codes, and by feature from which code on no row that it was made from had a label."""
        return self.categorical, self._first_levels

    def matrix(self, rows: Rows) -> Floats:
        """n rows x k columns."""
        block = _block(rows.features)
        read = [
            block[column.name] if column.codes is None and column.name in block else _numbers(rows, column)
            for column in self._columns
        ]
        score = np.full(len(rows), np.nan) if rows.score is None else rows.score.to_numpy(float, na_value=np.nan)
        read += [score, self._predictions(rows)]
        read += [rows.at.dt.hour.to_numpy(float), rows.at.dt.day_of_week.to_numpy(float)]
        return np.column_stack(read).astype(np.float32).astype(float)

    def novel(self, matrix: Floats) -> Flags:
        """Which rows hold something that the rows it was made from never had: a text, a null, a far number."""
        found = np.zeros(len(matrix), bool)
        for place, column in enumerate(self._columns):
            values = matrix[:, place]
            if not column.had_nulls:
                found |= np.isnan(values)
            if column.codes is None and column.high > column.low:
                reach = column.high - column.low
                found |= (values > column.high + reach) | (values < column.low - reach)
        return found

    def _predictions(self, rows: Rows) -> Floats:
        if self._numeric:
            return np.asarray(rows.prediction.to_numpy(float, na_value=np.nan))
        codes = rows.prediction.map(lambda value: self._classes.get(str(value), np.nan))
        return np.asarray(codes.to_numpy(float, na_value=np.nan))


def _columns(features: "pd.DataFrame", known: Flags | None = None) -> list[Column]:
    """How to read each column of these features; `known` as in `_column`."""
    block = _block(features)
    return [
        _of_numbers(name, block[name], bool(nulls)) if name in block else _column(str(name), features[name], known)
        for name, nulls in zip(features, _nulls(features), strict=True)
    ]


def _column(name: str, values: "pd.Series[Any]", known: Flags | None = None) -> Column:
    """How to read these values; texts of rows that are `known` come before the others, commonest first."""
    had_nulls = bool(values.isna().any())
    if _is_number(values):
        return _of_numbers(name, _as_numbers(values), had_nulls)
    common = [str(level) for level in values.dropna().astype(str).value_counts().index]
    if known is not None:
        told = set(values[known].dropna().astype(str))
        common = sorted(common, key=lambda level: level not in told)
    codes = {str(level): min(code, MOST_LEVELS) for code, level in enumerate(common)}
    return Column(name, 0.0, 0.0, codes, had_nulls)


def _of_numbers(name: str, numbers: Floats, had_nulls: bool) -> Column:
    finite = numbers[np.isfinite(numbers)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    return Column(name, low, high, None, had_nulls)


def _all_known(features: "pd.DataFrame", name: str, codes: dict[str, int]) -> bool:
    """Whether a column of plain texts has none that is new."""
    if name not in features or not isinstance(features[name].dtype, pd.StringDtype):
        return False
    return all(level in codes for level in features[name].dropna().unique())


def _nulls(features: "pd.DataFrame") -> Flags:
    """Which columns lack a value somewhere."""
    return np.asarray(features.isna().to_numpy().any(axis=0))


def _block(features: "pd.DataFrame") -> dict[str, Floats]:
    """The columns that hold plain numbers, read at once as `_as_numbers` reads each: of a wide log a column at a time
    costs more than all that is made of it."""
    names = [
        str(name)
        for name, dtype in features.dtypes.items()
        if isinstance(dtype, np.dtype) and dtype.kind in "fiub"
    ]
    values = features[names].to_numpy(float).T
    kept = np.where(np.isfinite(values) & (np.abs(values) < 1e30), values, np.nan)
    return dict(zip(names, kept, strict=True))


def _texts(values: "pd.Series[Any]") -> float:
    return float(values.dropna().astype(str).nunique())


def _grown(old: Column, new: Column | None) -> Column:
    had_nulls = old.had_nulls or new is None or new.had_nulls
    if new is None or (old.codes is None) != (new.codes is None):
        return replace(old, had_nulls=had_nulls)
    if old.codes is None or new.codes is None:
        return replace(old, low=min(old.low, new.low), high=max(old.high, new.high), had_nulls=had_nulls)
    fresh = [level for level in new.codes if level not in old.codes]
    codes = {level: min(place, MOST_LEVELS) for place, level in enumerate(fresh, start=len(old.codes))}
    return replace(old, codes={**old.codes, **codes}, had_nulls=had_nulls)


def _numbers(rows: Rows, column: Column) -> Floats:
    if column.name not in rows.features:
        return np.full(len(rows), np.nan)
    values = rows.features[column.name]
    if column.codes is None:
        return _as_numbers(values)
    known = column.codes
    if isinstance(values.dtype, pd.StringDtype):
        places, levels = pd.factorize(values)
        return np.array([*(known.get(level, np.nan) for level in levels), np.nan])[places]
    text = values.astype(object).where(values.notna(), None)
    return np.array([np.nan if value is None else known.get(str(value), np.nan) for value in text], float)


def _as_numbers(values: "pd.Series[Any]") -> Floats:
    if pd.api.types.is_datetime64_any_dtype(values):
        seconds = (values - pd.Timestamp(0, tz=getattr(values.dtype, "tz", None))).dt.total_seconds()
        return np.asarray(seconds.to_numpy(float))
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    return np.asarray(np.where(np.isfinite(numbers) & (np.abs(numbers) < 1e30), numbers, np.nan))


def _is_number(values: "pd.Series[Any]") -> bool:
    return (
        pd.api.types.is_numeric_dtype(values)
        or pd.api.types.is_bool_dtype(values)
        or pd.api.types.is_datetime64_any_dtype(values)
        or not values.notna().any()
    )
