"""What may not matter, through the whole backtest: a clean column that is about nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts
from tests.backtest_support import ASKED, day, log_frame, write

pytestmark = pytest.mark.no_cover  # the walk's tests reach the same lines

BROKEN = 41


def broken_log(seed: int) -> pd.DataFrame:
    frame = log_frame(rows=40, seed=seed)
    frame.loc[day(frame, BROKEN), "income"] *= 10
    frame.loc[day(frame, BROKEN + 3), "city"] = None
    return frame


def walked(frame: pd.DataFrame, path: Path, **asked: Any) -> BacktestReport:
    return backtest_alerts(write(frame, path), **(ASKED | asked))


def flags(report: BacktestReport) -> list[set[str]]:
    """The columns of each window that somebody was told about."""
    return [
        {name for each in window.findings if each.severity.value in ("page", "notify") for name in each.columns}
        for window in report.windows
    ]


@pytest.mark.parametrize("kind", ["number", pytest.param("text", marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.slow)])
def test_an_unrelated_clean_column_raises_no_alert_on_others(kind: str, seed: int, tmp_path: Path) -> None:
    frame = broken_log(seed)
    rng = np.random.default_rng(seed)
    fresh = rng.normal(size=len(frame)) if kind == "number" else rng.choice(["a", "b", "c"], len(frame))
    before = flags(walked(frame, tmp_path / "a.parquet"))
    after = flags(walked(frame.assign(**{"aside": fresh}), tmp_path / "b.parquet"))
    assert "income" in before[BROKEN - 35]
    for without, with_it in zip(before, after, strict=True):
        assert with_it - {"aside"} <= without
