"""Windows of made days, summarised without a database: numbers that go together, and a text of three cities."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.evaluation.summaries.make_plan import number_plan
from core.evaluation.summaries.pairs import measure, numbers
from core.evaluation.summaries.plan import ColumnPlan
from core.evaluation.summaries.summary import (
    PROFILE_PARTS,
    QUANTILES,
    ColumnSummary,
    PairSummary,
    TraceSummary,
    ValueKind,
    WindowSummary,
)
from core.evaluation.summaries.traces import PRINTS

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS = 400
Values = dict[str, Any]
PLANS = {
    "temp": number_plan("float64", np.random.default_rng(0).normal(50, 10, 5000)),
    "wind": number_plan("float64", np.random.default_rng(1).normal(8, 2, 5000)),
    "gust": number_plan("float64", np.random.default_rng(2).normal(12, 3, 5000)),
}
CITIES = ("EWR", "JFK", "LGA")
LINKED = ("wind", "gust")


def day(seed: int) -> Values:
    rng = np.random.default_rng(seed)
    wind = rng.normal(8, 2, ROWS)
    return {
        "temp": rng.normal(50 + rng.normal(0, 2), 10, ROWS),
        "wind": wind,
        "gust": wind * 1.5 + rng.normal(0, 0.5, ROWS),
        "origin": rng.choice(CITIES, ROWS, p=[0.5, 0.3, 0.2]),
    }


def number(values: np.ndarray, plan: ColumnPlan) -> ColumnSummary:
    there = values[~np.isnan(values)]
    base = {"kind": ValueKind.NUMBER, "type": "float64", "rows": len(values), "nulls": len(values) - len(there)}
    if not there.size:
        return ColumnSummary(**base, distinct=0)
    counts = np.unique(there, return_counts=True)[1]
    bins = np.bincount(np.searchsorted(plan.edges, there, side="right"), minlength=len(plan.edges) + 1)
    tests = {
        "zero": there == 0,
        "negative": there < 0,
        "whole": there == np.floor(there),
        "tenths": np.isclose(there * 10, np.round(there * 10), atol=1e-6),
        "hundredths": np.isclose(there * 100, np.round(there * 100), atol=1e-6),
        "tens": there == np.floor(there / 10) * 10,
        "hundreds": there == np.floor(there / 100) * 100,
        "lowest": there == there.min(),
        "highest": there == there.max(),
    }
    return ColumnSummary(
        **base,
        distinct=len(counts),
        mean=float(there.mean()),
        quantiles=tuple(np.quantile(there, QUANTILES)),
        histogram=tuple(bins.tolist()),
        shares={name: float(test.mean()) for name, test in tests.items()},
        mode=int(counts.max()),
    )


def text(values: np.ndarray) -> ColumnSummary:
    found, counts = np.unique(values.astype(str), return_counts=True)
    by = dict(zip(found.tolist(), counts.tolist(), strict=True))
    bins = [by.get(city, 0) for city in CITIES]
    strings = [str(value) for value in values]
    return ColumnSummary(
        kind=ValueKind.TEXT,
        type="string",
        rows=len(values),
        nulls=0,
        distinct=len(found),
        mean=float(np.mean([len(s) for s in strings])),
        histogram=(*bins, len(values) - sum(bins)),
        shares={
            "upper": float(np.mean([s.isupper() for s in strings])),
            "lower": float(np.mean([s.islower() for s in strings])),
            "padded": float(np.mean([s != s.strip() for s in strings])),
            "empty": 0.0,
            "digits": 0.0,
            "symbols": 0.0,
        },
        mode=int(counts.max()),
        top=tuple(sorted(by.items(), key=lambda pair: -pair[1])),
        unseen=len(values) - sum(bins),
    )


def window(index: int, values: Values, repeats: int = 0) -> WindowSummary:
    rows = len(values["origin"])
    columns = {name: number(v, PLANS[name]) if name in PLANS else text(v) for name, v in values.items()}
    at = START + timedelta(days=index)
    return WindowSummary(
        at,
        at + timedelta(days=1),
        rows,
        rows - repeats,
        repeats,
        tuple([rows // PROFILE_PARTS] * PROFILE_PARTS),
        columns,
        pair(values),
        traces={name: TraceSummary(prints=prints(v)) for name, v in values.items() if name in PLANS},
    )


def prints(values: np.ndarray) -> tuple[int, ...]:
    """Fingerprints of a column's values, the smallest."""
    mixed = np.unique(values[~np.isnan(values)]).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return tuple(np.sort(mixed >> np.uint64(32))[:PRINTS].tolist())


def pair(values: Values) -> tuple[PairSummary, ...]:
    if any(name not in values for name in LINKED):
        return ()
    wind, gust = (numbers(values[name], PLANS[name].coarse) for name in LINKED)
    found = measure(*LINKED, wind, gust)
    return (found,) if found else ()
