"""A small log that is easy to reason about, and a checker of the report's contract."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = "2024-02-05"
"""Five weeks of history."""


def log_frame(days: int = 49, rows: int = 80, seed: int = 0) -> pd.DataFrame:
    """Binary predictions, four in five of them right; labels arrive after two days. `city` is a text."""
    rng = np.random.default_rng(seed)
    n = days * rows
    at = [BEGIN + timedelta(days=i // rows, minutes=15 * (i % rows) + i % 7) for i in range(n)]
    label = rng.integers(0, 2, n)
    right = rng.random(n) < 0.8
    prediction = np.where(right, label, 1 - label)
    return pd.DataFrame(
        {
            "at": pd.to_datetime(at),
            "id": [f"p{i}" for i in range(n)],
            "income": rng.normal(50.0, 10.0, n).round(3),
            "age": rng.integers(18, 80, n),
            "city": rng.choice(["Rome", "Oslo", "Lima"], n),
            "predicted": prediction,
            "score": np.where(prediction == 1, rng.uniform(0.5, 1.0, n), rng.uniform(0.0, 0.5, n)).round(6),
            "label": label,
            "label_at": pd.to_datetime([each + timedelta(days=2) for each in at]),
        }
    )


def day(frame: pd.DataFrame, number: int) -> "pd.Series[bool]":
    """Which rows are of this day; day 35 is the first of the walk."""
    return (frame["at"] - pd.Timestamp(BEGIN)).dt.days == number


ASKED: dict[str, Any] = {
    "timestamp": "at",
    "prediction": "predicted",
    "score": "score",
    "label": "label",
    "label_at": "label_at",
    "id": "id",
    "reference_until": UNTIL,
}


def write(frame: pd.DataFrame, path: Path) -> Path:
    """As Parquet or CSV, by the name's ending."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return path


KINDS = {"hard", "soft", "drift", "upstream", "performance", "slice"}
NUMBER, MAYBE = (int, float), (int, float, type(None))


def problems(report: dict[str, Any]) -> list[str]:
    """What in a report breaks schema 1; nothing when all is well."""
    found = [] if report.get("schema") == 1 else ["schema is not 1"]
    for i, window in enumerate(report["windows"]):
        found += [f"windows[{i}].{problem}" for problem in _window(window)]
    summary = report["summary"]
    needed = {"windows": int, "pages": int, "notifications": int, "false_alarms_per_week": NUMBER}
    needed |= dict.fromkeys(("precision", "recall", "estimate_mae", "coverage"), MAYBE)
    found += [f"summary.{name}" for name, kinds in needed.items() if not isinstance(summary.get(name, ""), kinds)]
    if summary["windows"] != len(report["windows"]):
        found.append("summary.windows is not their number")
    return found


def _window(window: dict[str, Any]) -> list[str]:
    found = [] if isinstance(window["rows"], int) else ["rows"]
    if set(window) != {"start", "end", "rows", "severity", "findings", "estimate", "realized"}:
        found.append(f"keys {sorted(window)}")
    found += [name for name in ("start", "end") if datetime.fromisoformat(window[name]).tzinfo is None]
    if window["severity"] not in {"page", "notify", "record", "none"}:
        found.append("severity")
    for finding in window["findings"]:
        found += _finding(finding)
    if sum(finding["severity"] == "page" for finding in window["findings"]) > 1:
        found.append("more than one page")
    if (estimate := window["estimate"]) is not None:
        figures = ("value", "low", "high", "label_coverage")
        found += [f"estimate.{name}" for name in figures if not isinstance(estimate.get(name), NUMBER)]
        found += [] if isinstance(estimate["metric"], str) else ["estimate.metric"]
    if (realized := window["realized"]) is not None:
        found += [f"realized.{name}" for name in ("value", "rows") if not isinstance(realized.get(name), NUMBER)]
    return found


def _finding(finding: dict[str, Any]) -> list[str]:
    found = [] if finding["kind"] in KINDS else ["kind"]
    found += [] if all(isinstance(each, str) for each in finding["columns"]) else ["columns"]
    found += [] if finding["slice"] is None or isinstance(finding["slice"], dict) else ["slice"]
    found += [] if finding["severity"] in {"page", "notify", "record"} else ["finding severity"]
    found += (
        [] if isinstance(finding["score"], NUMBER) and isinstance(finding["reason"], str) else ["score, reason"]
    )
    if finding["kind"] in {"performance", "slice"} and finding["columns"]:
        found.append("a finding about the metric or a slice flags columns")
    return found


ROWS = 20
"""What a brief log has a day."""


def walk(frame: pd.DataFrame, folder: Path, name: str = "log.parquet", **asked: Any) -> BacktestReport:
    report = backtest_alerts(write(frame, folder / name), **(ASKED | asked))
    assert problems(report.as_json()) == []
    return report


def brief(days: int = 17) -> pd.DataFrame:
    """Two weeks of history and three days to judge, twenty rows each: enough to see how a log is read."""
    return log_frame(days=days, rows=ROWS)


def read(frame: pd.DataFrame, folder: Path, name: str = "log.parquet", **asked: Any) -> BacktestReport:
    """Walk a brief log."""
    return walk(frame, folder, name, **({"reference_until": "2024-01-15"} | asked))


def noted(report: BacktestReport, *words: str) -> bool:
    return any(all(word in note for word in words) for note in report.notes)
