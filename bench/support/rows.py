"""Parquet files of made-up predictions: numbers, flags and texts of every usual shape, with nulls."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 500_000
NULLS = 0.05


def write_long(path: Path, start: datetime, days: int, rows: int, seed: int) -> None:
    """`rows` rows a day of twenty columns and `at`, day after day, in one file."""
    rng, writer = np.random.default_rng(seed), None
    step = max(1, CHUNK // rows)
    for first in range(0, days, step):
        many = min(step, days - first)
        for done in range(0, rows, CHUNK):
            part = min(CHUNK, rows - done)
            at = _instants(rng, start + timedelta(days=first), many, part)
            table = pa.table({"at": at, **_columns(rng, len(at))})
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
    if writer is not None:
        writer.close()


def write_wide(path: Path, start: datetime, days: int, rows: int, columns: int) -> None:
    """`rows` rows a day of so many columns and `at`: four of five are numbers, the others texts."""
    rng = np.random.default_rng(columns)
    at = _instants(rng, start, days, rows)
    made = {
        f"c{i}": _text(rng, len(at), 12) if i % 5 == 4 else _holes(rng, rng.normal(i, 1 + i % 3, len(at)))
        for i in range(columns)
    }
    pq.write_table(pa.table({"at": at, **made}), path)


def _instants(rng: np.random.Generator, start: datetime, days: int, rows: int) -> Any:
    """`rows` instants in each day, rising."""
    day = 86_400_000_000
    offsets = np.sort(rng.integers(0, day, (days, rows)), axis=1) + np.arange(days)[:, None] * day
    return pa.array(pd.Timestamp(start) + pd.to_timedelta(offsets.ravel(), unit="us"))


def _columns(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Twenty columns: fourteen of numbers, six of texts."""
    numbers = {
        "score": rng.beta(2, 5, n),
        "amount": np.round(rng.lognormal(3, 1, n), 2),
        "balance": rng.normal(100, 250, n),
        "temperature": np.round(rng.normal(12, 8, n), 1),
        "distance": rng.gamma(2.0, 300.0, n),
        "age": rng.integers(18, 95, n).astype(float),
        "items": rng.poisson(3, n).astype(float),
        "minutes": rng.integers(0, 1440, n).astype(float),
        "account": rng.integers(0, 2_000_000, n).astype(float),
        "rate": rng.normal(0, 1, n),
        "latency": rng.exponential(0.2, n),
        "level": rng.integers(0, 7, n).astype(float),
        "clicks": rng.geometric(0.2, n).astype(float),
        "flag": (rng.random(n) < 0.2).astype(float),
    }
    sizes = {"city": 300, "country": 40, "device": 5, "plan": 3, "campaign": 2_000, "product": 50_000}
    return {name: _holes(rng, values) for name, values in numbers.items()} | {
        name: _text(rng, n, size) for name, size in sizes.items()
    }


def _holes(rng: np.random.Generator, values: Any) -> Any:
    return pa.array(values, mask=rng.random(len(values)) < NULLS)


def _text(rng: np.random.Generator, n: int, size: int) -> Any:
    """Texts of which the first are the commonest, some missing."""
    codes = np.minimum(size - 1, (rng.random(n) ** 2 * size).astype(np.int32))
    names = pa.array([f"name {i}" for i in range(size)])
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=rng.random(n) < NULLS), names).cast(pa.string())
