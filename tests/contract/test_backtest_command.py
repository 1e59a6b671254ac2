"""`goldilocks backtest alerts` as it is typed, and the examples of its guide as they stand there."""

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from core.evaluation.backtest import run
from tests.backtest_support import UNTIL, day, log_frame, problems, write

ROOT = Path(__file__).parents[2]
TYPED = ["--timestamp", "at", "--prediction", "predicted", "--reference-until", UNTIL]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    frame = log_frame()
    frame.loc[day(frame, 40), "income"] *= 10
    return write(frame, tmp_path / "log.parquet")


def test_everything_that_can_be_asked(log: Path, tmp_path: Path) -> None:
    more = "--score score --label label --label-delay 2d --id id --features income,age,city --task binary --metric auc"
    last = ["--window", "1d", "--evaluate-after", "-8h", "--only-made"]
    wanted = ["--json", str(tmp_path / "out" / "r.json"), "--html", str(tmp_path / "out" / "r.html")]
    slo = ["--slo", ">=0.75", "--slice-by", "city,age,income", "--slice-depth", "3"]
    done = CliRunner().invoke(cli, ["backtest", "alerts", str(log), *TYPED, *more.split(), *slo, *last, *wanted])
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "out" / "r.json").read_text())
    assert problems(report) == []
    assert report["objective"]["at_least"] == 0.75
    assert (tmp_path / "out" / "r.html").read_text().startswith("<!doctype html>")
    assert "In 14 windows" in done.output
    assert "AUC at least 75.0%" in done.output


def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["backtest", "alerts", str(tmp_path / "none.parquet"), *TYPED])
    assert done.exit_code == 2
    assert done.output.strip() == f"LOG: {tmp_path}/none.parquet: there is no such file"


def test_slices_of_more_than_three_attributes_are_refused(log: Path) -> None:
    done = CliRunner().invoke(cli, ["backtest", "alerts", str(log), *TYPED, "--slice-depth", "4"])
    assert done.exit_code == 2


def test_progress_is_not_mixed_into_a_pipe(log: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bot",
        "backtest",
        "alerts",
        str(log),
        *TYPED,
        "--features",
        "income,age,city",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("In 14 windows, 0 pages and 1 notification would have been sent")
    assert "note: Without --label only the data is checked" in done.stdout


def _guide() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "backtest.md").read_text(), re.DOTALL)


def test_the_guide_runs_as_it_stands(tmp_path: Path) -> None:
    script = tmp_path / "guide.py"
    script.write_text("\n".join(_guide()))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "2024-03-10 notify income" in done.stdout


def test_the_functions_own_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = log_frame(days=49)
    frame["at"] += pd.Timedelta(days=25)  # history until 1 March, then a fortnight and some days
    frame = frame[frame["at"] < pd.Timestamp("2024-03-15", tz="UTC")].drop(columns=["label_at", "score"])
    frame.loc[frame["at"].dt.strftime("%m-%d") == "03-10", "income"] *= 10
    write(frame, tmp_path / "predictions.parquet")
    monkeypatch.chdir(tmp_path)
    done = doctest.testmod(run)
    assert (done.failed, done.attempted) == (0, 2)
