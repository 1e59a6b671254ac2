"""The walk over real files: windows, what is known when, the report's contract, and laws about its log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts
from tests.backtest_support import ASKED, BEGIN, day, log_frame, problems, write


def walk(frame: pd.DataFrame, folder: Path, name: str = "log.parquet", **asked: Any) -> BacktestReport:
    return backtest_alerts(write(frame, folder / name), **(ASKED | asked))


@pytest.fixture(scope="module")
def broken() -> pd.DataFrame:
    """Day 40 has incomes times ten; from day 44 on every second prediction is turned round."""
    frame = log_frame()
    frame.loc[day(frame, 40), "income"] *= 10
    late = (frame["at"] >= pd.Timestamp(BEGIN + timedelta(days=44))) & (frame.index % 2 == 0)
    frame.loc[late, "predicted"] = 1 - frame.loc[late, "predicted"]
    return frame


@pytest.fixture(scope="module")
def report(broken: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> BacktestReport:
    return walk(broken, tmp_path_factory.mktemp("log"))


def test_the_report_keeps_its_contract(report: BacktestReport) -> None:
    assert problems(json.loads(json.dumps(report.as_json(), allow_nan=False))) == []


def test_windows_are_half_open_and_reach_to_the_last_row(report: BacktestReport) -> None:
    starts = [each.start for each in report.windows]
    assert starts == [datetime(2024, 2, 5, tzinfo=UTC) + timedelta(days=i) for i in range(14)]
    assert {each.rows for each in report.windows} == {80}


def test_a_broken_column_is_told_once(report: BacktestReport) -> None:
    flagged = [(i, f.columns) for i, w in enumerate(report.windows) for f in w.findings if f.columns]
    assert flagged == [(5, ("income",))]
    assert report.windows[5].severity.value == "notify"


def test_the_objective_is_learned_as_documented(report: BacktestReport, broken: pd.DataFrame) -> None:
    """Labels take two days, so the last two windows of history do not count."""
    right = broken["predicted"].eq(broken["label"])
    past = [float(right[day(broken, i)].mean()) for i in range(33)]
    values = pd.Series(past)
    assert report.objective is not None
    assert report.objective.value == pytest.approx(values.mean() - max(0.05, 2 * values.std()))


def test_realized_counts_every_label_of_the_log(report: BacktestReport, broken: pd.DataFrame) -> None:
    right = broken["predicted"].eq(broken["label"])
    for i, window in enumerate(report.windows):
        assert window.realized is not None
        assert window.realized.value == pytest.approx(right[day(broken, 35 + i)].mean())
        assert window.realized.rows == 80


def test_the_order_of_rows_changes_nothing(broken: pd.DataFrame, tmp_path: Path, report: BacktestReport) -> None:
    shuffled = walk(broken.sample(frac=1.0, random_state=3), tmp_path, "log.parquet")
    assert shuffled.as_json() | {"asked": None} == report.as_json() | {"asked": None}


def test_csv_and_parquet_say_the_same(broken: pd.DataFrame, tmp_path: Path, report: BacktestReport) -> None:
    read = walk(broken, tmp_path, "log.csv").as_json()
    assert read["windows"] == report.as_json()["windows"]
    assert read["summary"] == report.as_json()["summary"]


def test_a_duckdb_table_says_the_same(broken: pd.DataFrame, tmp_path: Path, report: BacktestReport) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "log.db")) as connection:
        connection.register("frame", broken)
        connection.execute("CREATE TABLE predictions AS SELECT * FROM frame")
    again = backtest_alerts(f"duckdb://{tmp_path}/log.db?predictions", **ASKED)
    assert again.as_json()["windows"] == report.as_json()["windows"]


@pytest.mark.postgres
def test_a_postgresql_table_says_the_same(broken: pd.DataFrame, postgres_url: str, report: BacktestReport) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(f"{postgres_url}/postgres")
    broken.to_sql("backtested", engine, index=False, if_exists="replace")
    engine.dispose()
    again = backtest_alerts(f"{postgres_url}/postgres/backtested".replace("+psycopg", ""), **ASKED)
    windows = again.as_json()["windows"]
    assert [(w["start"], w["rows"], w["realized"]) for w in windows] == [
        (w["start"], w["rows"], w["realized"]) for w in report.as_json()["windows"]
    ]
    assert [[f["columns"] for f in w["findings"]] for w in windows] == [
        [f["columns"] for f in w["findings"]] for w in report.as_json()["windows"]
    ]


def test_evaluating_earlier_knows_fewer_labels(broken: pd.DataFrame, tmp_path: Path) -> None:
    soon = {"label_at": None, "label_delay": "2h"}
    days = broken[broken["at"] < pd.Timestamp(BEGIN + timedelta(days=39))]
    late = walk(days, tmp_path, evaluate_after="2h", **soon).windows[3]
    early = walk(days, tmp_path, evaluate_after="-8h", **soon).windows[3]
    assert early.known_at == early.end - timedelta(hours=8)
    assert late.estimate is not None
    assert early.estimate is not None
    assert early.estimate.label_coverage < late.estimate.label_coverage


def test_the_earliest_is_when_the_window_starts(broken: pd.DataFrame, tmp_path: Path) -> None:
    days = broken[broken["at"] < pd.Timestamp(BEGIN + timedelta(days=39))]
    first = walk(days, tmp_path, evaluate_after="-1d", label_at=None, label_delay="2h").windows[3]
    assert first.known_at == first.start
    assert first.estimate is not None
    assert first.estimate.label_coverage == 0


def test_empty_windows_are_reported(tmp_path: Path) -> None:
    frame = log_frame()
    frame = frame[~day(frame, 41) & ~day(frame, 42)]
    report = walk(frame, tmp_path)
    assert [w.rows for w in report.windows[5:9]] == [80, 0, 0, 80]
    assert report.windows[6].realized is None
    assert report.windows[6].severity.value == "notify"
    assert report.windows[7].severity.value == "record"


def test_without_labels_only_the_data_is_checked(broken: pd.DataFrame, tmp_path: Path) -> None:
    report = walk(broken, tmp_path, label=None, label_at=None)
    assert report.objective is None
    assert report.summary.pages == 0
    assert report.windows[5].findings[0].columns == ("income",)
    assert all(w.estimate is None and w.realized is None for w in report.windows)
    assert any("--label" in note for note in report.notes)
    assert problems(report.as_json()) == []
