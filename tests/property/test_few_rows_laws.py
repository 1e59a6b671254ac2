"""Laws of the data checks where windows have few rows: what chance makes of a dozen rows is no finding."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window
from tests.property.test_check_laws import allowed

START, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)
PAST, NEXT = 60, 40
PARTS = ["a", "Ab", "AB", "12", "x9", "-", "_", "é", " "]
"""What names are made of, so that ever new patterns come."""
Frame = Callable[[np.random.Generator, int], pd.DataFrame]
"""Rows for PAST and NEXT windows of so many rows."""


def frame(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Rows that all come from one place, in numbers as chance has them: flags, counts, long tails, codes, notes,
    names."""
    day = np.repeat(np.arange(PAST + NEXT), np.maximum(1, rng.poisson(rows, PAST + NEXT)))
    n, common = len(day), 1 / np.arange(1, 31)
    return pd.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "at": pd.Timestamp(START) + pd.to_timedelta(day * 86_400 + rng.integers(0, 86_400, n), unit="s"),
            "amount": rng.lognormal(3, 1, n),
            "count": rng.zipf(1.8, n).clip(1, 10**6),
            "visits": rng.poisson(0.4, n),
            "flag": rng.random(n) < 0.3,
            "paid": np.where(rng.random(n) < 0.6, 0.0, rng.exponential(100, n).round()),
            "late": np.where(rng.random(n) < 0.97, 0, rng.integers(1, 5, n)),
            "code": rng.choice([f"code {i}" for i in range(30)], n, p=common / common.sum()),
            "holed": np.where(rng.random(n) < 0.12, np.nan, rng.normal(0, 1, n)),
            "note": [f"note {a} {b}" for a, b in rng.integers(0, 9999, (n, 2))],
            "alias": [
                "".join(rng.choice(PARTS, size)) + str(size * i) for i, size in enumerate(rng.geometric(0.4, n))
            ],
        }
    )


def related(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Rows of days that are alike, in which numbers follow the hour, each other, or nearly nothing."""
    day = np.repeat(np.arange(PAST + NEXT), np.maximum(1, rng.poisson(rows, PAST + NEXT)))
    n, second = len(day), rng.integers(0, 86_400, len(day))
    level = 20 + second / 8_640 + rng.normal(0, 0.05, n)
    return pd.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "at": pd.Timestamp(START) + pd.to_timedelta(day * 86_400 + second, unit="s"),
            "level": level.round(2),
            "double": (2 * level + rng.normal(0, 0.3, n)).round(2),
            "loose": level + rng.normal(0, 4, n),
            "hour": (second // 3_600).astype(float),
            "open": (second > 25_000) & (second < 60_000),
            "rare": np.where(level > 29, rng.integers(1, 4, n), 0),
            "shift": np.where(rng.random(n) < 0.98, np.where(second < 43_200, "early", "late"), "none"),
        }
    )


def summaries(rows: pd.DataFrame) -> list[WindowSummary]:
    connection = ibis.duckdb.connect(threads=1)
    table = connection.create_table("log", rows.sort_values("at"))
    windows = [Window(START + DAY * i, START + DAY * (i + 1)) for i in range(PAST + NEXT)]
    features = [name for name in rows.columns if name not in ("id", "at")]
    plan = make_plan(table, features, at="at", windows=windows[:PAST])
    return summarise(table, plan, at="at", windows=windows, id="id")


def false_windows(seeds: range, rows: int, frame: Frame = frame) -> int:
    wrong = 0
    for seed in seeds:
        windows = summaries(frame(np.random.default_rng(seed), rows))
        checks = DataChecks.learn(windows[:PAST])
        wrong += sum(bool(checks.judge(each)) for each in windows[PAST:])
    return wrong


def test_windows_of_few_rows_have_no_more_false_findings_than_was_asked_for_on_few() -> None:
    assert false_windows(range(3), 30) <= allowed(0.01, 3 * NEXT) * 3 * NEXT


@pytest.mark.slow
@pytest.mark.parametrize("rows", [12, 30, 60])
def test_windows_of_few_rows_have_no_more_false_findings_than_was_asked_for(rows: int) -> None:
    assert false_windows(range(10, 20), rows) <= allowed(0.01, 10 * NEXT) * 10 * NEXT
    assert false_windows(range(30, 40), rows, related) <= allowed(0.01, 10 * NEXT) * 10 * NEXT


def test_a_few_values_in_other_rows_are_told_where_all_always_followed_the_time() -> None:
    """Two columns that have nothing to do with each other go as far by chance, but these never did."""
    rng = np.random.default_rng(0)
    rows = related(rng, 30)
    late = np.flatnonzero(rows["at"] >= pd.Timestamp(START + DAY * (PAST + NEXT - 1)))
    some = rng.choice(late, len(late) // 6, replace=False)
    rows.loc[some, "level"] = rows["level"].to_numpy()[rng.permutation(some)]
    windows = summaries(rows[["id", "at", "level"]])
    checks = DataChecks.learn(windows[:-2])
    assert checks.judge(windows[-2]) == []
    assert [f.columns for f in checks.judge(windows[-1])] == [("level",)]
