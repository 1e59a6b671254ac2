"""The report's schema, key by key, under every option; and that nothing of later changes what was said before."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts
from tests.backtest_support import ASKED, BEGIN, UNTIL, day, log_frame, problems, write

pytestmark = pytest.mark.no_cover  # the walk's tests reach the same lines

ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)")
SEVERITY, KIND = "page|notify|record|none", "hard|soft|drift|upstream|performance|slice"
SCHEMA: dict[str, Any] = {
    "schema": 1,
    "windows": [
        {
            "start": ISO,
            "end": ISO,
            "rows": int,
            "severity": SEVERITY,
            "findings": [
                {
                    "kind": KIND,
                    "columns": [str],
                    "slice": (dict, None),
                    "severity": SEVERITY,
                    "score": float,
                    "reason": str,
                }
            ],
            "estimate": (
                {"metric": str, "value": float, "low": float, "high": float, "label_coverage": float},
                None,
            ),
            "realized": ({"value": float, "rows": int}, None),
        }
    ],
    "summary": {
        "windows": int,
        "pages": int,
        "notifications": int,
        "false_alarms_per_week": float,
        "precision": (float, None),
        "recall": (float, None),
        "estimate_mae": (float, None),
        "coverage": (float, None),
    },
}


def strays(value: Any, schema: Any, at: str = "report") -> list[str]:
    """Where a value is not as the schema has it; more keys than it names are allowed."""
    if isinstance(schema, tuple):
        return [] if value is None else strays(value, schema[0], at)
    if isinstance(schema, dict):
        missing = [f"{at}.{name} is missing" for name in schema if name not in value]
        return missing + [s for n in schema if n in value for s in strays(value[n], schema[n], f"{at}.{n}")]
    if isinstance(schema, list):
        wrong = [] if isinstance(value, list) else [f"{at} is no list"]
        return wrong + [s for i, each in enumerate(value) for s in strays(each, schema[0], f"{at}[{i}]")]
    if isinstance(schema, re.Pattern):
        return [] if isinstance(value, str) and schema.fullmatch(value) else [f"{at} is {value!r}"]
    if isinstance(schema, str):
        return [] if value in schema.split("|") else [f"{at} is {value!r}"]
    if isinstance(schema, int):
        return [] if value == schema else [f"{at} is {value!r}"]
    fits = isinstance(value, (int, float) if schema is float else schema) and not isinstance(value, bool)
    return [] if fits else [f"{at} is {value!r}"]


def instants(value: Any) -> list[str]:
    """Every text that looks like a date, wherever it is."""
    if isinstance(value, dict):
        return [each for name, part in value.items() if name != "reason" for each in instants(part)]
    if isinstance(value, list):
        return [each for part in value for each in instants(part)]
    return [value] if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) else []


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """Day 40 has incomes times ten, day 42 has no rows, and from day 44 on half of the predictions are turned round."""
    frame = log_frame(rows=40)
    frame.loc[day(frame, 40), "income"] *= 10
    late = (frame["at"] >= pd.Timestamp(BEGIN + timedelta(days=44))) & (frame.index % 2 == 0)
    frame.loc[late, "predicted"] = 1 - frame.loc[late, "predicted"]
    frame["amount"] = frame["income"] + np.where(frame["label"] == 1, 3.0, -3.0)
    frame["team"] = np.where(frame["predicted"] == 1, frame["city"], "none")
    frame["truth"] = np.where(frame["label"] == 1, frame["city"], "none")
    return frame[~day(frame, 42)].reset_index(drop=True)


ALWAYS = f"--timestamp at --reference-until {UNTIL} --features income,age,city"
ASKINGS = {
    "nothing but what must be": "--prediction predicted",
    "labels at once": "--prediction predicted --label label",
    "delay, early, given objective": "--prediction predicted --label label --label-delay 36h --slo >=0.75 "
    "--evaluate-after -6h --only-made --id id",
    "slices and a score": "--prediction predicted --score score --label label --label-at label_at --slice-by city,age "
    "--task binary --metric log_loss --evaluate-after 2d",
    "weeks": "--prediction predicted --label label --label-at label_at --window 7d --metric f1",
    "numbers": "--prediction income --label amount --label-at label_at --task regression --metric r2 --slo >=-1",
    "many classes": "--prediction team --label truth --label-at label_at --metric recall --evaluate-after 12h",
}


@pytest.mark.parametrize("name", ASKINGS)
def test_the_schema_holds_whatever_is_asked(small: pd.DataFrame, tmp_path: Path, name: str) -> None:
    log, out = write(small, tmp_path / "log.parquet"), tmp_path / "out.json"
    features = "age,city" if name == "numbers" else "income,age,city"
    typed = [*ALWAYS.replace("income,age,city", features).split(), *ASKINGS[name].split(), "--json", str(out)]
    done = CliRunner().invoke(cli, ["backtest", "alerts", str(log), *typed, "--html", str(tmp_path / "out.html")])
    assert done.exit_code == 0, done.output
    report = json.loads(out.read_text(), parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert strays(report, SCHEMA) == []
    assert problems(report) == []
    assert [each for each in instants(report) if not ISO.fullmatch(each)] == []
    empty = [each for each in report["windows"] if each["rows"] == 0]
    assert len(empty) == (0 if name == "weeks" else 1), "the day without rows is a window like any other"
    if report["objective"] is not None:
        assert report["objective"]["sentence"].replace("≥", "") in done.output, "the objective is printed"
    if "--label" in ASKINGS[name]:
        assert any(each["estimate"] for each in report["windows"]), done.output


AMID, LATE = timedelta(days=41, hours=5), timedelta(days=46, hours=19)
EARLY, NEXT_DAY = -timedelta(hours=6), timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "until"),
    [
        (EARLY, LATE),
        pytest.param(NEXT_DAY, AMID, marks=pytest.mark.slow),
        pytest.param(EARLY, AMID, marks=pytest.mark.slow),
        pytest.param(NEXT_DAY, LATE, marks=pytest.mark.slow),
    ],
)
def test_a_log_that_ends_earlier_says_the_same_of_what_was_over(
    small: pd.DataFrame, tmp_path: Path, after: timedelta, until: timedelta
) -> None:
    """Cut the log at an instant: neither later rows nor labels may have changed any earlier verdict."""
    asked = ASKED | {"features": "income,age,city", "slice_by": "city", "evaluate_after": after}
    whole = backtest_alerts(write(small, tmp_path / "whole.parquet"), **asked)
    cut = BEGIN + until
    seen = small[small["at"] < pd.Timestamp(cut)].copy()
    unknown = seen["label_at"] > pd.Timestamp(cut)
    seen["label"] = seen["label"].astype(float).where(~unknown)
    seen["label_at"] = seen["label_at"].where(~unknown)
    short = backtest_alerts(write(seen, tmp_path / "short.parquet"), **asked)
    over = sum(
        max(each.end, each.known_at).replace(tzinfo=None) <= cut.replace(tzinfo=None) for each in whole.windows
    )
    assert over > 3
    assert said(short, over) == said(whole, over)


def said(report: BacktestReport, windows: int) -> list[Any]:
    return [(each.findings, each.estimate, each.risk, each.severity) for each in report.windows[:windows]]
