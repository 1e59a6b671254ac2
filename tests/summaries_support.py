"""The same rows for every engine that summarises them, and how closely two summaries have to agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, WindowSummary
from core.evaluation.windows import Window

START = datetime(2024, 3, 1, tzinfo=UTC)
DAYS = [Window(START + timedelta(days=i), START + timedelta(days=i + 1)) for i in range(4)]
COLUMNS = ["amount", "level", "city", "code", "flag", "seen", "ticket"]
COUNTS = (
    "kind",
    "rows",
    "nulls",
    "failures",
    "infinite",
    "present",
    "histogram",
    "shares",
    "mode",
    "top",
    "unseen",
)
RANK, DISTINCT, MEAN = 0.01, 0.02, 1e-9


def frame() -> pd.DataFrame:
    """Three days and an empty fourth: nulls, infinities, numbers in texts (or none, or too large), repeats."""
    rng = np.random.default_rng(8)
    n = 2400
    level = rng.integers(0, 9, n).astype(float)
    at = pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 3 * 86_400_000, n), unit="ms")
    code = pd.Series(rng.integers(0, 50, n).astype(str))
    code[rng.random(n) < 0.02] = "?"
    code[:6] = ["1e999", "-2.5e-400", "inf", "", " 7 ", "1.5e3"]
    amount = pd.Series(level * 10 + rng.normal(0, 1, n))
    amount[rng.random(n) < 0.1] = None
    amount[7:9] = [np.inf, -1e200]
    rows = pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "at": at.astype("datetime64[us, UTC]"),
            "amount": amount,
            "level": level,
            "city": pd.Series(rng.choice(["Oslo", "ROME", "lima 1", "Zürich"], n, p=[0.5, 0.3, 0.15, 0.05])),
            "code": code,
            "flag": rng.random(n) < 0.25,
            "seen": (at - pd.to_timedelta(rng.integers(0, 900, n), unit="s")).astype("datetime64[us, UTC]"),
        }
    )
    rows.loc[rng.random(n) < 0.05, "city"] = None
    rows["ticket"] = [f"{mark} {i}" for i, mark in enumerate(rng.choice(["Zürich", "AB", "a_1", "\t7"], n))]
    return pd.concat([rows, rows.iloc[40:60]], ignore_index=True)


def present(rows: pd.DataFrame, window: Window, name: str) -> Any:
    """The finite numbers of a window's column, sorted."""
    inside = rows[(rows["at"] >= window.start) & (rows["at"] < window.end)]
    column = inside[name]
    if name == "seen":
        column = column.astype("int64") // 10**6
    values = pd.to_numeric(column, errors="coerce").astype(float).to_numpy()
    return np.sort(values[np.abs(values) < 1e150])


def assert_same_window(one: WindowSummary, other: WindowSummary, rows: pd.DataFrame) -> None:
    assert (one.rows, one.ids, one.repeats, one.profile) == (other.rows, other.ids, other.repeats, other.profile)
    assert (list(one.columns), one.patterns) == (list(other.columns), other.patterns)
    for name, column in one.columns.items():
        assert_same_column(column, other.columns[name])
        if other.columns[name].quantiles:
            assert_quantiles(other.columns[name].quantiles, present(rows, Window(one.start, one.end), name))


def assert_same_column(one: ColumnSummary, other: ColumnSummary) -> None:
    """Counts exactly, means to MEAN, distinct counts within DISTINCT."""
    for name in COUNTS:
        assert getattr(one, name) == getattr(other, name), name
    assert other.distinct == pytest.approx(one.distinct, rel=DISTINCT)
    for name in ("mean", "std", "low", "high"):
        wanted = getattr(one, name)
        close = wanted if wanted is None else pytest.approx(wanted, rel=MEAN, abs=MEAN)
        assert getattr(other, name) == close, name


def assert_quantiles(found: tuple[float, ...], values: Any, rows: int = 1) -> None:
    """Each found quantile lies where values of a rank within RANK (and so many rows) of the asked one do."""
    slack = RANK + rows / len(values)
    for asked, value in zip(QUANTILES, found, strict=True):
        near = 1e-9 * max(1.0, abs(value))
        below = np.searchsorted(values, value - near, side="left") / len(values)
        upto = np.searchsorted(values, value + near, side="right") / len(values)
        assert below - slack <= asked <= upto + slack, (asked, value)
